// Files of tiles, of a store of four jobs (see make_seeds.cpp).
#include <string>

#include "engine/grid/manifest.h"
#include "engine/grid/tile_file.h"
#include "kernels/core/error.h"
#include "tests/fuzz/harness.h"

namespace limpid {

// The manifest's own would bring the rest of the program along.
std::size_t kept_parameters(const Manifest& /*manifest*/, const RenderOptions& job) {
  return static_cast<std::size_t>(job.height) * static_cast<std::size_t>(job.width) * 3;
}

namespace {

void read_tiles(const std::filesystem::path& path) {
  Manifest manifest;
  manifest.keep_parameters = true;
  manifest.jobs.resize(4);
  for (RenderOptions& job : manifest.jobs) job.height = job.width = 2;
  const TileFile file(path, manifest, std::string(64, 'a'));
  for (const TileFile::Group& group : file.groups()) {
    for (std::size_t row = 0; row < group.jobs.size(); ++row) {
      try {
        file.read(group, row);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::input) throw;
      }
    }
  }
}

}  // namespace
}  // namespace limpid

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(data, size, limpid::read_tiles);
  return 0;
}
