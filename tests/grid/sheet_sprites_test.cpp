#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/grid/sheet_support.h"
#include "tests/weights/support.h"
#include "tools/sheet/sheet.h"

namespace limpid::testing {
namespace {

nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(read_text(path));
}

TEST(Sprites, CoordinatesPointAtTheTilesPixels) {
  const TemporaryFolder folder;
  TileSet set = patterned_set(7, {16, 16});
  set.tiles[2].status = TileStatus::missing;
  set.tiles[2].value = std::nan("");
  set.tiles[4].size = {16, 8};
  set.pixels = [&](std::size_t index) { return patterned(index, set.tiles[index].size); };
  SheetOptions options;
  options.order = TileOrder::objective;
  const auto paths = write_sprites(set, options, folder / "a.png");
  ASSERT_EQ(paths.size(), 1U);
  EXPECT_EQ(folder.entries(), 2);

  const nlohmann::json json = read_json(folder / "a.json");
  EXPECT_EQ(json["image"], "a.png");
  EXPECT_EQ(json["tile"], nlohmann::json::parse("[16, 16]"));
  ASSERT_EQ(json["tiles"].size(), 6U);
  const Rgb8 sheet = read_rgb8(folder / "a.png");
  std::vector<std::size_t> jobs;
  for (const nlohmann::json& tile : json["tiles"]) {
    const auto job = tile["job"].get<std::size_t>();
    jobs.push_back(job);
    EXPECT_EQ(tile["objective"], set.tiles[job].objective);
    EXPECT_EQ(tile["value"], set.tiles[job].value);
    const Rect place{tile["y"], tile["x"], tile["h"], tile["w"]};
    EXPECT_EQ(crop(sheet, place), patterned(job, set.tiles[job].size)) << job;
  }
  EXPECT_EQ(jobs, (std::vector<std::size_t>{6, 5, 4, 3, 1, 0}));
}

TEST(Sprites, WhatDoesNotFitGoesIntoSeveral) {
  const TemporaryFolder folder;
  const TileSet set = patterned_set(20, {1024, 1024});
  SheetOptions options;
  options.tile = 1024;
  const auto paths = write_sprites(set, options, folder / "a.png");
  ASSERT_EQ(paths, (std::vector{folder / "a-1.png", folder / "a-2.png"}));
  EXPECT_EQ(folder.entries(), 4);
  std::set<int> jobs;
  for (const char* name : {"a-1", "a-2"}) {
    const nlohmann::json json = read_json(folder / (name + std::string(".json")));
    EXPECT_EQ(json["image"], name + std::string(".png"));
    const Rgb8 sheet = read_rgb8(folder / json["image"].get<std::string>());
    EXPECT_LE(std::max(sheet.height, sheet.width), kMaxSpriteSide);
    for (const nlohmann::json& tile : json["tiles"]) {
      const int job = tile["job"];
      jobs.insert(job);
      EXPECT_EQ(sheet.row(tile["y"])[3 * tile["x"].get<int>()], job + 1);
    }
  }
  EXPECT_EQ(jobs.size(), 20U);
}

TEST(Sprites, ColumnsAreTheUsers) {
  const TemporaryFolder folder;
  SheetOptions options;
  options.columns = 2;
  write_sprites(patterned_set(5, {8, 8}), options, folder / "a.png");
  const Rgb8 sheet = read_rgb8(folder / "a.png");
  EXPECT_EQ(sheet.width, 16);
  EXPECT_EQ(sheet.height, 24);
}

TEST(Sprites, RefuseASetWithoutFinishedTiles) {
  const TemporaryFolder folder;
  TileSet set = patterned_set(1, {8, 8});
  set.tiles[0].status = TileStatus::missing;
  expect_error(ErrorKind::usage, {"no tile"}, [&] { write_sprites(set, {}, folder / "a.png"); });
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace limpid::testing
