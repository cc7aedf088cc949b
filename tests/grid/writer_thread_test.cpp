// The thread that writes: nothing lost, nothing unbounded, no error kept secret.
#include "engine/grid/writer_thread.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/grid/store_support.h"

namespace limpid::testing {
namespace {

TEST(WriterThread, WritesWhatSeveralThreadsPut) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest(300);
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  WriterThread thread(writer, 1000);  // A few tiles at most: putting waits.
  std::vector<std::thread> lanes;
  for (std::int64_t lane = 0; lane < 3; ++lane) {
    lanes.emplace_back([&, lane] {
      for (std::int64_t job = lane; job < 300; job += 3) thread.put(tile_of(manifest, job));
    });
  }
  for (std::thread& lane : lanes) lane.join();
  thread.close();
  const TileReader reader(folder.path());
  EXPECT_EQ(reader.finished(), all_jobs(manifest));
  expect_tiles_true(reader);
}

TEST(WriterThread, TakesATileLargerThanItsQueue) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  WriterThread thread(writer, 1);
  for (const std::int64_t job : all_jobs(manifest)) thread.put(tile_of(manifest, job));
  thread.close();
  EXPECT_EQ(TileReader(folder.path()).finished(), all_jobs(manifest));
}

TEST(WriterThread, FlushesWithoutBeingAsked) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  WriterThread thread(writer);
  thread.put(tile_of(manifest, 0));
  // No bound on the time: the test ends when the tile is there, or is ended from outside.
  while (TileReader(folder.path()).finished().empty())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  thread.close();
}

TEST(WriterThread, ErrorsSurface) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  StoredTile wrong = tile_of(manifest, 0);
  wrong.job = 99;
  {
    WriterThread thread(writer);
    thread.put(wrong);
    expect_error(ErrorKind::usage, {"no job 99"}, [&] {
      for (;;) thread.put(tile_of(manifest, 1));
    });
    expect_error(ErrorKind::usage, {"no job 99"}, [&] { thread.close(); });
  }
  WriterThread dropped(writer);
  dropped.put(wrong);
}

}  // namespace
}  // namespace limpid::testing
