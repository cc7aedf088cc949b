// Decoders of tools/examples/train_decoder.py.
#include "engine/image/decoder_file.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(data, size, [](const std::filesystem::path& path) { limpid::read_decoder(path); });
  return 0;
}
