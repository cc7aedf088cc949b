#include "tools/sheet/sheet.h"

#include <gtest/gtest.h>
#include <webp/decode.h>

#include "tests/grid/sheet_support.h"
#include "tests/weights/support.h"
#include "tools/sheet/layout.h"
#include "tools/sheet/painter.h"

namespace limpid::testing {
namespace {

SheetOptions bare() {
  SheetOptions options;
  options.columns = 3;
  options.gap = 2;
  options.labels = false;
  options.title = "";
  options.background = {1, 2, 3};
  return options;
}

TileLayout layout_of(const TileSet& set, const SheetOptions& options) {
  return lay_out(set, sort_tiles(set.tiles, options.order, options.descending), options);
}

Rgb8 sheet_of(const TileSet& set, const SheetOptions& options) {
  const TemporaryFolder folder;
  write_sheet(set, options, folder / "sheet.png");
  EXPECT_EQ(folder.entries(), 1);
  return read_rgb8(folder / "sheet.png");
}

/// All pixels of one colour.
bool is_plain(const Rgb8& picture, SheetColour colour) {
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) {
    const SheetColour pixel{picture.pixels[i], picture.pixels[i + 1], picture.pixels[i + 2]};
    if (pixel != colour) return false;
  }
  return true;
}

TEST(Sheet, PixelsAreThoseOfTheTilesAndTheBackground) {
  const TileSet set = patterned_set(5, {9, 12});
  const Rgb8 sheet = sheet_of(set, bare());
  Rgb8 expected(4 + 9 + 2 + 9 + 4, 4 + 12 + 2 + 12 + 2 + 12 + 4);
  for (int y = 0; y < expected.height; ++y) {
    for (int x = 0; x < expected.width; ++x) {
      const int row = (y - 4) / 11;
      const int column = (x - 4) / 14;
      const int in_y = (y - 4) % 11;
      const int in_x = (x - 4) % 14;
      const int index = row * 3 + column;
      std::uint8_t* pixel = expected.row(y) + 3 * x;
      if (y >= 4 && x >= 4 && in_y < 9 && in_x < 12 && row < 2 && column < 3 && index < 5) {
        pixel[0] = static_cast<std::uint8_t>(index + 1);
        pixel[1] = static_cast<std::uint8_t>(7 * in_y + 50);
        pixel[2] = static_cast<std::uint8_t>(5 * in_x + 90);
      } else {
        pixel[0] = 1;
        pixel[1] = 2;
        pixel[2] = 3;
      }
    }
  }
  EXPECT_EQ(sheet, expected);
}

TEST(Sheet, SortsTiles) {
  const TileSet set = patterned_set(4, {8, 8});
  SheetOptions options = bare();
  options.order = TileOrder::objective;
  const TileLayout layout = layout_of(set, options);
  const Rgb8 sheet = sheet_of(set, options);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(crop(sheet, layout.cell(i)), patterned(3 - static_cast<std::size_t>(i), {8, 8}));
}

TEST(Sheet, LabelsChangeNothingButTheirStrip) {
  const TileSet set = patterned_set(5, {64, 64});
  SheetOptions options = bare();
  options.labels = true;
  const TileLayout layout = layout_of(set, options);
  const Rgb8 sheet = sheet_of(set, options);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(crop(sheet, layout.cell(i)), patterned(static_cast<std::size_t>(i), {64, 64}));
    EXPECT_FALSE(is_plain(crop(sheet, layout.label(i)), options.background));
  }
  // Between columns, and in the place that no tile takes, there is background only.
  EXPECT_TRUE(is_plain(crop(sheet, {0, 68, sheet.height, 2}), options.background));
  Rect empty = layout.cell(5);
  empty.height += layout.label_height;
  EXPECT_TRUE(is_plain(crop(sheet, empty), options.background));
}

TEST(Sheet, TextStaysInItsPlace) {
  TileSet set = patterned_set(3, {40, 24});
  for (Tile& tile : set.tiles) tile.label = "mixed4a_3x3_bottleneck:123:pre \xC3\x84\xFF gjpqy";
  SheetOptions options = bare();
  options.labels = true;
  std::string title(500, 'W');
  title.append("gjpqy");
  options.title = title;
  const TileLayout layout = layout_of(set, options);
  const Rgb8 sheet = sheet_of(set, options);
  EXPECT_TRUE(is_plain(crop(sheet, {0, 0, sheet.height, layout.margin}), options.background));
  EXPECT_TRUE(is_plain(crop(sheet, {0, sheet.width - layout.margin, sheet.height, layout.margin}),
                       options.background));
  EXPECT_TRUE(is_plain(crop(sheet, {0, 0, layout.margin, sheet.width}), options.background));
  for (int i = 0; i < 3; ++i) {
    const Rect label = layout.label(i);
    EXPECT_TRUE(
        is_plain(crop(sheet, {label.y + label.height - 1, label.x, 1, label.width}), options.background));
    EXPECT_EQ(crop(sheet, layout.cell(i)), patterned(static_cast<std::size_t>(i), {40, 24}));
  }
}

TEST(Sheet, TilesThatAreNotThereKeepTheirPlaces) {
  TileSet set = patterned_set(3, {96, 96});
  set.tiles[0].status = TileStatus::missing;
  set.tiles[1].status = TileStatus::failed;
  set.tiles[1].failure = "mixed3b_5x5: a value is not finite at step 17; a long reason that does not fit";
  for (int i = 0; i < 2; ++i) set.tiles[static_cast<std::size_t>(i)].value = std::nan("");
  set.pixels = [](std::size_t index) {
    EXPECT_EQ(index, 2U);
    return patterned(index, {96, 96});
  };
  const TileLayout layout = layout_of(set, bare());
  const Rgb8 sheet = sheet_of(set, bare());
  const Rgb8 missing = crop(sheet, layout.cell(0));
  const Rgb8 failed = crop(sheet, layout.cell(1));
  EXPECT_NE(missing, failed);
  EXPECT_FALSE(is_plain(missing, bare().background));
  // A frame of the placeholder's own colour: text does not reach its edge.
  EXPECT_TRUE(is_plain(crop(failed, {0, 0, 96, 3}), {failed.pixels[0], failed.pixels[1], failed.pixels[2]}));
  EXPECT_EQ(crop(sheet, layout.cell(2)), patterned(2, {96, 96}));
}

TEST(Sheet, ShrinksByAreaInLinearLight) {
  TileSet set = patterned_set(1, {16, 16});
  set.pixels = [](std::size_t) {
    Rgb8 checks(16, 16);
    for (int y = 0; y < 16; ++y) {
      for (int x = 0; x < 16; ++x) std::fill_n(checks.row(y) + 3 * x, 3, (x + y) % 2 == 0 ? 255 : 0);
    }
    return checks;
  };
  SheetOptions options = bare();
  options.tile = 8;
  options.gap = 0;
  // Half the light of white is 188 in sRGB, not 128.
  for (const std::uint8_t value : sheet_of(set, options).pixels) EXPECT_EQ(value, 188);
}

TEST(Sheet, JpegAndWebpHoldTheSamePicture) {
  const TemporaryFolder folder;
  const TileSet set = patterned_set(4, {32, 32});
  const Rgb8 exact = sheet_of(set, bare());
  write_sheet(set, bare(), folder / "a.jpg");
  const Rgb8 jpeg = read_rgb8(folder / "a.jpg");
  write_sheet(set, bare(), folder / "a.WEBP");
  const std::string bytes = read_text(folder / "a.WEBP");
  Rgb8 webp(exact.height, exact.width);
  ASSERT_NE(WebPDecodeRGBInto(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                              webp.pixels.data(), webp.pixels.size(), static_cast<int>(webp.row_bytes())),
            nullptr);
  ASSERT_EQ(jpeg.pixels.size(), exact.pixels.size());
  const auto mean_difference = [&](const Rgb8& picture) {
    double sum = 0;
    for (std::size_t i = 0; i < exact.pixels.size(); ++i)
      sum += std::abs(picture.pixels[i] - exact.pixels[i]);
    return sum / static_cast<double>(exact.pixels.size());
  };
  EXPECT_LT(mean_difference(jpeg), 4);
  EXPECT_LT(mean_difference(webp), 8);
}

TEST(Sheet, AFailureLeavesWhatWasThere) {
  const TemporaryFolder folder;
  TileSet set = patterned_set(9, {16, 16});
  set.pixels = [](std::size_t index) -> Rgb8 {
    if (index == 7) fail_input("damaged");
    return patterned(index, {16, 16});
  };
  for (const char* name : {"a.png", "a.jpg", "a.webp"}) {
    write_text(folder / name, "former");
    expect_input_error({"damaged"}, [&] { write_sheet(set, bare(), folder / name); });
    EXPECT_EQ(read_text(folder / name), "former");
  }
  EXPECT_EQ(folder.entries(), 3);
}

TEST(Sheet, RefusesWhatOnePictureCannotHold) {
  const TemporaryFolder folder;
  TileSet set = patterned_set(5804, {224, 224});
  set.pixels = [](std::size_t) -> Rgb8 { throw std::logic_error("no tile may be read"); };
  SheetOptions options;
  options.tile = 224;
  const auto refused = [&](std::initializer_list<std::string_view> parts, const char* name) {
    expect_error(ErrorKind::usage, parts, [&] { write_sheet(set, options, folder / name); });
  };
  refused({"one .png picture holds 16384 on a side", "--tile", "--deepzoom"}, "a.png");
  refused({"one .jpg picture"}, "a.jpg");
  refused({"one .webp picture holds 16383 on a side"}, "a.webp");
  options.tile = 128;
  refused({"one .webp picture holds 50 million", ".png"}, "a.webp");
  refused({"must end in .png, .jpg or .webp"}, "a.gif");
  refused({"No such file or directory"}, "missing/a.png");
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ShortValue, HasThreeDigits) {
  EXPECT_EQ(short_value(0.012345), "0.0123");
  EXPECT_EQ(short_value(-3.14159), "-3.14");
  EXPECT_EQ(short_value(553.02), "553");
  EXPECT_EQ(short_value(999.6), "1000");
  EXPECT_EQ(short_value(12345.6), "12346");
}

}  // namespace
}  // namespace limpid::testing
