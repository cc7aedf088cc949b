#include <gtest/gtest.h>

#include <numeric>

#include "tests/grid/sheet_support.h"
#include "tests/weights/support.h"
#include "tools/sheet/layout.h"

namespace limpid::testing::sheet_layout_test {
namespace {

SheetOptions bare(int columns, int tile, int gap) {
  SheetOptions options;
  options.columns = columns;
  options.tile = tile;
  options.gap = gap;
  options.labels = false;
  options.title = "";
  return options;
}

TileLayout lay_out_all(const TileSet& set, const SheetOptions& options) {
  std::vector<std::size_t> order(set.tiles.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return lay_out(set, order, options);
}

TEST(TileLayout, PlacesTilesRowByRow) {
  const TileLayout layout = lay_out_all(patterned_set(5, {20, 30}), bare(3, 64, 2));
  EXPECT_EQ(layout.rows, 2);
  EXPECT_EQ(layout.picture, (PictureSize{20, 30}));
  EXPECT_EQ(layout.size(), (PictureSize{4 + 20 + 2 + 20 + 4, 4 + 30 + 2 + 30 + 2 + 30 + 4}));
  EXPECT_EQ(layout.cell(0), (Rect{4, 4, 20, 30}));
  EXPECT_EQ(layout.cell(2), (Rect{4, 68, 20, 30}));
  EXPECT_EQ(layout.cell(4), (Rect{26, 36, 20, 30}));
}

TEST(TileLayout, CentresPicturesOfOtherShapes) {
  TileSet set = patterned_set(2, {64, 32});
  set.tiles[1].size = {100, 200};
  const TileLayout layout = lay_out_all(set, bare(2, 64, 0));
  EXPECT_EQ(layout.picture, (PictureSize{64, 64}));
  EXPECT_EQ(layout.picture_in_cell(0, {64, 32}), (Rect{0, 16, 64, 32}));
  EXPECT_EQ(layout.picture_in_cell(1, fit_inside(set.tiles[1].size, 64)), (Rect{16, 64, 32, 64}));
}

TEST(TileLayout, LabelsAndHeaderTakeRoomOfTheirOwn) {
  SheetOptions options = bare(2, 64, 4);
  const TileSet set = patterned_set(4, {64, 64});
  const TileLayout without = lay_out_all(set, options);
  options.labels = true;
  const TileLayout labelled = lay_out_all(set, options);
  EXPECT_GT(labelled.label_height, 10);
  EXPECT_EQ(labelled.size().height, without.size().height + 2 * labelled.label_height);
  EXPECT_EQ(labelled.size().width, without.size().width);
  EXPECT_EQ(labelled.label(2).y, labelled.cell(2).y + 64);
  EXPECT_EQ(labelled.cell(2).y, labelled.label(0).y + labelled.label_height + 4);

  options.title.reset();
  const TileLayout titled = lay_out_all(set, options);
  EXPECT_EQ(titled.title, "mixed4a");
  EXPECT_GT(titled.header_height, 20);
  EXPECT_EQ(titled.size().height, labelled.size().height + titled.header_height);
  EXPECT_EQ(titled.cell(0).y, labelled.cell(0).y + titled.header_height);
}

TEST(TileLayout, FewerTilesThanColumnsMakeANarrowSheet) {
  EXPECT_EQ(lay_out_all(patterned_set(2, {8, 8}), bare(32, 8, 0)).size(), (PictureSize{8, 16}));
}

TEST(TileLayout, ChosenColumnsLeaveFewPlacesEmpty) {
  EXPECT_EQ(choose_columns(1, {64, 64}), 1);
  EXPECT_EQ(choose_columns(32, {64, 64}), 8);
  for (const int count : {2, 7, 64, 100, 256, 480, 508, 512, 528, 832, 1024, 5804}) {
    const int columns = choose_columns(count, {72, 64});
    const int rows = (count + columns - 1) / columns;
    EXPECT_LE(columns, count);
    if (count < 50) continue;
    EXPECT_LE(rows * columns - count, count / 25) << count;
    const double shape = columns * 64.0 / (rows * 72.0);
    EXPECT_GT(shape, 0.9) << count;
    EXPECT_LT(shape, 2.5) << count;
  }
}

TEST(TileLayout, RefusesWhatIsOutOfRange) {
  const TileSet set = patterned_set(4, {4096, 4096});
  const auto refused = [&](std::initializer_list<std::string_view> parts, const SheetOptions& options) {
    expect_error(ErrorKind::usage, parts, [&] { lay_out_all(set, options); });
  };
  refused({"--columns is -1", "0 to 100000"}, bare(-1, 64, 0));
  refused({"--tile is 7", "8 to 4096"}, bare(1, 7, 0));
  refused({"--tile is 4097"}, bare(1, 4097, 0));
  refused({"--gap is 257", "0 to 256"}, bare(1, 64, 257));
  refused({"--gap is -1"}, bare(1, 64, -1));
  expect_error(ErrorKind::usage, {"no tile"}, [] { lay_out(TileSet{}, {}, SheetOptions{}); });
  expect_error(ErrorKind::usage, {"4096 x 135168 pixels", "131072", "--tile"}, [] {
    lay_out_all(patterned_set(33, {4096, 4096}), bare(33, 4096, 0));
  });
}

TEST(SheetOptions, ColoursAreHexadecimalOrNamed) {
  EXPECT_EQ(parse_colour("#16a0ff"), (SheetColour{0x16, 0xA0, 0xFF}));
  EXPECT_EQ(parse_colour("white"), (SheetColour{255, 255, 255}));
  for (const char* text : {"", "red", "#12345", "#1234567", "#12345g", "#-12345", "123456"}) {
    expect_error(ErrorKind::usage, {"is no colour", "#rrggbb"}, [&] { parse_colour(text); });
  }
}

TEST(TileOrder, SortsWithEqualsInTheOrderOfTheJobs) {
  TileSet set = patterned_set(5, {8, 8});
  std::vector<Tile>& tiles = set.tiles;
  tiles[0].layer = 1;
  tiles[2].value = 2;
  tiles[3].value = std::nan("");
  tiles[3].status = TileStatus::failed;
  using Order = std::vector<std::size_t>;
  EXPECT_EQ(sort_tiles(tiles, TileOrder::channel, false), (Order{1, 2, 3, 4, 0}));
  EXPECT_EQ(sort_tiles(tiles, TileOrder::channel, true), (Order{0, 4, 3, 2, 1}));
  tiles[1].value = 2;
  EXPECT_EQ(sort_tiles(tiles, TileOrder::objective, false), (Order{4, 1, 2, 0, 3}));
  EXPECT_EQ(sort_tiles(tiles, TileOrder::objective, true), (Order{0, 1, 2, 4, 3}));
  tiles[4].objective = "conv2d0:4";
  EXPECT_EQ(sort_tiles(tiles, TileOrder::name, false), (Order{4, 0, 1, 2, 3}));
}

}  // namespace
}  // namespace limpid::testing::sheet_layout_test
