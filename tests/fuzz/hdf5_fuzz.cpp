// limpid's own weights files.
#include "tests/fuzz/harness.h"
#include "weights/hdf5_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(
      data, size, [](const std::filesystem::path& path) { limpid::read_model(path); },
      limpid::fuzz::kModelBytes);
  return 0;
}
