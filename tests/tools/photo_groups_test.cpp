// limpid activation-grid, limpid groups and limpid explain from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <string_view>
#include <thread>

#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/support.h"
#include "tools/attribute/group_attribution.h"
#include "tools/attribute/group_pictures.h"
#include "tools/attribute/groups_page.h"
#include "tools/attribute/position_page.h"
#include "tools/attribute/weights_picture.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"
#include "weights/sha256.h"

namespace limpid::testing {
namespace {

using Words = std::vector<std::string>;

class PhotoGroups : public ::testing::Test {
 protected:
  void SetUp() override {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", folder_ / "photo.png");
  }

  ProgramResult run(Words words) {
    words.insert(words.end(), {"--weights", "weights.h5"});
    return run_program(words, folder_.path());
  }

  std::string made(const Words& words) {
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  std::vector<float> dataset(const std::string& file, const char* name) {
    const Hdf5Handle opened(H5Fopen((folder_ / file).c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    const Hdf5Handle set(H5Dopen2(opened.get(), name, H5P_DEFAULT), H5Dclose);
    const Hdf5Handle space(H5Dget_space(set.get()), H5Sclose);
    std::vector<float> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get())));
    EXPECT_GE(H5Dread(set.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    return values;
  }

  /// The channels at a position of mixed5a, as a direction of length 1.
  std::vector<float> direction_at(std::size_t position) {
    made({"activations", "photo.png", "mixed5a", "-o", "a.h5"});
    const std::vector<float> map = dataset("a.h5", "activations");
    std::vector<float> vector;
    double squares = 0;
    for (std::size_t i = position; i < map.size(); i += 49) {
      vector.push_back(map[i]);
      squares += double{map[i]} * double{map[i]};
    }
    for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
    return vector;
  }

  TemporaryFolder folder_;
};

/// Sends Ctrl-C once so many lines on standard error have told of finished pictures.
Surroundings stopped_after_some(std::ptrdiff_t lines = 1) {
  return {.meanwhile = [lines](pid_t process, const auto&) {
    const std::string errors = "/proc/" + std::to_string(process) + "/fd/2";
    // Before the program begins it is the test's own, which may be a pipe.
    const auto told = [&] {
      if (!std::filesystem::is_regular_file(errors)) return false;
      const std::string said = read_text(errors);
      return std::count(said.begin(), said.end(), '\n') >= lines;
    };
    while (std::filesystem::exists(errors) && !told())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ::kill(process, SIGINT);
  }};
}

TEST_F(PhotoGroups, WhatWasFinishedIsKeptWhenAGridIsStopped) {
  const Words asked = {"activation-grid", "photo.png", "mixed5a",   "--cell",     "48", "--steps", "6",
                       "--threads",       "1",         "--weights", "weights.h5", "-o", "grid.png"};
  const ProgramResult stopped = run_program(asked, folder_.path(), stopped_after_some());
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("of 49 pictures: the same command makes the rest"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "grid.png"));
  const std::size_t kept = listing(folder_ / "grid.png.unfinished").size();
  EXPECT_GE(kept, 4U);
  EXPECT_LT(kept, 49U);
  // Another photo's cells, or those of other steps, are not taken for these.
  Words other = asked;
  other[6] = "5";
  other.back() = "other.png";
  std::filesystem::copy(folder_ / "grid.png.unfinished", folder_ / "other.png.unfinished");
  EXPECT_EQ(run_program(other, folder_.path()).err.find("from before"), std::string::npos);

  // What is there and is none of these is the user's.
  write_text(folder_ / "grid.png.unfinished" / "notes.txt", "mine");
  const ProgramResult resumed = run_program(asked, folder_.path());
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find(std::to_string(kept) + " pictures are there from before"), std::string::npos)
      << resumed.err;
  EXPECT_EQ(listing(folder_ / "grid.png.unfinished"), std::vector<std::string>{"notes.txt"});
  const std::string bytes = read_text(folder_ / "grid.png");
  EXPECT_EQ(run_program(asked, folder_.path()).exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "grid.png"), bytes);
}

/// Icons of the layer below are made first: those are all kept, and some of the layer's own.
TEST_F(PhotoGroups, GroupsOfTwoLayersGoOnWhereTheSecondWasStopped) {
  const auto asked = [](const char* output) {
    return Words{"groups", "photo.png", "mixed5b",    "--from",  "mixed5a", "--groups",
                 "4",      "--icon",    "48",         "--steps", "6",       "--threads",
                 "1",      "--weights", "weights.h5", "-o",      output};
  };
  const ProgramResult stopped = run_program(asked("out"), folder_.path(), stopped_after_some(5));
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("4 of 4 pictures\n"), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("of 4 pictures: the same command makes the rest"), std::string::npos);
  const std::size_t kept = listing(folder_ / "out.unfinished").size();
  EXPECT_GT(kept, 4U);
  EXPECT_LT(kept, 8U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));

  const ProgramResult resumed = run_program(asked("out"), folder_.path());
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  for (const std::size_t before : {std::size_t{4}, kept - 4})
    EXPECT_NE(resumed.err.find(std::to_string(before) + " pictures are there from before"), std::string::npos)
        << resumed.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.unfinished"));
  ASSERT_EQ(run_program(asked("fresh"), folder_.path()).exit_code, 0);
  const Words files = listing(folder_ / "fresh");
  EXPECT_EQ(listing(folder_ / "out"), files);
  for (const std::string& file : files)
    EXPECT_EQ(read_text(folder_ / "out" / file), read_text(folder_ / "fresh" / file)) << file;
}

/// What is kept for the case that it is stopped must not stop it.
TEST_F(PhotoGroups, AGridIsMadeWhereNothingCanBeKept) {
  write_text(folder_ / "grid.png.unfinished", "a file where the folder would be");
  const ProgramResult result = run({"activation-grid", "photo.png", "mixed5a", "--cell", "48", "--steps", "1",
                                    "--threads", "1", "-o", "grid.png"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_image(folder_ / "grid.png").width, 7 * 48);
  const std::size_t said = result.err.find("grid.png.unfinished");
  ASSERT_NE(said, std::string::npos) << result.err;
  EXPECT_NE(result.err.find("no more pictures are kept"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("grid.png.unfinished", said + 1), std::string::npos) << result.err;
  EXPECT_EQ(read_text(folder_ / "grid.png.unfinished"), "a file where the folder would be");
}

TEST_F(PhotoGroups, ACellOfAGridIsTheRenderOfItsDirection) {
  const Words asked = {"activation-grid", "photo.png", "mixed5a", "--cell",  "48",
                       "--steps",         "3",         "-o",      "grid.png"};
  made(asked);
  const Image grid = read_image(folder_ / "grid.png");
  ASSERT_EQ(grid.height, 7 * 48);
  ASSERT_EQ(grid.width, 7 * 48);
  const std::string bytes = read_text(folder_ / "grid.png");
  EXPECT_NE(bytes.find("limpid activation-grid photo.png mixed5a"), std::string::npos);
  made(asked);
  EXPECT_EQ(read_text(folder_ / "grid.png"), bytes);

  const std::size_t row = 2, column = 4;
  const std::vector<float> direction = direction_at(row * 7 + column);
  const std::string_view raw(reinterpret_cast<const char*>(direction.data()),
                             direction.size() * sizeof(float));
  write_text(folder_ / "v.npy", npy("<f4", std::to_string(direction.size()) + ",", std::string(raw)));
  made({"render", "dir(mixed5a, v.npy)", "--size", "48", "--steps", "3", "--quiet", "-o", "cell.png"});
  const Image cell = read_image(folder_ / "cell.png");
  for (std::size_t y = 0; y < 48; ++y) {
    const std::size_t first = 3 * ((row * 48 + y) * 7 * 48 + column * 48);
    for (std::size_t i = 0; i < 3 * 48; ++i) ASSERT_EQ(grid.rgb[first + i], cell.rgb[y * 3 * 48 + i]) << y;
  }
}

TEST_F(PhotoGroups, GroupsAreAFolderWithAPage) {
  const Words asked = {"groups", "photo.png", "mixed5a", "--groups", "3",  "--icon",
                       "48",     "--steps",   "2",       "-o",       "out"};
  const std::string out = made(asked);
  EXPECT_NE(out.find("3 groups of mixed5a"), std::string::npos) << out;
  const Words files = {".limpid-groups", "groups.h5",   "icon-0.png", "icon-1.png", "icon-2.png",
                       "index.html",     "overlay.png", "part-0.png", "part-1.png", "part-2.png"};
  EXPECT_EQ(listing(folder_ / "out"), files);
  const std::string page = read_text(folder_ / "out/index.html");
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  for (const std::string& file : files) {
    const bool shown = page.find("src=\"" + file + "\"") != std::string::npos;
    EXPECT_EQ(shown, file.ends_with(".png")) << file;
  }

  const std::vector<float> positions = dataset("out/groups.h5", "positions");
  ASSERT_EQ(positions.size(), 3U * 49);
  EXPECT_EQ(dataset("out/groups.h5", "channels").size(), 3U * 8);
  std::ptrdiff_t last = 0;
  for (auto group = positions.begin(); group != positions.end(); group += 49) {
    const auto peak = std::max_element(group, group + 49);
    EXPECT_LE(*peak, 1);
    EXPECT_GE((peak - group) % 7, last);
    last = (peak - group) % 7;
  }
  EXPECT_NE(read_text(folder_ / "out/groups.h5").find(sha256_of_file(folder_ / "photo.png")),
            std::string::npos);

  // The same again in its place; never in that of something else.
  made(asked);
  EXPECT_EQ(read_text(folder_ / "out/index.html"), page);
  EXPECT_EQ(dataset("out/groups.h5", "positions"), positions);
}

TEST_F(PhotoGroups, ExplainedPositionsHaveTheirStoresPictures) {
  made({"grid", "mixed5a:0-3", "--size", "48", "--steps", "1", "--no-sheet", "--quiet", "-o", "some"});
  const Words asked = {"explain", "photo.png", "mixed5a", "--store", "some.limpid",
                       "-o",      "site",      "--units", "3"};
  const ProgramResult result = run(asked);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(listing(folder_ / "site"), (Words{".limpid-positions", "index.html", "photo.jpg", "tiles.jpg"}));
  EXPECT_EQ(read_image(folder_ / "site/tiles.jpg").width, 16 * 64);
  const std::string page = read_text(folder_ / "site/index.html");
  EXPECT_NE(page.find("\"classes\":[["), std::string::npos);
  EXPECT_NE(page.find("\"places\":{"), std::string::npos);
  made(asked);
  EXPECT_EQ(read_text(folder_ / "site/index.html"), page);
  const ProgramResult other =
      run({"explain", "photo.png", "mixed4a", "--store", "some.limpid", "-o", "other"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("no picture of a channel of mixed4a"), std::string::npos) << other.err;
}

TEST_F(PhotoGroups, WeightsAreAPictureOrAFile) {
  const std::string out = made({"weights", "mixed4a:1", "--from", "mixed3b", "--top", "2", "-o", "w.h5"});
  EXPECT_NE(out.find("mixed4a:1 by mixed3b (8 x "), std::string::npos) << out;
  EXPECT_EQ(dataset("w.h5", "lengths").size(), 8U);
  made({"grid", "mixed3b:0-7", "--size", "32", "--steps", "1", "--no-sheet", "--quiet", "-o", "some"});
  made({"weights", "mixed4a:1", "--from", "mixed3b", "--top", "2", "--store", "some.limpid", "-o", "w.png"});
  const Image picture = read_image(folder_ / "w.png");
  EXPECT_EQ(picture.width, 2 * 96);
  EXPECT_EQ(picture.height, 2 * 96);
  EXPECT_NE(made({"weights", "logits:1", "--from", "mixed5b", "-o", "whole.h5"}).find("(8 x 7 x 7)"),
            std::string::npos);
}

TEST_F(PhotoGroups, WeightsThatAreAllZeroAreRefused) {
  Model hollow = narrow_model("bvlc_googlenet");
  for (ConvLayer& layer : hollow.layers) {
    if (layer.name != "conv2d2") continue;
    ASSERT_EQ(layer.size, 3);
    for (std::size_t i = 4; i < layer.filter.size(); i += 9) layer.filter[i] = 0;
  }
  write_model(hollow, folder_ / "weights.h5");
  const Words before = listing(folder_.path());
  for (const char* output : {"w.png", "w.svg", "w.h5"}) {
    const ProgramResult result =
        run({"weights", "conv2d2:1", "--from", "conv2d1", "--crop", "1", "-o", output});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("conv2d2:1 does not depend on conv2d1 by the 1 x 1 positions in the middle"),
              std::string::npos)
        << result.err;
    EXPECT_EQ(listing(folder_.path()), before);
  }
}

TEST_F(PhotoGroups, WeightsAsADrawingNameTheirChannelsAndHoldTheirPictures) {
  made({"grid", "mixed3b:0-7", "--size", "32", "--steps", "1", "--no-sheet", "--quiet", "-o", "some"});
  const Words asked = {"weights", "mixed4a:1", "--from",      "mixed3b", "--top",
                       "3",       "--store",   "some.limpid", "-o",      "w.svg"};
  made(asked);
  const std::string svg = read_text(folder_ / "w.svg");
  const auto count = [&](const std::string& part) {
    int found = 0;
    for (std::size_t at = 0; (at = svg.find(part, at)) != svg.npos; ++at) ++found;
    return found;
  };
  EXPECT_EQ(count(">mixed3b:"), 3);
  EXPECT_EQ(count("<image "), 3 + 3 + 1);  // Weights, pictures, the scale.
  EXPECT_EQ(count("href=\"data:image/png;base64,iVBORw0KGgo"), 7);
  EXPECT_NE(svg.find(">mixed4a:1 by mixed3b</text>"), std::string::npos);
  EXPECT_NE(svg.find("<desc>Software: limpid "), std::string::npos);
  made(asked);
  EXPECT_EQ(read_text(folder_ / "w.svg"), svg);
}

TEST_F(PhotoGroups, GroupsComeFromThoseOfALayerBelow) {
  made({"groups", "photo.png", "mixed5b", "--from", "mixed5a", "--groups", "2", "--icon", "48", "--steps",
        "1", "--quiet", "-o", "out"});
  const Words files = {".limpid-groups",   "flow.svg",        "from-icon-0.png", "from-icon-1.png",
                       "from-overlay.png", "from-part-0.png", "from-part-1.png", "groups.h5",
                       "icon-0.png",       "icon-1.png",      "index.html",      "overlay.png",
                       "part-0.png",       "part-1.png"};
  EXPECT_EQ(listing(folder_ / "out"), files);
  const std::string page = read_text(folder_ / "out/index.html");
  for (const std::string& file : files) {
    const bool shown = page.find("src=\"" + file + "\"") != std::string::npos;
    EXPECT_EQ(shown, file.ends_with(".png") || file.ends_with(".svg")) << file;
  }
  // By the map that the groups are of, and by hand.
  const std::vector<float> positions = dataset("out/groups.h5", "positions"),
                           channels = dataset("out/groups.h5", "channels"),
                           values = dataset("out/groups.h5", "value");
  EXPECT_EQ(dataset("out/groups.h5", "attribution").size(), 4U);
  EXPECT_EQ(dataset("out/groups.h5", "from_channels").size(), 2U * 8);
  made({"activations", "photo.png", "mixed5b", "-o", "b.h5"});
  const std::vector<float> map = dataset("b.h5", "activations");
  for (std::size_t k = 0; k < 2; ++k) {
    double value = 0, squares = 0;
    for (std::size_t c = 0; c < 8; ++c) {
      squares += double{channels[k * 8 + c]} * double{channels[k * 8 + c]};
      for (std::size_t p = 0; p < 49; ++p)
        value += double{positions[k * 49 + p]} * double{channels[k * 8 + c]} * double{map[c * 49 + p]};
    }
    EXPECT_NEAR(values[k], value / std::sqrt(squares), 1e-5 * std::abs(values[k])) << k;
  }
  const std::string svg = read_text(folder_ / "out/flow.svg");
  EXPECT_NE(svg.find(">group 1</text>"), std::string::npos);
}

TEST_F(PhotoGroups, ExplainedChannelsHaveExamples) {
  std::filesystem::create_directory(folder_ / "photos");
  for (const char* name : {"a.png", "b.png", "c.png"})
    std::filesystem::copy_file(folder_ / "photo.png", folder_ / "photos" / name);
  made({"grid", "mixed5a:0-7", "--size", "48", "--steps", "1", "--no-sheet", "--quiet", "-o", "some"});
  made({"examples", "build", "photos", "-o", "mine", "--size", "48", "--layers", "mixed5a"});
  const Words asked = {"explain", "photo.png", "mixed5a", "--store", "some.limpid", "--examples", "mine",
                       "-o",      "site",      "--units", "3"};
  made(asked);
  EXPECT_EQ(listing(folder_ / "site"),
            (Words{".limpid-positions", "examples.jpg", "index.html", "photo.jpg", "tiles.jpg"}));
  EXPECT_NE(read_text(folder_ / "site/index.html").find("\"examples\":{\"columns\":16,\"places\":{"),
            std::string::npos);
  made({"examples", "build", "photos", "-o", "other", "--size", "32", "--layers", "conv2d0"});
  const ProgramResult refused =
      run({"explain", "photo.png", "mixed5a", "--store", "some.limpid", "--examples", "other", "-o", "none"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("'other.limpidx' has no mixed5a; it has conv2d0"), std::string::npos)
      << refused.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
}

TEST_F(PhotoGroups, StoresAreOfTheSameWeights) {
  made({"grid", "mixed3b:0", "--size", "32", "--steps", "1", "--no-sheet", "--quiet", "-o", "some"});
  const Words weights = {"weights", "mixed4a:1", "--from",      "mixed3b", "--top",
                         "8",       "--store",   "some.limpid", "-o",      "w.png"};
  const ProgramResult few = run(weights);
  EXPECT_EQ(few.exit_code, 0);
  EXPECT_NE(few.err.find("channels have no picture in the stores"), std::string::npos) << few.err;
  Model other = narrow_model("bvlc_googlenet");
  other.layers[0].bias[0] += 1;
  write_model(other, folder_ / "weights.h5");
  std::filesystem::remove(folder_ / "w.png");
  const Words before = listing(folder_.path());
  for (const Words& words :
       {weights, Words{"explain", "photo.png", "mixed3b", "--store", "some.limpid", "-o", "site"}}) {
    const ProgramResult refused = run(words);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1);
    EXPECT_NE(refused.err.find("'some.limpid' is of other weights than 'weights.h5'"), std::string::npos)
        << refused.err;
    EXPECT_EQ(listing(folder_.path()), before);
  }
}

TEST(WeightsPicture, IsRedForWhatExcitesAndBlueForWhatInhibits) {
  const Image picture = weights_picture({2, 1, 2, {9, 9, 1, -0.5F}}, {1}, {}, 4);
  ASSERT_EQ(picture.width, 4);
  EXPECT_EQ((std::vector<float>{picture.rgb.begin(), picture.rgb.begin() + 3}),
            (std::vector<float>{1, 0, 0}));
  EXPECT_EQ((std::vector<float>{picture.rgb.begin() + 6, picture.rgb.begin() + 9}),
            (std::vector<float>{0.5F, 0.5F, 1}));
}

TEST(WeightsPicture, NamesFitTheirColumns) {
  const ExpandedWeights weights{2, 1, 1, {1, 2}};
  EXPECT_NE(weights_svg(weights, {1}, {}, {"mixed4a:1", "mixed3b", ""}).find(">mixed3b:1</text>"),
            std::string::npos);
  const std::string wide = weights_svg(weights, {1}, {}, {"a:1", "inception_4e/3x3_bottleneck", ""});
  EXPECT_NE(wide.find(">a:1 by inception_4e/3x3_bottleneck</text>"), std::string::npos);
  EXPECT_NE(wide.find(">:1</text>"), std::string::npos);
}

TEST(GroupAttribution, SharesEachValueAsTheGroupsHaveIt) {
  // Two channels at two positions; of the second channel nobody has anything at the second position.
  const NeuronGroups groups{{{{1, 0.5}, {3, 0}}, {{0.5, 0}, {2, 8}}}, 0};
  const GroupAttribution a = attribute_to_groups({8, 6, -4, 10}, groups);
  EXPECT_EQ(a.positions[0], (std::vector<double>{6, 6}));
  EXPECT_EQ(a.positions[1], (std::vector<double>{2 - 4, 0}));
  EXPECT_EQ(a.totals, (std::vector<double>{12, -2}));
  EXPECT_EQ(a.rest, 10);
}

TEST(LargestNumbers, ComeFirstAndAreNeverZero) {
  const std::vector<double> values = {1, -5, 3, 0, 3};
  EXPECT_EQ(largest_numbers(values, 3, false), (Numbered{{2, 3}, {4, 3}, {0, 1}}));
  EXPECT_EQ(largest_numbers(values, 2, true), (Numbered{{1, -5}, {2, 3}}));
  EXPECT_EQ(largest_numbers(values, 9, false), (Numbered{{2, 3}, {4, 3}, {0, 1}, {1, -5}}));
}

TEST_F(PhotoGroups, RefuseInOneLine) {
  struct Refused {
    Words words;
    Words said;
  };
  std::filesystem::create_directory(folder_ / "mine");
  write_text(folder_ / "mine/letter.txt", "dear");
  const std::vector<Refused> all = {
      {{"activation-grid", "no.png", "mixed5a"}, {"no.png", "not exist"}},
      {{"activation-grid", "photo.png", "mixed5q"}, {"did you mean"}},
      {{"activation-grid", "photo.png", "mixed5a:1"}, {"more than a layer"}},
      {{"activation-grid", "photo.png", "mixed5a:pre"}, {"before a ReLU"}},
      {{"activation-grid", "photo.png", "mixed5a", "--cell", "8"}, {"--cell 8", "16 to 512"}},
      {{"activation-grid", "photo.png", "conv2d0", "--cell", "128"}, {"14336 x 14336", "100 million"}},
      {{"activation-grid", "photo.png", "conv2d0", "--cell", "512"}, {"57344 x 57344", "357 million"}},
      {{"activation-grid", "photo.png", "mixed5a", "--steps", "0"}, {"--steps 0"}},
      {{"activation-grid", "photo.png", "mixed5a", "--seed", "-1"}, {"seed '-1'"}},
      {{"activation-grid", "photo.png", "mixed5a", "-o", "grid.h5"}, {"grid.h5"}},
      {{"groups", "photo.png", "mixed5a"}, {"--output is required"}},
      {{"weights", "mixed4a:1"}, {"--from is required"}},
      {{"weights", "mixed4a", "--from", "mixed3b"}, {"no channel of a layer", "mixed4a:11"}},
      {{"weights", "mixed4a:1@2,2", "--from", "mixed3b"}, {"no channel of a layer"}},
      {{"weights", "mixed4a:1", "--from", "mixed4b"}, {"not computed from mixed4b"}},
      {{"weights", "mixed4a:1", "--from", "mixed3b", "--top", "0"}, {"--top 0", "1 to 64"}},
      {{"weights", "mixed4a:1", "--from", "mixed3b", "--crop", "-1"}, {"--crop -1"}},
      {{"weights", "mixed4a:1", "--from", "mixed3b", "--crop", "0"}, {"--crop 0", "1 to 255"}},
      {{"weights", "mixed4a:1", "--from", "mixed3b", "-o", "w.txt"},
       {"w.txt", ".h5, .npz, .npy, .png or .svg"}},
      {{"explain", "photo.png", "mixed5a", "-o", "out"}, {"--store is required"}},
      {{"explain", "photo.png", "mixed5a", "--store", "mine", "-o", "out"}, {"mine"}},
      {{"explain", "photo.png", "mixed5a", "--store", "mine", "-o", "mine"}, {"mine", "other files"}},
      {{"explain", "photo.png", "mixed5a:pre", "--store", "mine", "-o", "out"}, {"before a ReLU"}},
      {{"explain", "photo.png", "mixed5a", "--store", "mine", "-o", "out", "--units", "0"},
       {"--units 0", "1 to 32"}},
      {{"groups", "photo.png", "mixed5a", "-o", "out", "--groups", "0"}, {"--groups 0", "1 to 32"}},
      {{"groups", "photo.png", "mixed5a", "-o", "out", "--groups", "9"},
       {"9 groups of mixed5a", "7 x 7 positions", "49x8", "1 to 8"}},
      {{"groups", "photo.png", "mixed5a", "-o", "out", "--icon", "4"}, {"--icon 4", "16 to 1024"}},
      {{"groups", "photo.png", "mixed5a:pre", "-o", "out"}, {"before a ReLU"}},
      {{"groups", "photo.png", "mixed5a", "--from", "mixed5a", "-o", "out"},
       {"mixed5a and mixed5a are one layer"}},
      // Said before any groups are looked for: there are not so many.
      {{"groups", "photo.png", "mixed5a", "--from", "mixed5b", "-o", "out", "--groups", "9"},
       {"mixed5a is not computed from mixed5b"}},
      {{"groups", "photo.png", "mixed5a", "-o", "mine"}, {"mine", "other files"}},
  };
  const Words before = listing(folder_.path());
  for (const Refused& refused : all) {
    expect_refusal(run(refused.words), refused.said);
    EXPECT_EQ(listing(folder_.path()), before);
  }
}

TEST(GroupPictures, ShowWhereAGroupIs) {
  EXPECT_EQ(group_colour(0, 6), (std::array<float, 3>{1, 0, 0}));
  EXPECT_EQ(group_colour(2, 6), (std::array<float, 3>{0, 1, 0}));
  EXPECT_EQ(group_colour(5, 6), (std::array<float, 3>{1, 0, 1}));
  const Image photo{1, 2, {0.5F, 0.5F, 0.5F, 0.8F, 0.4F, 0.2F}};
  const NeuronGroups groups{{{{1, 0}, {1}}, {{0, 1}, {1}}}, 0.5};
  const Image over = groups_overlay(photo, groups, 1, 2);
  EXPECT_GT(over.rgb[0], 0.85F);  // Red where the first is.
  EXPECT_LT(over.rgb[1], 0.2F);
  EXPECT_GT(over.rgb[4], 0.85F);  // Cyan where the second is.
  EXPECT_LT(over.rgb[3], 0.2F);
  const Image part = group_cutout(photo, groups.groups[1], 1, 2);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(part.rgb[i], 0.06F);
    EXPECT_FLOAT_EQ(part.rgb[3 + i], photo.rgb[3 + i]);
  }
}

TEST(GroupsPage, EscapesWhatItIsGiven) {
  const NeuronGroups groups{{{{1}, {2, 3}}}, 0.25};
  const std::string page = groups_page({"<b>.png", "mixed4d", "limpid groups '<b>.png' & more"}, groups);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;.png in mixed4d"), std::string::npos);
  EXPECT_NE(page.find("25.0 %"), std::string::npos);
  // The strongest channel comes first.
  EXPECT_LT(page.find("mixed4d:1 "), page.find("mixed4d:0 "));
}

}  // namespace
}  // namespace limpid::testing
