// Atlases of `limpid atlas collect`.
#include "tests/fuzz/harness.h"
#include "tools/atlas/atlas_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(data, size, [](const std::filesystem::path& path) { limpid::read_atlas(path); });
  return 0;
}
