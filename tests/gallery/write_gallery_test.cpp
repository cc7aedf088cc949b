// The files of a gallery, and the folder they appear in.
#include "tools/gallery/write_gallery.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/pictures/jpeg.h"
#include "tests/gallery/sample_pictures.h"
#include "tests/weights/support.h"
#include "tools/gallery/sprite_sheet.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

/// What data.js assigns.
json read_data(const fs::path& folder) {
  const std::string script = read_text(folder / "data.js");
  const std::string head = "window.limpidGallery = ";
  EXPECT_TRUE(script.starts_with(head));
  EXPECT_TRUE(script.ends_with(";\n"));
  return json::parse(script.substr(head.size(), script.size() - head.size() - 2));
}

std::vector<std::string> listing(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class WriteGallery : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  SamplePictures pictures_{20};
  const GalleryText text_{"Stripes", "about"};
};

TEST_F(WriteGallery, ExamplesAreOnSheetsOnceEach) {
  SampleExamples examples;
  write_gallery(pictures_, text_, folder_ / "site", &examples);
  EXPECT_EQ(listing(folder_ / "site/sheets"),
            (std::vector<std::string>{"examples-0.jpg", "medium-0.jpg", "small-0.jpg"}));
  const json data = read_data(folder_ / "site");
  // Channels 0 to 19 have examples 0 to 23.
  EXPECT_EQ(data.at("examples").at("count"), 24);
  EXPECT_EQ(data.at("examples").at("about"), "some <b>stripes");
  EXPECT_EQ(data.at("examples").at("sheet").at("name"), "examples");
  const json& bands = data.at("pictures").at(7).at("bands");
  ASSERT_EQ(bands.size(), 2U);
  EXPECT_EQ(bands[0].at("name"), "maximum");
  EXPECT_EQ(bands[0].at("values"), (json{93, 92, 91, 90, 89}));
  EXPECT_EQ(bands[1].at("examples"), json{bands[0].at("examples")[2]});
  EXPECT_EQ(bands[0].at("maps"), (json{"07f000", "08f000", "09f000", "0af000", "0bf000"}));
  EXPECT_EQ(bands[1].at("maps"), json{"09f000"});
  EXPECT_EQ(data.at("pictures").at(7).at("cells"), (json{2, 3}));
  EXPECT_EQ(data.at("pictures").at(7).at("histogram"), (json{-10, 100, "ff80004000000007"}));
  for (const char* absent : {"bands", "cells", "histogram"})
    EXPECT_FALSE(data.at("pictures").at(31).contains(absent)) << absent;

  // Each place of the sheet shows its example; that of the third, which cannot be read, nothing.
  const int tile = data.at("examples").at("sheet").at("tile"),
            columns = data.at("examples").at("sheet").at("columns");
  const std::string bytes = read_text(folder_ / "site/sheets/examples-0.jpg");
  const Image sheet = decode_jpeg(bytes, "sheet");
  const auto mean_at = [&](int place, int c) {
    double sum = 0;
    for (int y = 0; y < tile; ++y) {
      for (int x = 0; x < tile; ++x) {
        const int row = place / columns * tile + y, column = place % columns * tile + x;
        sum += static_cast<double>(sheet.rgb[static_cast<std::size_t>((row * sheet.width + column) * 3 + c)]);
      }
    }
    return sum / (tile * tile);
  };
  for (int channel = 0; channel < 20; ++channel) {
    const int place = data.at("pictures").at(channel).at("bands")[0].at("examples")[0];
    const Pixels expected = stripes(channel, 96, 96);
    for (int c = 0; c < 3; ++c) {
      double sum = 0;
      for (std::size_t i = static_cast<std::size_t>(c); i < expected.rgb.size(); i += 3)
        sum += expected.rgb[i];
      const double mean = channel == 3 ? 0 : sum / (96 * 96 * 255);
      EXPECT_NEAR(mean_at(place, c), mean, 0.04) << "example " << channel << ", colour " << c;
    }
  }
}

TEST_F(WriteGallery, WritesThePageAndItsData) {
  write_gallery(pictures_, text_, folder_ / "site");
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"site"});
  EXPECT_EQ(listing(folder_ / "site"),
            (std::vector<std::string>{".limpid-gallery", "curve.js", "data.js", "detail.js", "examples.js",
                                      "gallery.js", "index.html", "pictures", "pictures.js", "query.js",
                                      "sheet.js", "sheets", "style.css"}));
  EXPECT_EQ(listing(folder_ / "site/sheets"), (std::vector<std::string>{"medium-0.jpg", "small-0.jpg"}));

  const json data = read_data(folder_ / "site");
  EXPECT_EQ(data.at("format"), 1);
  EXPECT_EQ(data.at("title"), "Stripes");
  EXPECT_FALSE(data.contains("examples"));
  ASSERT_EQ(data.at("pictures").size(), pictures_.size());
  const json& picture = data.at("pictures").at(31);
  EXPECT_EQ(picture.at("key"), "mixed4a:11~0");
  EXPECT_EQ(picture.at("subject"), "mixed4a:11");
  EXPECT_EQ(picture.at("layer"), "mixed4a");
  EXPECT_EQ(picture.at("channel"), 11);
  EXPECT_EQ(picture.at("seed"), "0");
  EXPECT_EQ(picture.at("value"), pictures_.read(31).objective.back());
  EXPECT_EQ(picture.at("command"), "limpid render mixed4a:11 --seed 0 --size 64 --steps 48");
  EXPECT_EQ(picture.at("curve").at(2).get<std::string>().size(), 2U * 49);
  EXPECT_EQ(picture.at("neighbours").size(), 12U);
  for (const json& neighbour : picture.at("neighbours")) EXPECT_NE(neighbour, 31);
}

TEST_F(WriteGallery, StoresEveryPictureAsItIs) {
  write_gallery(pictures_, text_, folder_ / "site");
  EXPECT_EQ(listing(folder_ / "site/pictures").size(), pictures_.size() - 1);  // All but the failed one.
  const Image stored = decode_jpeg(read_text(folder_ / "site/pictures/7.jpg"), "7.jpg");
  const Pixels given = pictures_.read(7).pixels;
  ASSERT_EQ(stored.rgb.size(), given.rgb.size());
  double error = 0;
  for (std::size_t i = 0; i < given.rgb.size(); ++i) {
    error += std::abs(255.0 * static_cast<double>(stored.rgb[i]) - given.rgb[i]);
  }
  // Quality 95: a picture stored under another's name would differ by tens of levels.
  EXPECT_LE(error / static_cast<double>(given.rgb.size()), 3);
}

TEST_F(WriteGallery, AFailedJobHasItsReasonAndNoPicture) {
  write_gallery(pictures_, text_, folder_ / "site");
  const json failed = read_data(folder_ / "site").at("pictures").back();
  EXPECT_EQ(failed.at("failure"), "loss is not finite at step 1 <b>&amp;");
  EXPECT_TRUE(failed.at("neighbours").empty());
}

TEST_F(WriteGallery, DataIsAscii) {
  write_gallery(pictures_, {"Größe \xff \u2028", ""}, folder_ / "site");
  for (const unsigned char c : read_text(folder_ / "site/data.js")) ASSERT_LT(c, 0x80);
  EXPECT_EQ(read_data(folder_ / "site").at("title"), "Größe \ufffd \u2028");
}

TEST_F(WriteGallery, TheSamePicturesGiveTheSameBytes) {
  write_gallery(pictures_, text_, folder_ / "a");
  write_gallery(pictures_, text_, folder_ / "b");
  for (const char* name : {"data.js", "sheets/medium-0.jpg", "pictures/3.jpg"}) {
    EXPECT_EQ(read_text(folder_ / "a" / name), read_text(folder_ / "b" / name)) << name;
  }
}

TEST_F(WriteGallery, ReplacesAGallery) {
  write_gallery(pictures_, text_, folder_ / "site");
  SamplePictures fewer(12);
  write_gallery(fewer, text_, folder_ / "site/");
  EXPECT_EQ(read_data(folder_ / "site").at("pictures").size(), fewer.size());
  EXPECT_EQ(listing(folder_ / "site/pictures").size(), fewer.size() - 1);
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"site"});
}

TEST_F(WriteGallery, FillsAnEmptyFolderAsAnyNewOneIs) {
  fs::create_directory(folder_ / "site");
  fs::create_directory(folder_ / "plain");
  write_gallery(pictures_, text_, folder_ / "site");
  EXPECT_EQ(fs::status(folder_ / "site").permissions(), fs::status(folder_ / "plain").permissions());
}

TEST_F(WriteGallery, RefusesAFolderOfOtherFiles) {
  fs::create_directory(folder_ / "photos");
  write_text(folder_ / "photos/a.txt", "mine");
  expect_error(ErrorKind::usage, {"photos", "other files"},
               [&] { write_gallery(pictures_, text_, folder_ / "photos"); });
  EXPECT_EQ(listing(folder_ / "photos"), std::vector<std::string>{"a.txt"});
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"photos"});
}

TEST_F(WriteGallery, RefusesAFileAndAPlaceThatIsNotThere) {
  write_text(folder_ / "file", "mine");
  expect_error(ErrorKind::usage, {"file", "not a folder"},
               [&] { write_gallery(pictures_, text_, folder_ / "file"); });
  expect_error(ErrorKind::usage, {"none", "No such file or directory"},
               [&] { write_gallery(pictures_, text_, folder_ / "none/site"); });
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"file"});
}

/// A source that breaks in the middle.
class BrokenPictures final : public PictureSource {
 public:
  std::size_t size() const override { return 5; }
  const RenderOptions& options(std::size_t) const override { return options_; }
  GalleryPicture read(std::size_t index) override {
    if (index == 3) fail_input("tile 3 is damaged");
    return {stripes(1, 16, 16), {1}, ""};
  }

 private:
  RenderOptions options_ = channel_job("mixed4a", 1);
};

TEST_F(WriteGallery, LeavesWhatWasThereWhenThePicturesBreak) {
  write_gallery(pictures_, text_, folder_ / "site");
  const std::string before = read_text(folder_ / "site/data.js");
  BrokenPictures broken;
  expect_error(ErrorKind::input, {"tile 3"}, [&] { write_gallery(broken, text_, folder_ / "site"); });
  EXPECT_EQ(read_text(folder_ / "site/data.js"), before);
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"site"});
}

TEST(SpriteSheets, FillRowsThenSheets) {
  TemporaryFolder folder;
  SpriteSheets sheets(folder.path(), {"s", 8, 2, 2});
  for (int i = 0; i < 7; ++i) {
    const auto value = static_cast<std::uint8_t>(30 * i);
    sheets.add(i == 1 ? Pixels{} : Pixels{8, 8, std::vector<std::uint8_t>(192, value)});
  }
  sheets.finish();
  const Image first = decode_jpeg(read_text(folder / "s-0.jpg"), "s-0.jpg");
  const Image second = decode_jpeg(read_text(folder / "s-1.jpg"), "s-1.jpg");
  EXPECT_EQ(folder.entries(), 2);
  EXPECT_EQ(first.height, 16);
  EXPECT_EQ(first.width, 16);
  EXPECT_EQ(second.height, 16);
  const auto level = [](const Image& image, std::size_t row, std::size_t column) {
    return 255 * image.rgb[3 * (16 * (8 * row + 4) + 8 * column + 4)];
  };
  // Blocks of one colour keep it but for the rounding of JPEG's colour space.
  EXPECT_NEAR(level(first, 0, 0), 0, 2);
  EXPECT_NEAR(level(first, 0, 1), 0, 2);
  EXPECT_NEAR(level(first, 1, 0), 60, 2);
  EXPECT_NEAR(level(first, 1, 1), 90, 2);
  EXPECT_NEAR(level(second, 0, 1), 150, 2);
  EXPECT_NEAR(level(second, 1, 0), 180, 2);
  EXPECT_NEAR(level(second, 1, 1), 0, 2);
}

}  // namespace
}  // namespace limpid::testing
