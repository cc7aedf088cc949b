// `limpid atlas` from outside, and its file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "engine/image/fit_image.h"
#include "engine/objective/objective.h"
#include "engine/pictures/image_file.h"
#include "engine/procedural/procedural_picture.h"
#include "engine/session/queries.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/atlas/atlas_file.h"
#include "tools/atlas/collect_vectors.h"
#include "tools/dataset/drawn_pictures.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int kSide = 64;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class AtlasProgram : public ::testing::Test {
 protected:
  AtlasProgram() { write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5"); }

  ProgramResult run(const Words& words) const {
    return run_program(Words{"atlas"} + words, folder_.path(),
                       {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}});
  }

  ProgramResult collect(const std::string& to, const Words& more = {}) const {
    return run(Words{"collect", "--procedural", "40", "--size", "64", "--layer", "mixed3a", "-o", to} + more);
  }

  void expect_refused(const Words& words, const std::string& part) const {
    const Words before = listing(folder_.path());
    expect_refusal(run(words), {part});
    EXPECT_EQ(listing(folder_.path()), before);
  }

  const TemporaryFolder folder_;
};

TEST_F(AtlasProgram, VectorsAreThoseOfTheLayerAtTheirPlaces) {
  const ProgramResult made = collect("a.h5");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out, "40 vectors of mixed3a: a.h5\n");
  const Atlas atlas = read_atlas(folder_ / "a.h5");
  ASSERT_EQ(atlas.pictures.size(), 40U);
  const auto model = std::make_shared<const Model>(read_model(folder_ / "weights.h5"));
  for (const std::uint64_t number : {0U, 7U, 39U}) {
    const Sha256Digest digest = digest_of({0, number});
    const auto at =
        static_cast<std::size_t>(std::ranges::find(atlas.pictures, digest) - atlas.pictures.begin());
    ASSERT_LT(at, 40U);
    const Activations map = activations(*model, procedural_picture(0, number, kSide).image, "mixed3a");
    const int row = atlas.places[2 * at], column = atlas.places[2 * at + 1];
    EXPECT_GE(std::min(row, column), 1);
    EXPECT_LE(std::max(row, column), map.width - 2);
    for (int c = 0; c < map.channels; ++c) {
      EXPECT_EQ(atlas.vectors[at * atlas.channels + static_cast<std::size_t>(c)],
                map.values[static_cast<std::size_t>((c * map.height + row) * map.width + column)]);
    }
    // Activation times gradient of a class's logit, at the place.
    SessionOptions options;
    options.targets = {"logits"};
    options.start = "mixed3a";
    Session session(model, options);
    const Extents extents{1, map.channels, map.height, map.width};
    session.forward(dense_view<const float>(map.values.data(), extents), {});
    std::vector<float> cotangent(atlas.classes, 0), gradient(map.values.size());
    cotangent[1] = 1;
    const std::vector<TensorView<const float>> cotangents = {
        dense_view<const float>(cotangent.data(), session.target_extents(0, 1, map.height, map.width))};
    session.backward(cotangents, dense_view(gradient.data(), extents));
    double effect = 0, size = 0;
    for (int c = 0; c < map.channels; ++c) {
      const auto place = static_cast<std::size_t>((c * map.height + row) * map.width + column);
      effect += double{gradient[place]} * double{map.values[place]};
      size += std::abs(double{gradient[place]} * double{map.values[place]});
    }
    EXPECT_NEAR(atlas.effects[at * atlas.classes + 1], effect, 1e-4 * size + 1e-12);
  }
}

TEST_F(AtlasProgram, BytesAreTheSameHoweverItIsMade) {
  ASSERT_EQ(collect("a.h5").exit_code, 0);
  ASSERT_EQ(collect("b.h5", {"--batch", "7", "--threads", "2"}).exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "b.h5"), read_text(folder_ / "a.h5"));
  const Words drawn = {"examples", "build",    "--procedural", "40", "--size",
                       "64",       "--layers", "conv2d0",      "-o", "i"};
  ASSERT_EQ(run_program(drawn, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}}).exit_code,
            0);
  ASSERT_EQ(run({"collect", "i", "--layer", "mixed3a", "-o", "c.h5"}).exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "c.h5"), read_text(folder_ / "a.h5"));
  const Words layout = {"layout", "a.h5", "--neighbours", "5", "--epochs", "40"};
  ASSERT_EQ(run(layout + Words{"--threads", "1", "-o", "one.h5"}).exit_code, 0);
  ASSERT_EQ(run(layout + Words{"--threads", "2", "-o", "two.h5"}).exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "two.h5"), read_text(folder_ / "one.h5"));
  EXPECT_NE(read_atlas(folder_ / "one.h5").layout, std::vector<float>(80));
}

TEST_F(AtlasProgram, MakesAMap) {
  ASSERT_EQ(collect("a.h5").exit_code, 0);
  const ProgramResult laid_out = run({"layout", "a.h5", "--epochs", "40"});
  EXPECT_TRUE(laid_out.out.starts_with("40 vectors of mixed3a, trustworthiness 0."))
      << laid_out.out << laid_out.err;
  const Words command = {"render",  "a.h5", "-o",     "map", "--grid",  "3",
                         "--least", "4",    "--size", "32",  "--steps", "2"};
  const ProgramResult made = run(command);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_NE(made.out.find("map/zoom/index.html"), std::string::npos) << made.out;
  const auto cells = nlohmann::json::parse(read_text(folder_ / "map/cells.json")).at("cells");
  ASSERT_GE(cells.size(), 2U);
  ASSERT_LT(cells.size(), 9U) << "no cell is empty: make another layout";
  std::size_t pictures = 0;
  for (const auto& cell : cells) {
    EXPECT_GE(cell.at("pictures").size(), 4U);
    EXPECT_EQ(cell.at("classes").size(), 3U);
    pictures += cell.at("pictures").size();
  }
  EXPECT_LE(pictures, 40U);
  const Image sheet = read_image(folder_ / "map/atlas.png");
  EXPECT_GE(sheet.width, 3 * 32);
  const auto tiles = nlohmann::json::parse(read_text(folder_ / "map/zoom/sheet.json")).at("tiles");
  EXPECT_EQ(tiles.size(), cells.size());
  // Once more, nothing is rendered, and all is the same.
  const std::string before = read_text(folder_ / "map/atlas.png");
  EXPECT_EQ(run(command).exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "map/atlas.png"), before);
}

TEST_F(AtlasProgram, SaysWhatIsWrong) {
  ASSERT_EQ(collect("a.h5").exit_code, 0);
  fs::create_directory(folder_ / "empty");
  expect_refused({"collect", "-o", "b.h5"}, "nothing to look at");
  expect_refused({"collect", "empty", "-o", "b.h5"}, "empty");
  expect_refused({"collect", "--procedural", "3", "-o", "b.png"}, "must end in .h5");
  expect_refused({"collect", "--procedural", "3", "--layer", "mixed9", "-o", "b.h5"}, "mixed9");
  expect_refused({"collect", "--procedural", "3", "--layer", "mixed3a:pre", "-o", "b.h5"}, "mixed3a:pre");
  expect_refused({"collect", "--procedural", "3", "--size", "8", "-o", "b.h5"}, "8");
  expect_refused({"layout", "none.h5"}, "none.h5");
  expect_refused({"layout", "weights.h5"}, "no atlas");
  expect_refused({"layout", "a.h5", "--neighbours", "40"}, "has 40 vectors, too few");
  expect_refused({"render", "a.h5", "-o", "map"}, "has no layout: `limpid atlas layout a.h5`");
  ASSERT_EQ(run({"layout", "a.h5", "--neighbours", "5", "--epochs", "3", "-q"}).exit_code, 0);
  expect_refused({"render", "a.h5", "-o", "map", "--least", "41"}, "none has 41 of the 40 vectors");
  Model other = narrow_model("bvlc_googlenet");
  other.layers[0].bias[0] += 1;
  write_model(other, folder_ / "other.h5");
  expect_refused({"render", "a.h5", "-o", "map", "-w", "other.h5"},
                 "'a.h5' is of other weights than 'other.h5'");
  // Any byte of the numbers that is another is seen.
  std::string bytes = read_text(folder_ / "a.h5");
  const Atlas atlas = read_atlas(folder_ / "a.h5");
  const std::string vector(reinterpret_cast<const char*>(atlas.vectors.data()), 64);
  bytes[bytes.find(vector) + 5] ^= 1;
  write_text(folder_ / "a.h5", bytes);
  expect_refused({"layout", "a.h5"}, "checksum does not match");
  write_text(folder_ / "a.h5", bytes.substr(0, bytes.size() / 2));
  expect_refused({"layout", "a.h5"}, "a.h5");
}

/// A folder of photos is what is looked at, also where an index of its name lies beside it.
TEST_F(AtlasProgram, AFolderComesBeforeAnIndexOfItsName) {
  fs::create_directory(folder_ / "i");
  write_image(folder_ / "i/one.png", procedural_picture(0, 0, kSide).image);
  const Words drawn = {"examples", "build",    "--procedural", "3",  "--size",
                       "64",       "--layers", "conv2d0",      "-o", "i"};
  ASSERT_EQ(run_program(drawn, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}}).exit_code,
            0);
  const Words to = {"--layer", "mixed3a", "-o", "a.h5", "-q"};
  ASSERT_EQ(run(Words{"collect", "i", "--size", "64"} + to).exit_code, 0);
  EXPECT_EQ(read_atlas(folder_ / "a.h5").pictures.size(), 1U);
  ASSERT_EQ(run(Words{"collect", "i.limpidx"} + to).exit_code, 0);
  EXPECT_EQ(read_atlas(folder_ / "a.h5").pictures.size(), 3U);
  expect_refused(Words{"collect", "i.limpidx", "--fit", "pad"} + to, "--fit is that of the index");
  write_text(folder_ / "i/noise.png", "noise");
  const ProgramResult some = run(Words{"collect", "i", "--size", "64"} + to);
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_TRUE(some.err.starts_with("limpid atlas collect: ") && some.err.ends_with(": passed over\n"))
      << some.err;
}

TEST_F(AtlasProgram, AnotherMapIsRefusedBeforeAnythingIsWrittenOver) {
  ASSERT_EQ(collect("a.h5").exit_code, 0);
  const Words layout = {"layout", "a.h5", "--neighbours", "5", "--epochs", "3", "-q", "--seed"};
  const Words command = {"render", "a.h5",   "-o", "bob's",   "--grid", "2", "--least",
                         "4",      "--size", "32", "--steps", "2",      "-q"};
  ASSERT_EQ(run(layout + Words{"0"}).exit_code, 0);
  const ProgramResult made = run(command);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto bytes = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "bob's"))
      if (entry.is_regular_file()) files[entry.path()] = read_text(entry.path());
    return files;
  };
  const auto before = bytes();
  ASSERT_EQ(run(layout + Words{"1"}).exit_code, 0);
  expect_refused(command, "'bob's' has another map than this of 'a.h5': ");
  EXPECT_EQ(bytes(), before);
}

/// Here it is what the vectors argue for that is beyond the network's numbers.
TEST_F(AtlasProgram, WhatIsNotFiniteIsNamedAndLeftOut) {
  Model large = narrow_model("bvlc_googlenet");
  std::ranges::fill(large.layers.back().filter, 3e38F);
  write_model(large, folder_ / "weights.h5");
  const ProgramResult some = collect("a.h5", {"-q"});
  EXPECT_EQ(some.exit_code, 0);
  const std::string reason = ": what the network makes of it is not finite; try --precision fp32";
  const Atlas atlas = read_atlas(folder_ / "a.h5");
  // Threads read them, so which is named first is up to them.
  std::multiset<std::string> named, missing;
  std::istringstream lines(some.err);
  for (std::string line; std::getline(lines, line);) named.insert(line);
  for (std::uint64_t number = 0; number < 40; ++number) {
    const DrawnPicture drawn{0, number};
    if (std::ranges::find(atlas.pictures, digest_of(drawn)) == atlas.pictures.end())
      missing.insert("limpid atlas collect: " + to_string(path_of(drawn)) + reason + ": passed over");
  }
  EXPECT_EQ(named, missing);
  EXPECT_FALSE(missing.empty());
  EXPECT_TRUE(std::ranges::all_of(atlas.effects, [](float value) { return std::isfinite(value); }));
  // Where none is left, that is why.
  const ProgramResult none =
      run({"collect", "--procedural", "1", "--size", "64", "--layer", "mixed3a", "-o", "b.h5"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_EQ(none.err, "limpid atlas collect: procedural:2:0, grating/0" + reason + "\n");
  EXPECT_FALSE(fs::exists(folder_ / "b.h5"));
}

TEST_F(AtlasProgram, LeavesOutWhatIsSilent) {
  Model silent = narrow_model("bvlc_googlenet");
  for (ConvLayer& layer : silent.layers) {
    if (layer.name.starts_with("mixed3a_"))
      for (float& bias : layer.bias) bias = -1e6F;
  }
  write_model(silent, folder_ / "weights.h5");
  expect_refusal(
      run({"collect", "--procedural", "3", "--size", "64", "--layer", "mixed3a", "-o", "b.h5", "-q"}),
      {"no picture activates mixed3a", "3 drawn places"});
}

}  // namespace
}  // namespace limpid::testing
