// A store that is watched while it is filled: what appears, in what order, and that nothing is changed there.
#include "tools/watch/watched_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/grid/tile_store.h"
#include "engine/pictures/jpeg.h"
#include "engine/pictures/png.h"
#include "tests/job/job_use.h"
#include "tests/weights/support.h"

namespace limpid {
namespace {

using std::chrono::milliseconds;
using test::job_model;

Manifest watched_manifest(int jobs) {
  Manifest manifest;
  manifest.program_version = "0.1.0";
  manifest.weights = {std::string(64, 'a'), "bvlc_googlenet", "bvlc.h5"};
  manifest.device = "cpu";
  manifest.precision = "fp32";
  for (int channel = 0; channel < jobs; ++channel) {
    RenderOptions job;
    job.objective = parse_objective("mixed3a:" + std::to_string(channel), *job_model());
    job.height = 160;
    job.width = 320;
    job.steps = 2;
    manifest.jobs.push_back(job);
  }
  return manifest;
}

StoredTile tile_of(std::int64_t job) {
  StoredTile tile{job, 160, 320, {}, {}, {0, 1, 2.5}, ""};
  tile.rgb.assign(std::size_t{3} * 160 * 320, static_cast<std::uint8_t>(40 * (job + 1)));
  return tile;
}

StoredTile failed_tile(std::int64_t job) {
  return {job, 160, 320, {}, {}, {0}, "not finite at step 1"};
}

std::vector<std::int64_t> jobs_of(const WatchedStore::News& news) {
  std::vector<std::int64_t> jobs;
  for (const SeenTile& tile : news.tiles) jobs.push_back(tile.job);
  return jobs;
}

/// For a viewer who has just come.
WatchedStore::News all_news(WatchedStore& store) {
  WatchedStore::Mark mark;
  return store.wait(mark, milliseconds(0));
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

TEST(WatchedStore, ShowsTilesAsTheyAppearWhateverBecomesOfTheirFiles) {
  const testing::TemporaryFolder temporary;
  const std::filesystem::path folder = temporary / "a.limpid";
  open_store(folder, watched_manifest(5));
  WatchedStore store(folder);
  store.look();
  EXPECT_TRUE(all_news(store).tiles.empty());

  TileWriter writer(folder, "test");
  writer.append(tile_of(3));
  store.look();  // Of what is not flushed nothing is seen.
  EXPECT_TRUE(all_news(store).tiles.empty());
  writer.flush();
  const std::vector<std::string> files = files_in(folder);
  store.look();
  EXPECT_EQ(files_in(folder), files);
  WatchedStore::Mark mark;
  const WatchedStore::News first = store.wait(mark, milliseconds(0));
  EXPECT_EQ(first.jobs, 5);
  ASSERT_EQ(jobs_of(first), std::vector<std::int64_t>{3});
  EXPECT_EQ(first.tiles[0].objective, "mixed3a:3");
  EXPECT_EQ(first.tiles[0].value, 2.5);

  writer.append(failed_tile(1));
  writer.append(tile_of(0));
  writer.flush();
  store.look();
  const WatchedStore::News second = store.wait(mark, milliseconds(0));
  EXPECT_TRUE(second.fresh);
  EXPECT_EQ(jobs_of(second), (std::vector<std::int64_t>{0, 1}));
  writer.append(tile_of(2));
  writer.consolidate();
  store.look();
  const WatchedStore::News all = all_news(store);
  EXPECT_EQ(jobs_of(all), (std::vector<std::int64_t>{3, 0, 1, 2}));
  EXPECT_EQ(all.tiles[2].failure, "not finite at step 1");
  EXPECT_EQ(all.warning, "");

  const Image thumbnail = decode_jpeg(*store.thumbnail(3), "thumbnail");
  EXPECT_EQ(thumbnail.width, WatchedStore::kThumbnailSide);
  EXPECT_EQ(thumbnail.height, WatchedStore::kThumbnailSide / 2);
  EXPECT_NEAR(thumbnail.rgb.front(), 160 / 255.0, 1.5 / 255);
  EXPECT_EQ(store.thumbnail(1), nullptr);
  const Image picture = decode_png(store.picture(2).value(), "tile");
  EXPECT_EQ(picture.width, 320);
  EXPECT_EQ(picture.rgb.front(), 120 / 255.0F);
  EXPECT_EQ(store.picture(1), std::nullopt);
  EXPECT_EQ(store.picture(4), std::nullopt);
}

TEST(WatchedStore, GoesOnWhereJobsAreAdded) {
  const testing::TemporaryFolder temporary;
  const std::filesystem::path folder = temporary / "a.limpid";
  open_store(folder, watched_manifest(2));
  {
    TileWriter writer(folder, "test");
    writer.append(tile_of(1));
    writer.consolidate();
  }
  WatchedStore store(folder);
  store.look();
  extend_store(folder, watched_manifest(4));
  TileWriter writer(folder, "more");
  writer.append(tile_of(3));
  writer.flush();
  store.look();
  WatchedStore::Mark mark;
  const WatchedStore::News news = store.wait(mark, milliseconds(0));
  EXPECT_EQ(news.jobs, 4);
  EXPECT_EQ(jobs_of(news), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(news.tiles[1].objective, "mixed3a:3");
  store.end();
  EXPECT_TRUE(store.wait(mark, std::chrono::hours(1)).ended);
}

TEST(WatchedStore, TellsOfAddedJobsAndOfDamageWithoutNewTiles) {
  const testing::TemporaryFolder temporary;
  const std::filesystem::path folder = temporary / "a.limpid";
  open_store(folder, watched_manifest(2));
  {
    TileWriter writer(folder, "test");
    writer.append(tile_of(1));
    writer.flush();
  }
  WatchedStore store(folder);
  store.look();
  WatchedStore::Mark mark;
  const auto news = [&] {
    store.look();
    return store.wait(mark, milliseconds(0));
  };
  EXPECT_EQ(jobs_of(news()), std::vector<std::int64_t>{1});
  EXPECT_FALSE(news().fresh);
  extend_store(folder, watched_manifest(4));
  const WatchedStore::News added = news();
  EXPECT_TRUE(added.fresh);
  EXPECT_EQ(added.jobs, 4);
  EXPECT_TRUE(added.tiles.empty());
  EXPECT_FALSE(news().fresh);

  const std::filesystem::path damaged = folder / to_string(TileFileName{"other", 0});
  std::ofstream(damaged) << "no tiles";
  const WatchedStore::News warned = news();
  EXPECT_TRUE(warned.fresh);
  EXPECT_NE(warned.warning.find(damaged.filename().string()), std::string::npos);
  EXPECT_FALSE(news().fresh);
  std::filesystem::remove(damaged);
  const WatchedStore::News mended = news();
  EXPECT_TRUE(mended.fresh);
  EXPECT_EQ(mended.warning, "");
}

TEST(WatchedStore, AFileThatGoesBetweenLookAndReadIsNotYetThere) {
  const testing::TemporaryFolder temporary;
  const std::filesystem::path folder = temporary / "a.limpid";
  const Manifest manifest = watched_manifest(2);
  open_store(folder, manifest);
  WatchedStore store(folder);
  TileWriter writer(folder, "test");
  writer.append(tile_of(1));
  writer.flush();
  const TileIndex verified(folder, list_tile_files(folder), manifest, manifest_digest(folder));
  writer.append(tile_of(0));
  writer.consolidate();  // The file that was verified is merged into another.
  EXPECT_FALSE(store.take(verified));
  EXPECT_TRUE(all_news(store).tiles.empty());
  store.look();
  EXPECT_EQ(jobs_of(all_news(store)), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(all_news(store).warning, "");
}

TEST(WatchedStore, APictureIsFoundAlthoughItsFileWasMergedSince) {
  const testing::TemporaryFolder temporary;
  const std::filesystem::path folder = temporary / "a.limpid";
  open_store(folder, watched_manifest(2));
  TileWriter writer(folder, "test");
  writer.append(tile_of(1));
  writer.flush();
  WatchedStore store(folder);
  store.look();
  writer.consolidate();
  store.look();
  writer.append(tile_of(0));
  writer.consolidate();  // Another row of the file is the tile now.
  const Image picture = decode_png(store.picture(1).value(), "tile");
  EXPECT_EQ(picture.rgb.front(), 80 / 255.0F);
}

TEST(WatchedStore, AFolderThatIsNoStoreIsRefused) {
  const testing::TemporaryFolder temporary;
  EXPECT_NE(test::refusal([&] { WatchedStore store(temporary / "none"); }), "no error");
}

}  // namespace
}  // namespace limpid
