// safetensors files.
#include "tests/fuzz/harness.h"
#include "weights/safetensors_importer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(data, size,
                          [](const std::filesystem::path& path) { limpid::import_safetensors(path); });
  return 0;
}
