// Pictures of every format.
#include "tests/fuzz/harness.h"
#include "tools/image_file.h"
#include "tools/notes.h"

// One colour compresses without bounds, so a small file may truly be a large picture: the bound is that of
// tools/picture_limits.h.
constexpr std::size_t kLargestPicture = std::size_t{2} << 30U;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::silence_notes();
  limpid::fuzz::read_file(
      data, size, [](const std::filesystem::path& path) { limpid::read_image(path); }, kLargestPicture);
  return 0;
}
