// Writes a gallery of stripes for the browser's tests: sample_gallery FOLDER CHANNELS.
#include <fmt/core.h>

#include <cstdlib>
#include <exception>

#include "tests/gallery/sample_pictures.h"
#include "tools/gallery/write_gallery.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: sample_gallery FOLDER CHANNELS\n");
    return 2;
  }
  try {
    limpid::testing::SamplePictures pictures(std::atoi(argv[2]));
    limpid::testing::SampleExamples examples;
    limpid::write_gallery(pictures, {"Stripes <i>& more", "made without a network"}, argv[1], &examples);
  } catch (const std::exception& error) {
    fmt::print(stderr, "sample_gallery: {}\n", error.what());
    return 1;
  }
}
