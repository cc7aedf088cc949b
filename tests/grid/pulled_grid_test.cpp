// A grid that is pulled, on stores that fail: what was finished is given, then what went wrong, as often as it is asked for.
#include "engine/grid/pulled_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include "kernels/core/error.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

/// Has tiles of its first jobs, of which one is damaged, and takes so many more.
class WeakStore final : public GridStore {
 public:
  explicit WeakStore(int room) : room_(room) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      RenderOptions job;
      job.objective = parse_objective("conv2d0:1", *model());
      job.seed = seed;
      job.height = job.width = 24;
      job.steps = 1;
      manifest_.jobs.push_back(job);
    }
  }

  static std::shared_ptr<const Model> model() {
    static const auto model = std::make_shared<const Model>(narrow_model("bvlc_googlenet"));
    return model;
  }

  const Manifest& manifest() const override { return manifest_; }
  std::filesystem::path folder_of_files() const override { return {}; }
  std::set<std::int64_t> finished() const override { return {0, 1}; }
  StoredTile read(std::int64_t job) const override {
    if (job == 0) fail_input("the tile of job 0 has been damaged");
    StoredTile tile;
    tile.job = job;
    return tile;
  }
  std::vector<std::string> warnings() const override { return {}; }
  void put(StoredTile) override {
    if (room_-- == 0) fail_usage("no space left on device");
  }
  void flush() override {
    if (failing_flushes > 0) fail_usage("no space left to flush, {} times more", --failing_flushes);
  }
  void close() override {
    // So that whoever has the last tile may end the grid meanwhile.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ++closed;
  }
  void conclude() override { ++concluded; }

  inline static int closed = 0, concluded = 0, failing_flushes = 0;

 private:
  Manifest manifest_;
  int room_;
};

PulledGrid grid_of(int room) {
  WeakStore::closed = WeakStore::concluded = 0;
  ComputeOptions compute;
  compute.device = "cpu";
  compute.threads = 1;
  return {WeakStore::model(), std::make_unique<WeakStore>(room), {compute}, 1, nullptr};
}

TEST(PulledGrid, GivesEachTileOnceAndThenNone) {
  PulledGrid grid = grid_of(100);
  expect_error(ErrorKind::input, {"job 0"}, [&] { grid.next(); });
  std::vector<std::int64_t> jobs;
  while (const std::optional<StoredTile> tile = grid.next()) jobs.push_back(tile->job);
  EXPECT_EQ(jobs.front(), 1) << "what is there comes first";
  std::sort(jobs.begin(), jobs.end());
  EXPECT_EQ(jobs, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_FALSE(grid.next().has_value());
  EXPECT_FALSE(grid.cancelled());
  EXPECT_EQ(WeakStore::closed, 1);
  EXPECT_EQ(WeakStore::concluded, 1);
}

TEST(PulledGrid, TellsWhatEndedItOnceTheFinishedAreGiven) {
  PulledGrid grid = grid_of(1);
  expect_error(ErrorKind::input, {"job 0"}, [&] { grid.next(); });
  EXPECT_EQ(grid.next().value().job, 1);
  EXPECT_GE(grid.next().value().job, 2);
  for (int again = 0; again < 2; ++again) {
    expect_error(ErrorKind::usage, {"no space left"}, [&] { grid.next(); });
  }
  EXPECT_GE(WeakStore::closed, 1) << "what was finished before is kept";
  EXPECT_EQ(WeakStore::concluded, 0);
}

TEST(PulledGrid, KeepsATileThatDoesNotReachTheDisk) {
  PulledGrid grid = grid_of(100);
  expect_error(ErrorKind::input, {"job 0"}, [&] { grid.next(); });
  EXPECT_EQ(grid.next().value().job, 1);
  std::vector<std::int64_t> jobs;
  for (int tile = 0; tile < 3; ++tile) {
    WeakStore::failing_flushes = 2;
    expect_error(ErrorKind::usage, {"flush, 1 times"}, [&] { grid.next(); });
    expect_error(ErrorKind::usage, {"flush, 0 times"}, [&] { grid.next(); });
    jobs.push_back(grid.next().value().job);
  }
  std::sort(jobs.begin(), jobs.end());
  EXPECT_EQ(jobs, (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_FALSE(grid.next().has_value());
}

TEST(PulledGrid, IsConcludedByItsLastTile) {
  {
    PulledGrid grid = grid_of(100);
    expect_error(ErrorKind::input, {"job 0"}, [&] { grid.next(); });
    for (int tile = 0; tile < 4; ++tile) EXPECT_TRUE(grid.next().has_value());
  }
  EXPECT_EQ(WeakStore::concluded, 1);
  {
    PulledGrid grid = grid_of(100);
    expect_error(ErrorKind::input, {"job 0"}, [&] { grid.next(); });
    EXPECT_EQ(grid.next().value().job, 1);
    grid.cancel();
  }
  EXPECT_EQ(WeakStore::concluded, 0);
}

TEST(PulledGrid, EndsWhenItIsCancelled) {
  PulledGrid grid = grid_of(100);
  expect_error(ErrorKind::input, {"job 0"}, [&] { grid.next(); });
  grid.cancel();
  EXPECT_FALSE(grid.next().has_value());
  EXPECT_TRUE(grid.cancelled());
}

}  // namespace
}  // namespace limpid::testing
