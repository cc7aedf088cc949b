// Tiles in, tiles out; resuming; several writers; the view of all.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <random>
#include <thread>

#include "tests/grid/store_support.h"
#include "weights/hdf5_handle.h"

namespace limpid::testing {
namespace {

class TilesOf : public ::testing::TestWithParam<bool> {};

TEST_P(TilesOf, ComeBackAtEachStage) {
  const TemporaryFolder folder;
  const auto store = folder / "a.limpid";
  const Manifest manifest = GetParam() ? manifest_with_parameters() : small_manifest();
  EXPECT_TRUE(open_store(store, manifest).created);
  EXPECT_TRUE(TileReader(store).finished().empty());
  TileWriter writer(store, "w");
  const auto expect_all = [&] {
    const TileReader reader(store);
    EXPECT_EQ(reader.finished(), all_jobs(manifest));
    EXPECT_TRUE(reader.warnings().empty());
    expect_tiles_true(reader);
  };
  for (const std::int64_t job : all_jobs(manifest)) {
    writer.append(tile_of(manifest, job));
    if (job % 5 == 4) writer.flush();
  }
  EXPECT_EQ(TileReader(store).finished().size(), 10U);
  writer.flush();
  expect_all();
  writer.consolidate();
  expect_all();
  join_writers(store);
  expect_all();
  std::vector<std::string> names;
  for (const auto& [name, content] : contents(store)) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"lock", "manifest.json", "tiles-w.h5", "tiles.h5"}));
}

INSTANTIATE_TEST_SUITE_P(TileStore, TilesOf, ::testing::Bool(), [](const auto& test) {
  return test.param ? "WithParameters" : "WithoutParameters";
});

TEST(TileStore, AReaderOutlivesMerging) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  for (const std::int64_t job : all_jobs(manifest)) {
    writer.append(tile_of(manifest, job));
    writer.flush();
  }
  const TileReader reader(folder.path());
  writer.consolidate();
  expect_tiles_true(reader);
}

TEST(TileStore, OrderAndInterruptionLeaveNoTrace) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest(40);
  fill_store(folder / "calm", manifest);
  const auto calm = contents(folder / "calm");
  std::mt19937 random(7);
  for (int round = 0; round < 10; ++round) {
    const auto store = folder / std::to_string(round);
    std::vector<std::int64_t> order;
    for (const std::int64_t job : all_jobs(manifest)) order.push_back(job);
    std::shuffle(order.begin(), order.end(), random);
    open_store(store, manifest);
    while (!order.empty()) {
      TileWriter writer(store, "w");
      const std::size_t count = std::min<std::size_t>(order.size(), 1 + random() % 12);
      for (std::size_t i = 0; i < count; ++i) {
        writer.append(tile_of(manifest, order.back()));
        order.pop_back();
        if (random() % 3 == 0) writer.flush();
      }
      writer.flush();
      if (random() % 2 == 0) writer.consolidate();
      if (random() % 4 == 0) join_writers(store);
    }
    fill_store(store, manifest);
    EXPECT_EQ(contents(store), calm) << "round " << round;
  }
}

TEST(TileStore, WritersDoNotMeet) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter first(folder.path(), "rank-0");
  TileWriter second(folder.path(), "rank-1");
  expect_error(ErrorKind::usage, {"rank-1", "another process"}, [&] { TileWriter(folder.path(), "rank-1"); });
  expect_error(ErrorKind::usage, {"no name for a writer"}, [&] { TileWriter(folder.path(), "a/b"); });
  expect_error(ErrorKind::usage, {"no name for a writer"}, [&] { TileWriter(folder.path(), ""); });
  for (const std::int64_t job : all_jobs(manifest)) {
    (job % 2 == 0 ? first : second).append(tile_of(manifest, job));
  }
  first.append(tile_of(manifest, 1));  // Done twice: the same tile, shown once.
  first.consolidate();
  second.consolidate();
  join_writers(folder.path());
  const TileReader reader(folder.path());
  EXPECT_TRUE(reader.warnings().empty());
  EXPECT_EQ(reader.finished(), all_jobs(manifest));
  expect_tiles_true(reader);
}

/// A process that was forked has its parent's files open for as long as it lives.
TEST(TileStore, WhatAWriterLockedIsFreeWhileItsChildLives) {
  const TemporaryFolder folder;
  open_store(folder.path(), small_manifest());
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  pid_t child = -1;
  {
    const TileWriter writer(folder.path(), "w");
    child = ::fork();
    if (child == 0) {
      ::close(ends[1]);
      char end = 0;
      static_cast<void>(::read(ends[0], &end, 1) < 0);
      ::_exit(0);
    }
    expect_error(ErrorKind::usage, {"another process"}, [&] { TileWriter(folder.path(), "w"); });
  }
  EXPECT_NO_THROW(TileWriter(folder.path(), "w"));
  for (const int end : ends) ::close(end);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(TileStore, WhatADeadWriterLeftIsMerged) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  {
    TileWriter dead(folder.path(), "dead");
    dead.append(tile_of(manifest, 0));
    dead.flush();
  }
  TileWriter alive(folder.path(), "alive");
  alive.append(tile_of(manifest, 1));
  alive.flush();
  join_writers(folder.path());
  const auto files = contents(folder.path());
  EXPECT_TRUE(files.contains("tiles-dead.h5"));
  EXPECT_TRUE(files.contains("segment-alive.000000.h5")) << "it may be writing still";
  EXPECT_EQ(TileReader(folder.path()).finished(), (std::set<std::int64_t>{0, 1}));
}

TEST(TileStore, TwoResultsOfOneJob) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  StoredTile failed = tile_of(manifest, 0);
  failed.rgb.clear();
  failed.failure = "out of memory";
  StoredTile other = tile_of(manifest, 1);
  other.rgb[0] ^= 1U;
  {
    TileWriter writer(folder.path(), "a");
    writer.append(failed);
    writer.append(tile_of(manifest, 1));
    writer.consolidate();
  }
  TileWriter writer(folder.path(), "b");
  writer.append(tile_of(manifest, 0));
  writer.append(other);
  writer.consolidate();
  const TileReader reader(folder.path());
  expect_tiles_true(reader);
  ASSERT_EQ(reader.warnings().size(), 1U);
  EXPECT_NE(reader.warnings()[0].find("job 1 differs between tiles-a.h5 and tiles-b.h5"), std::string::npos);
}

TEST(TileStore, WrongTilesAreRefused) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  const auto refuse = [&](std::string_view part, const std::function<void(StoredTile&)>& change) {
    StoredTile tile = tile_of(manifest, 1);
    change(tile);
    expect_error(ErrorKind::usage, {part}, [&] { writer.append(tile); });
  };
  refuse("no job 12", [](StoredTile& t) { t.job = 12; });
  refuse("no job -1", [](StoredTile& t) { t.job = -1; });
  refuse("5x6", [](StoredTile& t) { t.height = 5; });
  refuse("109 values", [](StoredTile& t) { t.rgb.push_back(0); });
  refuse("0 values", [](StoredTile& t) { t.rgb.clear(); });
  refuse("108 values", [](StoredTile& t) { t.failure = "and yet a picture"; });
  refuse("1 parameters; the store keeps 0", [](StoredTile& t) { t.parameters.resize(1); });
  refuse("no value of its objective", [](StoredTile& t) { t.objective.clear(); });
  refuse("5 values of its objective for 3 steps", [](StoredTile& t) { t.objective.resize(5); });
  writer.flush();
  EXPECT_TRUE(TileReader(folder.path()).finished().empty());
  expect_error(ErrorKind::usage, {"no tile of job 1"}, [&] { TileReader(folder.path()).read(1); });
}

TEST(TileStore, TilesWithoutTheirParametersAreRefused) {
  const TemporaryFolder folder;
  const Manifest manifest = manifest_with_parameters();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  StoredTile tile = tile_of(manifest, 1);
  tile.parameters.pop_back();
  expect_error(ErrorKind::usage, {"job 1 has 143 parameters; the store keeps 144"},
               [&] { writer.append(tile); });
}

TEST(TileStore, ALongMessageIsCutBetweenCharacters) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  StoredTile tile = tile_of(manifest, 3);
  tile.failure = "two\nlines ";
  while (tile.failure.size() < 600) tile.failure += "\u00e9";
  writer.append(tile);
  writer.flush();
  const std::string kept = TileReader(folder.path()).read(3).failure;
  EXPECT_EQ(kept.size(), 510U);
  EXPECT_EQ(kept.substr(0, 10), "two lines ");
  EXPECT_EQ(kept.substr(508), "\u00e9");
}

TEST(TileStore, NotFiniteCurvesComeBack) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  StoredTile tile = tile_of(manifest, 3);
  tile.objective = {-0.0, INFINITY, NAN};
  writer.append(tile);
  writer.flush();
  const std::vector<double> back = TileReader(folder.path()).read(3).objective;
  ASSERT_EQ(back.size(), 3U);
  EXPECT_TRUE(std::signbit(back[0]));
  EXPECT_EQ(back[1], INFINITY);
  EXPECT_TRUE(std::isnan(back[2]));
}

TEST(TileStore, AFlushIsDueInTwoSeconds) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest();
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  EXPECT_FALSE(writer.flush_due());
  const auto before = std::chrono::steady_clock::now();
  writer.append(tile_of(manifest, 0));
  const auto due = writer.flush_due();
  ASSERT_TRUE(due);
  writer.append(tile_of(manifest, 1));
  EXPECT_EQ(writer.flush_due(), due) << "the first tile's wait counts";
  EXPECT_GE(*due, before + std::chrono::seconds(2));
  EXPECT_LE(*due, std::chrono::steady_clock::now() + std::chrono::seconds(2));
  writer.flush();
  EXPECT_FALSE(writer.flush_due());
}

/// Reads a whole dataset as HDF5 gives it.
template <class T>
std::vector<T> read_dataset(const std::filesystem::path& path, const std::string& name, hid_t type,
                            std::vector<hsize_t>& shape) {
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  const Hdf5Handle dataset(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  shape.resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.get())));
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get())));
  EXPECT_GE(H5Dread(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0) << name;
  return values;
}

TEST(TileStore, OneFileShowsTheTilesOfAllWriters) {
  const TemporaryFolder folder;
  const auto store = folder / "a.limpid";
  const Manifest manifest = small_manifest(20);
  open_store(store, manifest);
  for (int shard = 0; shard < 3; ++shard) {
    TileWriter writer(store, "shard-" + std::to_string(shard));
    for (std::int64_t job = shard; job < 20; job += 3) writer.append(tile_of(manifest, job));
    writer.append(tile_of(manifest, 7));  // By all three.
    writer.consolidate();
  }
  join_writers(store);
  // Views name their sources beside themselves: the whole folder can be moved.
  std::filesystem::rename(store, folder / "b.limpid");
  const auto joined = folder / "b.limpid" / "tiles.h5";

  std::set<std::int64_t> seen;
  std::vector<hsize_t> shape;
  for (const std::string group : {"5x4", "6x6", "failed"}) {
    const auto jobs = read_dataset<std::int64_t>(joined, group + "/job", H5T_NATIVE_INT64, shape);
    const auto values = read_dataset<int>(joined, group + "/values", H5T_NATIVE_INT, shape);
    const auto curves = read_dataset<double>(joined, group + "/objective", H5T_NATIVE_DOUBLE, shape);
    const std::size_t width = shape[1];
    std::vector<std::uint8_t> pictures;
    if (group != "failed") {
      pictures = read_dataset<std::uint8_t>(joined, group + "/tile", H5T_NATIVE_UINT8, shape);
      EXPECT_EQ(shape.size(), 4U);
      EXPECT_EQ(group, std::to_string(shape[1]) + "x" + std::to_string(shape[2]));
    }
    for (std::size_t row = 0; row < jobs.size(); ++row) {
      EXPECT_TRUE(seen.insert(jobs[row]).second) << "twice: " << jobs[row];
      const StoredTile tile = tile_of(manifest, jobs[row]);
      EXPECT_EQ(tile.failure.empty(), group != "failed");
      const std::size_t size = tile.rgb.size();
      EXPECT_TRUE(std::equal(tile.rgb.begin(), tile.rgb.end(),
                             pictures.begin() + static_cast<std::ptrdiff_t>(row * size)));
      ASSERT_EQ(values[row], static_cast<int>(tile.objective.size()));
      for (std::size_t i = 0; i < width; ++i) {
        const double value = curves[row * width + i];
        if (i < tile.objective.size()) {
          EXPECT_EQ(value, tile.objective[i]);
        } else {
          EXPECT_TRUE(std::isnan(value));
        }
      }
    }
  }
  EXPECT_EQ(seen, all_jobs(manifest));
}

TEST(TileStore, OneFileShowsTheParametersOfAllWriters) {
  const TemporaryFolder folder;
  const Manifest manifest = manifest_with_parameters();
  open_store(folder.path(), manifest);
  // One writer has rows of one length only, which is not the longest of all.
  for (const int parity : {0, 1}) {
    TileWriter writer(folder.path(), parity == 0 ? "pixel" : "spectral");
    for (std::int64_t job = parity; job < 12; job += 2) writer.append(tile_of(manifest, job));
    writer.consolidate();
  }
  join_writers(folder.path());
  std::vector<hsize_t> shape;
  std::size_t seen = 0;
  for (const std::string group : {"5x4", "6x6"}) {
    const auto jobs =
        read_dataset<std::int64_t>(folder / "tiles.h5", group + "/job", H5T_NATIVE_INT64, shape);
    const auto rows =
        read_dataset<float>(folder / "tiles.h5", group + "/parameters", H5T_NATIVE_FLOAT, shape);
    ASSERT_EQ(shape.size(), 2U);
    const std::size_t width = shape[1];
    for (std::size_t row = 0; row < jobs.size(); ++row, ++seen) {
      const StoredTile tile = tile_of(manifest, jobs[row]);
      ASSERT_LE(tile.parameters.size(), width);
      for (std::size_t i = 0; i < width; ++i) {
        const float value = rows[row * width + i];
        if (i < tile.parameters.size()) {
          EXPECT_EQ(value, tile.parameters[i]);
        } else {
          EXPECT_TRUE(std::isnan(value));
        }
      }
    }
  }
  EXPECT_EQ(seen, 10U) << "of 12 jobs two failed";
}

}  // namespace
}  // namespace limpid::testing
