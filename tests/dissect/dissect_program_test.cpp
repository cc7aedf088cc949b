// limpid dissect from outside: folders of cut-out pictures, its files, what it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/dissect/concept_pictures.h"
#include "tools/dissect/dissection_file.h"
#include "tools/dissect/dissection_plot.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int kStampSide = 32;

/// Noise that is opaque on the left half: three quarters, then half of 255.
Image stamp(unsigned seed) {
  std::mt19937 random(seed);
  Image image{kStampSide, kStampSide, {}, {}};
  for (int y = 0; y < kStampSide; ++y) {
    for (int x = 0; x < kStampSide; ++x) {
      for (int c = 0; c < 3; ++c) image.rgb.push_back(static_cast<float>(random() % 256) / 255);
      image.alpha.push_back(x >= kStampSide / 2 ? 127.0F / 255 : y % 2 == 0 ? 0.75F : 128.0F / 255);
    }
  }
  return image;
}

class DissectProgram : public ::testing::Test {
 protected:
  DissectProgram() {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    for (const char* name : {"stamps/cat", "stamps/dog/small", "one/cat", "empty/cat", "empty/dog", "none"})
      fs::create_directories(folder_ / name);
    write_image(folder_ / "stamps/cat/a.png", stamp(1));
    write_image(folder_ / "stamps/cat/b.png", stamp(2));
    write_image(folder_ / "stamps/dog/small/c.png", stamp(3));
    write_image(folder_ / "stamps/dog/d.png", stamp(4));
    write_image(folder_ / "one/cat/a.png", stamp(1));
    write_image(folder_ / "empty/cat/a.png", stamp(1));
  }

  ProgramResult run(const Words& words) const {
    Words all = {"dissect", "-w", "weights.h5", "--size", "32"};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all, folder_.path());
  }

  const TemporaryFolder folder_;
};

TEST_F(DissectProgram, TakesTheMaskFromTheAlpha) {
  const ConceptPictures pictures = concepts_of_folder(folder_ / "stamps", kStampSide, Fit::crop);
  EXPECT_EQ(pictures.concepts, (Words{"cat", "dog"}));
  ASSERT_EQ(pictures.count, 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const ConceptPicture picture = pictures.picture(i);
    EXPECT_EQ(picture.concept_number, i / 2);
    for (std::size_t p = 0; p < picture.mask.size(); ++p)
      ASSERT_EQ(picture.mask[p] >= 0.5F, p % kStampSide < kStampSide / 2) << p;
  }
  EXPECT_EQ(pictures.picture(3).image.rgb, read_image(folder_ / "stamps/dog/small/c.png").rgb);
}

TEST_F(DissectProgram, PassesOverFilesWithoutAMask) {
  Image opaque = stamp(6);
  opaque.alpha.clear();
  write_image(folder_ / "stamps/dog/e.png", opaque);
  write_text(folder_ / "stamps/cat/c.png", "no picture");
  const ConceptPictures pictures = concepts_of_folder(folder_ / "stamps", kStampSide, Fit::crop);
  EXPECT_EQ(pictures.count, 4U);
  ASSERT_EQ(pictures.passed_over.size(), 2U);
  EXPECT_NE(pictures.passed_over[0].find("stamps/cat/c.png"), std::string::npos) << pictures.passed_over[0];
  EXPECT_NE(pictures.passed_over[1].find("stamps/dog/e.png' has no alpha"), std::string::npos)
      << pictures.passed_over[1];
  const ProgramResult result = run({"stamps", "--layers", "conv2d0", "--rotations", "0", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("has no alpha, which would say where 'dog' is"), std::string::npos) << result.err;
}

TEST_F(DissectProgram, NotesWhatItReadsOtherwiseOnce) {
  // A profile that is no stream of deflate's, behind the header.
  const std::string chunk("\0\0\0\x04iCCPn\0\0x\xeb\x9d\xc5\x2a", 16);
  constexpr std::size_t after_header = 8 + 25;
  const fs::path file = folder_ / "stamps/cat/a.png";
  write_text(file, read_text(file).insert(after_header, chunk));
  std::vector<std::string> notes;
  const ConceptPictures pictures = concepts_of_folder(
      folder_ / "stamps", kStampSide, Fit::crop, [&](const std::string& note) { notes.push_back(note); });
  for (std::size_t i = 0; i < pictures.count; ++i) pictures.picture(i);
  EXPECT_EQ(notes, Words{"'" + file.string() + "': its colour profile is not applied: it is damaged"});
  const ProgramResult result = run({"stamps", "--layers", "conv2d0", "--rotations", "0"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("a.png': its colour profile is not applied"), std::string::npos) << result.err;
}

TEST_F(DissectProgram, SaysWhatItFound) {
  const ProgramResult result = run({"stamps", "--layers", "maxpool0,conv2d0", "--rotations", "2", "-o",
                                    "d.json", "--plot", "d.svg", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3) << result.out;
  const auto json = nlohmann::json::parse(read_text(folder_ / "d.json"));
  EXPECT_EQ(json["concepts"], (Words{"cat", "dog"}));
  EXPECT_EQ(json["pictures"], 4);
  ASSERT_EQ(json["layers"].size(), 2U);
  const auto& layer = json["layers"][0];
  EXPECT_EQ(layer["layer"], "conv2d0");
  EXPECT_EQ(layer["positions"], 4 * 16 * 16);
  EXPECT_EQ(layer["covered"]["cat"], 2 * 16 * 8);
  EXPECT_EQ(layer["covered"]["dog"], 2 * 16 * 8);
  EXPECT_EQ(layer["rotations"].size(), 2U);
  int detectors = 0;
  for (const auto& unit : layer["units"]) {
    EXPECT_LE(unit["active"], 5);  // 1024 / 200.
    EXPECT_EQ(unit["iou"], unit["in_common"].get<double>() / unit["in_either"].get<double>());
    detectors += unit["iou"] > 0.04 ? 1 : 0;
  }
  EXPECT_EQ(layer["detectors"], detectors);
  EXPECT_EQ(layer["units"].size(), static_cast<std::size_t>(read_model(folder_ / "weights.h5").layers[0].k));
  const std::string svg = read_text(folder_ / "d.svg");
  EXPECT_TRUE(svg.starts_with("<svg") || svg.starts_with("<?xml")) << svg.substr(0, 80);
  EXPECT_NE(svg.find("maxpool0"), std::string::npos);

  // The command that the file names makes it again, whatever the batch and the threads.
  const ProgramResult again = run({"stamps", "--layers", "conv2d0,maxpool0", "--rotations", "2", "-o",
                                   "e.json", "--batch", "2", "--threads", "2", "-q"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, result.out);
  EXPECT_TRUE(read_text(folder_ / "e.json") == read_text(folder_ / "d.json"));
}

TEST_F(DissectProgram, TakesDrawnPictures) {
  const ProgramResult result =
      run({"--procedural", "5", "--layers", "conv2d0", "--rotations", "0", "-o", "d.json", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(read_text(folder_ / "d.json"));
  EXPECT_EQ(json["concepts"].size(), 5U);
  EXPECT_EQ(json["layers"][0]["rotations"].size(), 0U);
}

TEST(DissectionTable, HasMeanAndSpread) {
  const CountSpread spread = spread_of({2, 4, 9});
  EXPECT_EQ(spread.mean, 5);
  EXPECT_EQ(spread.deviation, std::sqrt(13.0));
  EXPECT_EQ(spread.least, 2U);
  EXPECT_EQ(spread.most, 9U);
  EXPECT_EQ(spread_of({3}).deviation, 0);
}

TEST_F(DissectProgram, RefusesWhatCannotBeHonouredInOneLine) {
  Image opaque = stamp(4), clear = stamp(5);
  opaque.alpha.clear();
  std::ranges::fill(clear.alpha, 0.25F);
  for (const auto& [name, image] : {std::pair("opaque", &opaque), std::pair("clear", &clear)}) {
    for (const char* below : {"cat", "dog"}) {
      fs::create_directories(folder_ / name / below);
      write_image(folder_ / name / below / "a.png", *image);
    }
  }
  fs::create_directories(folder_ / "jpeg/cat");
  fs::create_directories(folder_ / "jpeg/dog");
  write_image(folder_ / "jpeg/cat/a.jpg", opaque);
  write_image(folder_ / "jpeg/dog/a.jpg", opaque);
  struct Refused {
    Words words, said;
  };
  const std::vector<Refused> all = {
      {{}, {"name either a folder", "--procedural 300"}},
      {{"stamps", "--procedural", "5"}, {"name only one"}},
      {{"nowhere"}, {"'nowhere' is no folder"}},
      {{"weights.h5"}, {"'weights.h5' is no folder"}},
      {{"none"}, {"'none' has no sub-folder"}},
      {{"one"}, {"'one' has one concept, 'cat'"}},
      {{"empty"}, {"there is no picture", "empty/dog"}},
      {{"opaque"}, {"opaque/cat/a.png", "has no alpha", "'cat'"}},
      {{"clear"}, {"clear/cat/a.png", "shows nothing of 'cat'"}},
      {{"jpeg"}, {"jpeg/cat/a.jpg", "is no PNG"}},
      {{"--procedural", "1"}, {"--procedural 1", "one concept"}},
      {{"--procedural", "0"}, {"--procedural"}},
      {{"stamps", "--layers", "mixed4z"}, {"mixed4z"}},
      {{"stamps", "--layers", "mixed4a_pre_relu"}, {"'mixed4a_pre_relu' is before a ReLU"}},
      {{"stamps", "--layers", "logits"}, {"too small for logits"}},
      {{"stamps", "--layers", "mixed4a"}, {"positions of mixed4a", "give more pictures"}},
      {{"stamps", "--rotations=-1"}, {"--rotations"}},
      {{"stamps", "--rotations", "1001"}, {"--rotations"}},
      {{"stamps", "-o", "d.txt"}, {"d.txt", ".json"}},
      {{"stamps", "--plot", "d.png"}, {"d.png", ".svg"}},
      {{"stamps", "-o", "no/d.json"}, {"no/d.json"}},
  };
  const Words before = listing(folder_.path());
  for (const Refused& refused : all) {
    Words words = refused.words;
    if (std::ranges::find(words, "--layers") == words.end()) {
      words.emplace_back("--layers");
      words.emplace_back("conv2d0");
    }
    expect_refusal(run(words), refused.said);
    EXPECT_EQ(listing(folder_.path()), before);
  }
}

}  // namespace
}  // namespace limpid::testing
