// limpid attribute from outside: what it writes, and one line for each thing that can be wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/attribution/attribution_method.h"
#include "engine/pictures/image_file.h"
#include "tests/sanitized.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/attribute/position_overlay.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"
#include "weights/sha256.h"

namespace limpid::testing {
namespace {

using Words = std::vector<std::string>;

/// The narrowest weights there are, and two photos of different sizes.
class Attribute : public ::testing::Test {
 protected:
  void SetUp() override {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", folder_ / "photo.png");
    Image other = read_image(folder_ / "photo.png");
    std::ranges::reverse(other.rgb);
    write_image(folder_ / "other.png", other);
    write_image(folder_ / "small.png", {2, 3, std::vector<float>(18, 0.5F)});
  }

  ProgramResult run(Words words) {
    words.insert(words.begin(), {"attribute"});
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

  TemporaryFolder folder_;
};

TEST_F(Attribute, FileHoldsTheCertificateAndTheInputs) {
  const Words asked = {"photo.png", "mixed4a:1", "--to", "mixed3b", "--correct", "-o", "a.h5"};
  const std::string out = made(asked);
  EXPECT_NE(out.find("(8 x 28 x 28) in a.h5"), std::string::npos) << out;
  EXPECT_EQ(dataset("a.h5", "attribution").size(), 8U * 28 * 28);
  EXPECT_EQ(dataset("a.h5", "positions").size(), 28U * 28);
  EXPECT_EQ(dataset("a.h5", "channels").size(), 8U);
  const auto number = [&](const char* name) { return double{dataset("a.h5", name).at(0)}; };
  const double change = number("value") - number("baseline_value");
  EXPECT_NEAR(number("sum"), change, 1e-4 * std::abs(change));
  EXPECT_LE(number("bound"), 0.01);
  EXPECT_LE(number("correction"), number("bound") * 1.001);
  EXPECT_LE(std::abs(number("residual")), number("bound") * std::abs(change) * 1.001);
  EXPECT_GE(number("gradients"), 8);
  const std::string bytes = read_text(folder_ / "a.h5");
  for (const char* input : {"weights.h5", "photo.png"})
    EXPECT_NE(bytes.find(sha256_of_file(folder_ / input)), std::string::npos) << input;
  EXPECT_NE(bytes.find("limpid attribute --to mixed3b --correct photo.png mixed4a:1"), std::string::npos);
  made(asked);
  EXPECT_EQ(read_text(folder_ / "a.h5"), bytes);
}

TEST_F(Attribute, EveryMethodOfTheTableRuns) {
  const std::string help = run_program({"attribute", "--help"}, folder_.path()).out;
  for (const AttributionMethod& method : attribution_methods()) {
    const std::string name(method.name);
    EXPECT_NE(help.find("  " + name + " "), std::string::npos) << name;
    Words words = {"photo.png", "logits:1",    "--method", name, "--samples",
                   "2",         "--gradients", "8",        "-o", "m.h5"};
    if (method.layer.empty()) words.insert(words.end(), {"--to", "mixed4e"});
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 0) << name << result.err;
    EXPECT_EQ(dataset("m.h5", "attribution").size(), method.layer.empty()      ? 8U * 14 * 14
                                                     : method.layer == kPixels ? 3U * 224 * 224
                                                                               : 8U * 7 * 7)
        << name;
  }
}

TEST_F(Attribute, PicturesAndBaselines) {
  made({"photo.png", "mixed4a:1", "--to", "mixed3b", "-o", "positions.png"});
  made({"photo.png", "mixed4a:1", "--by", "pixel", "--method", "linear", "-o", "pixels.png"});
  for (const char* name : {"positions.png", "pixels.png"}) EXPECT_EQ(read_image(folder_ / name).width, 224);
  const std::string out = made({"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "channel", "--baseline",
                                "other.png", "--method", "linear", "-o", "b.h5"});
  EXPECT_NE(out.find("mixed3b:"), std::string::npos) << out;
  EXPECT_NE(read_text(folder_ / "b.h5").find(sha256_of_file(folder_ / "other.png")), std::string::npos);
  made({"photo.png", "mixed4a:1", "--to", "mixed3b", "--baseline", "mean", "--method", "linear", "-o",
        "c.h5"});
  EXPECT_NE(dataset("b.h5", "baseline_value"), dataset("c.h5", "baseline_value"));
}

TEST_F(Attribute, GroupsShareTheWholeOut) {
  const Words asked = {"photo.png", "mixed5b:1", "--to", "mixed5a", "--by", "group", "--groups", "3"};
  const auto with_output = [&](const char* output) {
    Words words = asked;
    words.insert(words.end(), {"-o", output});
    return words;
  };
  const std::string out = made(with_output("g.h5"));
  EXPECT_NE(out.find("  group 2 "), std::string::npos) << out;
  const std::vector<float> totals = dataset("g.h5", "groups"), parts = dataset("g.h5", "group_attribution");
  ASSERT_EQ(totals.size(), 3U);
  ASSERT_EQ(parts.size(), 3U * 49);
  double sum = double{dataset("g.h5", "group_rest").at(0)}, size = 0;
  for (const float total : totals) sum += double{total};
  for (const float part : parts) size += std::abs(double{part});
  EXPECT_NEAR(sum, dataset("g.h5", "sum").at(0), 1e-5 * size);
  EXPECT_EQ(dataset("g.h5", "group_channels").size(), 3U * 8);
  made(with_output("g.png"));
  EXPECT_EQ(read_image(folder_ / "g.png").width, 3 * 224);
}

TEST_F(Attribute, CurvesStandBesideRandomOrders) {
  const std::string out = made(
      {"photo.png", "mixed5b:1", "--to", "mixed5a", "--method", "linear", "--curves", "c.svg", "-o", "c.h5"});
  EXPECT_NE(out.find("insertion "), std::string::npos) << out;
  const std::vector<float> insertion = dataset("c.h5", "insertion"),
                           random = dataset("c.h5", "random_insertion");
  ASSERT_EQ(insertion.size(), 33U);
  ASSERT_EQ(random.size(), 8U * 33);
  for (std::size_t order = 0; order < 8; ++order) {
    EXPECT_EQ(random[order * 33], 0);
    EXPECT_EQ(random[order * 33 + 32], 1);
  }
  EXPECT_EQ(insertion.front(), 0);
  EXPECT_EQ(insertion.back(), 1);
  EXPECT_EQ(dataset("c.h5", "deletion").front(), 1);
  EXPECT_GT(dataset("c.h5", "insertion_area").at(0), dataset("c.h5", "random_insertion_area").at(0));
  const std::string svg = read_text(folder_ / "c.svg");
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_NE(svg.find("mixed5b:1 by mixed5a (linear)"), std::string::npos);
  EXPECT_NE(svg.find("deletion: area"), std::string::npos);
  // They are in the file, and so in the command that makes it again.
  EXPECT_NE(read_text(folder_ / "c.h5").find("--method linear --curves c.svg photo.png"), std::string::npos);
}

TEST_F(Attribute, StandsBesideAVisualization) {
  if (test::kSanitized) GTEST_SKIP() << "170 steps of a render, which other tests have sanitized";
  EXPECT_EQ(made({"photo.png", "conv2d1:1", "--to", "conv2d0", "--method", "linear", "--quiet", "--beside",
                  "beside.png", "-o", "over.png"}),
            "");
  const Image beside = read_image(folder_ / "beside.png"), over = read_image(folder_ / "over.png");
  ASSERT_EQ(beside.width, 3 * over.width);
  const auto row = static_cast<std::size_t>(3 * over.width);
  for (std::size_t i = 0; i < over.rgb.size(); ++i)
    ASSERT_EQ(beside.rgb[i + (2 * (i / row) + 1) * row], over.rgb[i]) << i;
}

TEST_F(Attribute, BaselinesAreOfAnySize) {
  const Words asked = {"photo.png", "mixed5b:1",  "--to",      "mixed5a", "--method",
                       "linear",    "--baseline", "small.png", "-o",      "s.h5"};
  made(asked);
  // All of its values are one gray: the same at the network's size, but for what resampling rounds.
  write_image(folder_ / "small.png", {224, 224, std::vector<float>(3 * 224 * 224, 0.5F)});
  const float small = dataset("s.h5", "baseline_value").at(0);
  made(asked);
  EXPECT_NEAR(dataset("s.h5", "baseline_value").at(0), small, 1e-3F * std::abs(small));
  write_image(folder_ / "small.png", {2, 3, std::vector<float>(18, 0.25F)});
  made(asked);
  EXPECT_GT(std::abs(dataset("s.h5", "baseline_value").at(0) - small), 1e-2F * std::abs(small));
}

TEST_F(Attribute, AllPositions) {
  const std::string out = made({"photo.png", "mixed4a", "--to", "mixed3b", "--all-positions", "-o", "p.h5"});
  EXPECT_NE(out.find("(14 x 14 x 28 x 28)"), std::string::npos) << out;
  EXPECT_EQ(dataset("p.h5", "attribution").size(), 14U * 14 * 28 * 28);
  EXPECT_EQ(dataset("p.h5", "lengths").size(), 14U * 14);
}

TEST_F(Attribute, PagesAreFoldersOfTheirOwn) {
  const Words files = {".limpid-positions", "index.html", "photo.jpg"};
  made({"photo.png", "mixed4a:1", "--to", "mixed3b", "-o", "a.h5", "--page", "site"});
  EXPECT_EQ(listing(folder_ / "site"), files);
  const std::string page = read_text(folder_ / "site/index.html");
  for (const char* said : {"photo.png: mixed4a:1 by mixed3b", "bound on that", "\"totals\":[", "\"units\":[[",
                           "'rgb(255,115,0)'"})
    EXPECT_NE(page.find(said), std::string::npos) << said;
  EXPECT_NE(page.find(sha256_of_file(folder_ / "photo.png")), std::string::npos);
  // Another page takes its place.
  made({"photo.png", "mixed4a", "--to", "mixed3b", "--all-positions", "-o", "p.h5", "--page", "site"});
  EXPECT_EQ(listing(folder_ / "site"), files);
  EXPECT_NE(read_text(folder_ / "site/index.html").find("where mixed4a comes from in mixed3b"),
            std::string::npos);
}

TEST_F(Attribute, RefusesInOneLine) {
  struct Refused {
    Words words;
    Words said;
  };
  const std::vector<Refused> all = {
      {{"photo.png", "mixed3b:1", "--to", "mixed4a"}, {"mixed3b", "not computed from mixed4a"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3q"}, {"mixed3q", "did you mean"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b:pre"}, {"before a ReLU"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b_3x3"}, {"mixed3b_3x3"}},
      {{"photo.png", "mixed4a:1"}, {"--to mixed4d", "--by pixel"}},
      {{"no.png", "mixed4a:1", "--to", "mixed3b"}, {"no.png", "not exist"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--tolerance", "0"}, {"tolerance of 0"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--tolerance", "nan"}, {"tolerance of nan"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--gradients", "7"}, {"at most 7 gradients"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--method", "smooth", "--samples", "0"}, {"0 samples"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--method", "gradcam"}, {"gradcam", "grad-cam"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--baseline", "photo.png"}, {"no difference"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--baseline", "no.png"}, {"no.png", "not exist"}},
      {{"photo.png", "mixed4a:1 - tv", "--to", "mixed3b"}, {"only terms on layers"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "pixel"}, {"--by pixel", "give one"}},
      {{"photo.png", "mixed4a:1", "--to", "pixels", "--by", "channel"}, {"no channels"}},
      {{"photo.png", "mixed4a:1", "--to", "pixels", "--by", "group"}, {"no groups"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "group", "--groups", "0"},
       {"--groups 0", "1 to 32"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "group", "--groups", "9"},
       {"no 9 groups of mixed3b"}},
      // Said before the attribution, of which there is none.
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "group", "--groups", "9", "--baseline",
        "photo.png"},
       {"no 9 groups of mixed3b"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--curves", "c.png"}, {"--curves c.png", ".svg"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--curves", "no/c.svg"}, {"no/c.svg"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "channel", "-o", "a.png"},
       {".png shows positions"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "-o", "no/a.h5"}, {"no/a.h5"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--page", "mine"}, {"mine", "other files"}},
      {{"photo.png", "mixed4a:1", "--by", "pixel", "--page", "site"}, {"--page", "name one by --to"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "-o", "a.txt"}, {"a.txt", ".h5, .npz, .npy or .png"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--by", "channel", "-o", "a.txt"},
       {".h5, .npz or .npy"}},
      {{"photo.png", "mixed4a:1", "--to", "mixed3b", "--all-positions"}, {"more than a layer"}},
      {{"photo.png", "mixed4a", "--all-positions"}, {"--to mixed4d"}},
      {{"photo.png", "mixed4a", "--to", "mixed4a", "--all-positions"}, {"mixed4a and mixed4a are one layer"}},
      {{"photo.png", "mixed3b", "--to", "mixed4a", "--all-positions"}, {"not computed from"}},
      {{"photo.png", "mixed4a", "--to", "mixed3b", "--all-positions", "--correct"}, {"--correct"}},
  };
  std::filesystem::create_directory(folder_ / "mine");
  write_text(folder_ / "mine/letter.txt", "dear");
  const std::vector<std::string> before = listing(folder_.path());
  for (const Refused& refused : all) {
    expect_refusal(run(refused.words), refused.said);
    EXPECT_EQ(listing(folder_.path()), before);
  }
}

TEST(PositionOverlay, IsOrangeForAndBlueAgainst) {
  const Image photo{2, 2, std::vector<float>(12, 0.5F)};
  const Image over = position_overlay(photo, {2, 0, -1, 0}, 2, 2);
  const auto colour = [&](std::size_t i) {
    return std::vector<float>{over.rgb.begin() + static_cast<std::ptrdiff_t>(3 * i),
                              over.rgb.begin() + static_cast<std::ptrdiff_t>(3 * i + 3)};
  };
  EXPECT_GT(colour(0)[0], 0.9F);
  EXPECT_LT(colour(0)[2], 0.1F);
  EXPECT_LT(colour(2)[0], 0.4F);
  EXPECT_GT(colour(2)[2], 0.6F);
  for (const std::size_t i : {1U, 3U}) {
    for (const float c : colour(i)) EXPECT_FLOAT_EQ(c, 0.5F);
  }
  // Nothing to show is the photo in gray.
  EXPECT_EQ(position_overlay(photo, {0, 0, 0, 0}, 2, 2).rgb, std::vector<float>(12, 0.5F));
  // Against a larger scale there is less of it.
  EXPECT_LT(position_overlay(photo, {2, 0, -1, 0}, 2, 2, 20).rgb[0], 0.6F);
}

TEST(SignedMap, IsWhiteBetweenOrangeAndBlue) {
  const Image map = signed_map({2, 0, -1, -2}, 2, 2);
  EXPECT_EQ((std::vector<float>{map.rgb.begin(), map.rgb.begin() + 6}),
            (std::vector<float>{1, 0.45F, 0, 1, 1, 1}));
  EXPECT_FLOAT_EQ(map.rgb[6], 0.55F);
  EXPECT_FLOAT_EQ(map.rgb[9], 0.1F);
  EXPECT_EQ(signed_map({0, 0}, 1, 2).rgb, std::vector<float>(6, 1.0F));
  // One of so many that the largest thousandth is left out of the scale.
  std::vector<double> lonely(2000);
  lonely[7] = 1e-4;
  const Image spot = signed_map(lonely, 40, 50);
  EXPECT_EQ((std::vector<float>{spot.rgb.begin() + 18, spot.rgb.begin() + 24}),
            (std::vector<float>{1, 1, 1, 1, 0.45F, 0}));
}

}  // namespace
}  // namespace limpid::testing
