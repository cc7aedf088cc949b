// A store's tiles on a device whose algorithms show in the bytes: whoever goes on with the store takes the same ones.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/grid/compute_identity.h"
#include "engine/grid/run_grid.h"
#include "engine/grid/store_folder.h"
#include "kernels/core/error.h"
#include "tests/weights/support.h"

namespace limpid::store_algorithms_test {
namespace {

namespace fs = std::filesystem;
using limpid::testing::expect_error;
using limpid::testing::TemporaryFolder;

const Model& model() {
  static const Model instance = limpid::testing::narrow_model("bvlc_googlenet");
  return instance;
}

class Unwatched final : public GridObserver {
 public:
  void planned(const GridPlan&) override {}
  void started(std::size_t, const Job&) override {}
  void progressed(std::size_t, const Job&, int, double) override {}
  void finished(std::size_t, const Job&, const StoredTile&) override {}
};

class StoreAlgorithms : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(setenv("EMULATED_CUDNN", "telling", 1), 0); }
  void TearDown() override { unsetenv("EMULATED_CUDNN"); }

  static Manifest manifest(int batch) {
    Manifest result;
    result.device = "an emulated device";
    result.precision = "fp32";
    result.batch = batch;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      RenderOptions job;
      job.objective = parse_objective("conv2d2:1", model());
      job.seed = seed;
      job.height = job.width = 24;
      job.steps = 2;
      result.jobs.push_back(job);
    }
    return result;
  }

  /// Makes a shard of what the store lacks, `batch` at a time where it does not say.
  static void make(const fs::path& store, Shard shard = {}, int batch = 0) {
    GridOptions options;
    options.devices = {{"cuda", Precision::fp32, 0}};
    options.shard = shard;
    options.batch = batch;
    Unwatched observer;
    run_grid(model(), store, options, observer, std::atomic<bool>(false));
  }

  /// The curves and pictures of all three jobs.
  static std::vector<StoredTile> tiles(const fs::path& store) {
    const TileReader reader(store);
    std::vector<StoredTile> result;
    for (const std::int64_t job : reader.finished()) result.push_back(reader.read(job));
    return result;
  }

  fs::path store(const std::string& name, int batch) {
    const fs::path path = folder_.path() / (name + ".limpid");
    open_store(path, manifest(batch));
    return path;
  }

  std::string text_of(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  TemporaryFolder folder_;
};

TEST_F(StoreAlgorithms, ShardsOfOneJobEachGiveTheSameBytes) {
  const fs::path whole = store("whole", 2), shards = store("shards", 2);
  make(whole);
  for (const int shard : {1, 2, 3}) make(shards, {shard, 3});
  const std::vector<StoredTile> expected = tiles(whole);
  ASSERT_EQ(expected.size(), 3U);
  EXPECT_EQ(tiles(shards), expected);
  EXPECT_EQ(text_of(shards / kAlgorithmsName), text_of(whole / kAlgorithmsName));
}

TEST_F(StoreAlgorithms, TheBatchWouldShowElse) {
  const fs::path two = store("two", 2), three = store("three", 3);
  make(two);
  make(three);
  const std::vector<StoredTile> expected = tiles(two), actual = tiles(three);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NE(actual[i].objective, expected[i].objective) << i;
}

TEST_F(StoreAlgorithms, WhatIsKeptIsTakenElsewhere) {
  const fs::path first = store("first", 2), second = store("second", 2);
  make(first, {1, 3});
  // Another machine's choices, as tuning may leave them.
  std::string chosen = text_of(first / kAlgorithmsName);
  const std::string knob = "     2\n";  // Behind its number, and so without a comma.
  ASSERT_NE(chosen.find(knob), std::string::npos) << chosen;
  for (std::size_t at = 0; (at = chosen.find(knob, at)) != std::string::npos;)
    chosen.replace(at, knob.size(), "     5\n");
  std::ofstream(second / kAlgorithmsName) << chosen;
  make(second);
  EXPECT_EQ(text_of(second / kAlgorithmsName), chosen);
  make(first);
  const std::vector<StoredTile> expected = tiles(first), actual = tiles(second);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NE(actual[i].objective, expected[i].objective) << i;
}

TEST_F(StoreAlgorithms, OtherLibrariesAreSaidInOneLine) {
  const fs::path path = store("other", 2);
  make(path, {1, 3});
  std::string chosen = text_of(path / kAlgorithmsName);
  const std::string version = "\"cudnn\": 91900";
  for (std::size_t at = 0; (at = chosen.find(version, at)) != std::string::npos;)
    chosen.replace(at, version.size(), "\"cudnn\": 91400");
  std::ofstream(path / kAlgorithmsName) << chosen;
  ::testing::internal::CaptureStderr();
  make(path);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("made with cuDNN 91400"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  EXPECT_EQ(tiles(path).size(), 3U);
}

TEST_F(StoreAlgorithms, AnAlgorithmThatCannotBeHadIsReplacedAndNamed) {
  const fs::path path = store("gone", 2);
  make(path, {1, 3});
  std::string chosen = text_of(path / kAlgorithmsName);
  const std::string engine = "\"engine\": 2";
  const std::size_t at = chosen.find(engine);
  ASSERT_NE(at, std::string::npos) << chosen;
  std::ofstream(path / kAlgorithmsName) << chosen.replace(at, engine.size(), "\"engine\": 0");
  ::testing::internal::CaptureStderr();
  make(path);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("is made by cudnn eng2"), std::string::npos) << said;
  EXPECT_EQ(tiles(path).size(), 3U);
}

TEST_F(StoreAlgorithms, AnotherBatchIsRefused) {
  const fs::path path = store("refused", 2);
  expect_error(ErrorKind::usage, {"batch: 2 in the store, 3 asked for"}, [&] { make(path, {}, 3); });
}

TEST(FixedBatch, IsAnEvenShareOnAGpuAndNoneOnTheCpu) {
  Manifest manifest;
  manifest.device = "NVIDIA H200";
  manifest.jobs.resize(100);
  EXPECT_EQ(fixed_batch(manifest, 0, 1), 64);
  EXPECT_EQ(fixed_batch(manifest, 0, 8), 13);
  EXPECT_EQ(fixed_batch(manifest, 7, 8), 7);
  manifest.jobs.resize(3);
  manifest.jobs[0].restarts = 4;
  EXPECT_EQ(fixed_batch(manifest, 0, 1), 6);
  manifest.device = "cpu";
  EXPECT_EQ(fixed_batch(manifest, 7, 1), 0);
}

}  // namespace
}  // namespace limpid::store_algorithms_test
