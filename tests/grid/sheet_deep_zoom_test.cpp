#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tests/grid/sheet_support.h"
#include "tests/weights/support.h"
#include "tools/sheet/canvas.h"
#include "tools/sheet/deep_zoom.h"
#include "tools/sheet/pyramid.h"
#include "tools/sheet/sheet.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;

/// Noise, which shows any pixel out of place.
Rgb8 noise(int height, int width) {
  Rgb8 picture(height, width);
  std::uint32_t state = 1;
  for (std::uint8_t& value : picture.pixels) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24U);
  }
  return picture;
}

/// IEC 61966-2-1, written out again.
double to_linear(int value) {
  const double v = value / 255.0;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

double to_srgb(double light) {
  return 255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055);
}

/// One level of a pyramid of PNG tiles, put together again.
Rgb8 assemble(const fs::path& folder, int side, PictureSize size) {
  Rgb8 level(size.height, size.width);
  for (int row = 0; row * side < size.height; ++row) {
    for (int column = 0; column * side < size.width; ++column) {
      const Rgb8 tile = read_rgb8(folder / fmt::format("{}_{}.png", column, row));
      EXPECT_EQ(tile.height, std::min(side, size.height - row * side));
      EXPECT_EQ(tile.width, std::min(side, size.width - column * side));
      paste(level, row * side, column * side, tile);
    }
  }
  return level;
}

/// The mean in linear light of the block x block pixels that (y, x) covers, in sRGB, not rounded.
std::array<double, 3> area_mean(const Rgb8& sheet, int block, int y, int x) {
  std::array<double, 3> sum{};
  const int bottom = std::min((y + 1) * block, sheet.height);
  const int right = std::min((x + 1) * block, sheet.width);
  for (int row = y * block; row < bottom; ++row) {
    for (int column = x * block; column < right; ++column) {
      for (std::size_t c = 0; c < 3; ++c)
        sum[c] += to_linear(sheet.row(row)[3 * column + static_cast<int>(c)]);
    }
  }
  const int count = (bottom - y * block) * (right - x * block);
  for (double& value : sum) value = to_srgb(value / count);
  return sum;
}

void expect_pyramid(const fs::path& folder, int side, const Rgb8& sheet) {
  int levels = 1;
  while ((1 << (levels - 1)) < std::max(sheet.height, sheet.width)) ++levels;
  EXPECT_FALSE(fs::exists(folder / std::to_string(levels)));
  for (int level = 0; level < levels; ++level) {
    const int block = 1 << (levels - 1 - level);
    const PictureSize size{(sheet.height + block - 1) / block, (sheet.width + block - 1) / block};
    const Rgb8 picture = assemble(folder / std::to_string(level), side, size);
    if (block == 1) {
      EXPECT_EQ(picture, sheet);
      continue;
    }
    double worst = 0;
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const auto mean = area_mean(sheet, block, y, x);
        for (std::size_t c = 0; c < 3; ++c) {
          const double difference = std::abs(picture.row(y)[3 * x + static_cast<int>(c)] - mean[c]);
          // Written so that NaN counts.
          if (!(difference <= worst)) worst = difference;
        }
      }
    }
    // Rounding to one of 256 values, and the table that does it.
    EXPECT_LE(worst, 0.53) << "level " << level;
  }
}

TEST(Pyramid, EveryLevelIsTheAreaAverageOfTheSheet) {
  for (const PictureSize size : {PictureSize{37, 53}, {64, 32}, {1, 1}, {1, 100}, {129, 7}, {48, 47}}) {
    SCOPED_TRACE(fmt::format("{} x {}", size.height, size.width));
    const TemporaryFolder folder;
    const Rgb8 sheet = noise(size.height, size.width);
    PyramidWriter pyramid(folder.path(), PictureFormat::png, 16, size);
    for (int y = 0; y < sheet.height; ++y) pyramid.write_row(sheet.row(y));
    pyramid.finish();
    expect_pyramid(folder.path(), 16, sheet);
  }
}

TEST(DeepZoom, IsTheSheetThatOnePictureShows) {
  const TemporaryFolder folder;
  const TileSet set = patterned_set(12, {120, 200});
  SheetOptions options;
  options.tile = 200;
  options.columns = 4;
  write_sheet(set, options, folder / "a.png");
  write_deep_zoom(set, options, PictureFormat::png, folder / "zoom/");
  const Rgb8 sheet = read_rgb8(folder / "a.png");
  ASSERT_GT(sheet.width, kZoomTile);
  expect_pyramid(folder / "zoom/sheet_files", kZoomTile, sheet);

  const std::string xml = read_text(folder / "zoom/sheet.dzi");
  EXPECT_NE(xml.find("http://schemas.microsoft.com/deepzoom/2008"), std::string::npos);
  EXPECT_NE(xml.find("Format=\"png\" Overlap=\"0\" TileSize=\"512\""), std::string::npos);
  EXPECT_NE(xml.find(fmt::format("<Size Height=\"{}\" Width=\"{}\"/>", sheet.height, sheet.width)),
            std::string::npos);
  const auto json = nlohmann::json::parse(read_text(folder / "zoom/sheet.json"));
  ASSERT_EQ(json["tiles"].size(), 12U);
  for (const nlohmann::json& tile : json["tiles"]) {
    EXPECT_EQ(crop(sheet, {tile["y"], tile["x"], tile["h"], tile["w"]}), patterned(tile["job"], {120, 200}));
  }
}

TEST(DeepZoom, HasAPageThatKnowsTheSheet) {
  const TemporaryFolder folder;
  TileSet set = patterned_set(3, {40, 40});
  set.tiles[1].objective = "</script><b>";
  SheetOptions options;
  options.title = "<\"&";
  options.background = {255, 255, 255};
  write_deep_zoom(set, options, PictureFormat::webp, folder / "zoom");
  const std::string page = read_text(folder / "zoom/index.html");
  EXPECT_NE(page.find("<title>&lt;&quot;&amp;</title>"), std::string::npos);
  EXPECT_EQ(page.find("@"), std::string::npos) << "a place that was not filled in";
  const std::string begin = "const sheet = ";
  const std::size_t at = page.find(begin) + begin.size();
  const std::string text = page.substr(at, page.find(";\n", at) - at);
  EXPECT_EQ(text.find('<'), std::string::npos) << "what could end the script";
  const auto sheet = nlohmann::json::parse(text);
  const auto tiles = nlohmann::json::parse(read_text(folder / "zoom/sheet.json"));
  EXPECT_EQ(sheet["tiles"], tiles["tiles"]);
  EXPECT_EQ(sheet["extension"], "webp");
  EXPECT_EQ(sheet["background"], "#ffffff");
  EXPECT_EQ(sheet["side"], kZoomTile);
  EXPECT_NE(
      read_text(folder / "zoom/sheet.dzi").find(fmt::format("Height=\"{}\"", sheet["height"].get<int>())),
      std::string::npos);
}

TEST(DeepZoom, WritesJpegAndWebp) {
  const TemporaryFolder folder;
  const TileSet set = patterned_set(2, {16, 16});
  write_deep_zoom(set, {}, PictureFormat::jpeg, folder / "jpeg");
  EXPECT_TRUE(fs::exists(folder / "jpeg/sheet_files/0/0_0.jpg"));
  write_deep_zoom(set, {}, PictureFormat::webp, folder / "webp");
  EXPECT_TRUE(fs::exists(folder / "webp/sheet_files/0/0_0.webp"));
}

TEST(DeepZoom, ReplacesAPyramidAndNothingElse) {
  const TemporaryFolder folder;
  const TileSet set = patterned_set(2, {16, 16});
  const auto write = [&](const char* name) { write_deep_zoom(set, {}, PictureFormat::png, folder / name); };
  fs::create_directory(folder / "zoom");
  write("zoom");
  write("zoom");
  EXPECT_EQ(folder.entries(), 1);

  write_text(folder / "zoom/mine.txt", "mine");
  expect_error(ErrorKind::usage, {"mine.txt", "no part of a sheet"}, [&] { write("zoom"); });
  write_text(folder / "file", "mine");
  expect_error(ErrorKind::usage, {"is not a folder"}, [&] { write("file"); });
  expect_error(ErrorKind::usage, {"No such file or directory"}, [&] { write("missing/zoom"); });
  EXPECT_EQ(read_text(folder / "zoom/mine.txt"), "mine");
  EXPECT_EQ(folder.entries(), 2);
}

TEST(DeepZoom, AFailureLeavesWhatWasThere) {
  const TemporaryFolder folder;
  TileSet set = patterned_set(2, {16, 16});
  write_deep_zoom(set, {}, PictureFormat::png, folder / "zoom");
  const std::string former = read_text(folder / "zoom/sheet_files/0/0_0.png");
  set.pixels = [](std::size_t) -> Rgb8 { fail_input("damaged"); };
  expect_input_error({"damaged"}, [&] { write_deep_zoom(set, {}, PictureFormat::png, folder / "zoom"); });
  EXPECT_EQ(folder.entries(), 1);
  EXPECT_EQ(read_text(folder / "zoom/sheet_files/0/0_0.png"), former);
}

}  // namespace
}  // namespace limpid::testing
