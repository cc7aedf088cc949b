// A store takes memory for its list of tiles and for one tile, however many it holds.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/grid/store_support.h"

namespace limpid::testing {
namespace {

/// The most memory this process has had, in bytes.
std::int64_t peak_memory() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

TEST(StoreMemory, SixThousandTiles) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps freed memory for a while";
#endif
  const TemporaryFolder folder;
  Manifest manifest = small_manifest(6000);
  for (RenderOptions& job : manifest.jobs) {
    job.height = job.width = 80;
    job.steps = 64;
  }
  const std::int64_t data = 6000 * (80 * 80 * 3 + 65 * 8);
  // In a process of its own, for the peak is that of a whole life.
  const pid_t child = ::fork();
  if (child == 0) {
    const std::int64_t before = peak_memory();
    open_store(folder / "s", manifest);
    TileWriter writer(folder / "s", "w");
    for (const std::int64_t job : all_jobs(manifest)) writer.append(tile_of(manifest, job));
    writer.consolidate();
    join_writers(folder / "s");
    const TileReader reader(folder / "s");
    bool good = reader.finished() == all_jobs(manifest);
    for (const std::int64_t job : reader.finished())
      good = good && reader.read(job) == tile_of(manifest, job);
    const std::int64_t taken = peak_memory() - before;
    ::_exit(good && taken < data / 3 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "the store is wrong, or took a third of what is in it";
}

}  // namespace
}  // namespace limpid::testing
