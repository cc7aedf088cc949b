// Dictionaries: archives of arrays and tensors, an array on its own.
#include "tests/fuzz/harness.h"
#include "weights/dictionary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(
      data, size, [](const std::filesystem::path& path) { limpid::read_dictionary(path); },
      limpid::fuzz::kModelBytes);
  return 0;
}
