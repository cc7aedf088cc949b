// numpy's archives.
#include "tests/fuzz/harness.h"
#include "weights/npz_importer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(
      data, size, [](const std::filesystem::path& path) { limpid::import_npz(path, "limpid_default"); },
      limpid::fuzz::kModelBytes);
  return 0;
}
