#include <gtest/gtest.h>

#include <cmath>

#include "tests/grid/sheet_support.h"
#include "tests/weights/support.h"
#include "tools/sheet/sheet.h"
#include "tools/sheet/store_tiles.h"

namespace limpid::testing {
namespace {

RenderOptions job(const std::string& layer, int channel, int height, int width) {
  RenderOptions options;
  options.objective = channel_objective(layer, channel);
  options.height = height;
  options.width = width;
  options.steps = 2;
  return options;
}

Manifest manifest_of(std::vector<RenderOptions> jobs) {
  Manifest manifest;
  manifest.program_version = "0.1.0";
  manifest.weights = {std::string(64, 'a'), "inception5h", "weights.h5"};
  manifest.device = "cpu";
  manifest.precision = "fp32";
  manifest.jobs = std::move(jobs);
  return manifest;
}

/// Makes a store in which job 0 is finished, job 1 failed and all others are missing.
void make_store(const std::filesystem::path& folder, const Manifest& manifest) {
  open_store(folder, manifest);
  TileWriter writer(folder, "w");
  StoredTile finished;
  finished.job = 0;
  finished.height = manifest.jobs[0].height;
  finished.width = manifest.jobs[0].width;
  finished.rgb = patterned(0, {finished.height, finished.width}).pixels;
  finished.objective = {1, 2, 3.5};
  writer.append(finished);
  StoredTile failed;
  failed.job = 1;
  failed.height = manifest.jobs[1].height;
  failed.width = manifest.jobs[1].width;
  failed.objective = {1};
  failed.failure = "mixed3b: a value is not finite at step 1";
  writer.append(failed);
  writer.consolidate();
}

TEST(StoreTiles, TellWhatBecameOfEachJob) {
  const TemporaryFolder folder;
  make_store(folder / "s",
             manifest_of({job("mixed4a", 7, 10, 14), job("mixed4a", 3, 10, 14), job("mixed4a", 5, 10, 14)}));
  const TileReader reader(folder / "s");
  const TileSet set = tiles_of_store(reader);
  ASSERT_EQ(set.tiles.size(), 3U);
  EXPECT_EQ(set.tiles[0].status, TileStatus::finished);
  EXPECT_EQ(set.tiles[0].value, 3.5);
  EXPECT_EQ(set.tiles[0].objective, "mixed4a:7");
  EXPECT_EQ(set.tiles[0].label, "7");
  EXPECT_EQ(set.tiles[0].size, (PictureSize{10, 14}));
  EXPECT_EQ(set.tiles[1].status, TileStatus::failed);
  EXPECT_TRUE(std::isnan(set.tiles[1].value));
  EXPECT_EQ(set.tiles[1].failure, "mixed3b: a value is not finite at step 1");
  EXPECT_EQ(set.tiles[2].status, TileStatus::missing);
  EXPECT_EQ(set.tiles[2].job, 2);
  EXPECT_EQ(set.pixels(0), patterned(0, {10, 14}));
  EXPECT_EQ(set.title, "mixed4a");
  for (const char* part :
       {"3 pictures", "1 not rendered", "1 failed", "2 steps", "10 × 14 px", "seed 0", "weights.h5"}) {
    EXPECT_NE(set.legend.find(part), std::string::npos) << part;
  }
}

TEST(StoreTiles, LayersAreNamedWhereThereAreSeveral) {
  const TemporaryFolder folder;
  make_store(folder / "s",
             manifest_of({job("mixed4a", 1, 8, 8), job("mixed3a", 2, 9, 9), job("mixed4a", 0, 8, 8)}));
  const TileReader reader(folder / "s");
  const TileSet set = tiles_of_store(reader);
  EXPECT_EQ(set.title, "mixed4a and mixed3a");
  EXPECT_EQ(set.tiles[1].label, "mixed3a:2");
  EXPECT_EQ(set.legend.find(" px"), std::string::npos);
  EXPECT_EQ(sort_tiles(set.tiles, TileOrder::channel, false), (std::vector<std::size_t>{2, 0, 1}));
}

TEST(StoreTiles, ASheetOfAStoreHasItsPixels) {
  const TemporaryFolder folder;
  make_store(folder / "s", manifest_of({job("mixed4a", 0, 16, 16), job("mixed4a", 1, 16, 16)}));
  const TileReader reader(folder / "s");
  SheetOptions options;
  options.labels = false;
  options.title = "";
  options.gap = 0;
  write_sheet(tiles_of_store(reader), options, folder / "s.png");
  EXPECT_EQ(crop(read_rgb8(folder / "s.png"), {0, 0, 16, 16}), patterned(0, {16, 16}));
}

}  // namespace
}  // namespace limpid::testing
