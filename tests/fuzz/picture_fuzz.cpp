// Pictures of every format.
#include "engine/pictures/image_file.h"
#include "tests/fuzz/harness.h"

// One colour compresses without bounds, so a small file may truly be a large picture: the bound is that of
// engine/pictures/picture_limits.h.
constexpr std::size_t kLargestPicture = std::size_t{2} << 30U;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(
      data, size, [](const std::filesystem::path& path) { limpid::read_image(path); }, kLargestPicture);
  return 0;
}
