// limpid accentuate from outside: how far a photo moves, that it says how it was made, and what is transparent.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/image/fit_image.h"
#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/attribute/accentuation.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

using Words = std::vector<std::string>;

constexpr int kAccentuated = 48;

/// The words of a command as a shell would have them; of quotes there are single ones.
Words shell_words(const std::string& line) {
  Words words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

/// A text of a PNG file, which begins with its length.
std::string text_of(const std::string& png, const std::string& key) {
  const std::size_t at = png.find("tEXt" + key);
  if (at == std::string::npos) return {};
  std::size_t length = 0;
  for (std::size_t i = at - 4; i < at; ++i) length = length << 8U | static_cast<unsigned char>(png[i]);
  return png.substr(at + 4 + key.size() + 1, length - key.size() - 1);
}

class Accentuate : public ::testing::Test {
 protected:
  void SetUp() override {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", folder_ / "photo.png");
  }

  ProgramResult run(const Words& more) {
    Words words = {"accentuate",
                   "photo.png",
                   "mixed3a:1:pre",
                   "--layer",
                   "conv2d2",
                   "--size",
                   std::to_string(kAccentuated),
                   "--steps",
                   "8",
                   "--draws",
                   "1",
                   "--weights",
                   "weights.h5"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words, folder_.path());
  }

  Image made(const Words& more) {
    Words words = more;
    words.insert(words.end(), {"-o", "a.png"});
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return read_image(folder_ / "a.png");
  }

  Image photo() {
    return fit_image(read_image(folder_ / "photo.png"), kAccentuated, kAccentuated, Fit::crop);
  }

  TemporaryFolder folder_;
};

TEST_F(Accentuate, LeavesThePhotoAtNoStrengthAndMovesItFartherTheStrongerItPulls) {
  const Image photo = this->photo(), still = made({"--strength", "0"});
  ASSERT_EQ(still.rgb.size(), photo.rgb.size());
  EXPECT_EQ(read_text(folder_ / "a.png").find("Command"), std::string::npos) << "no render makes it";
  for (std::size_t i = 0; i < photo.rgb.size(); ++i) ASSERT_NEAR(still.rgb[i], photo.rgb[i], 1.01 / 255) << i;
  const double weak = distance_of(made({"--strength", "0.02"}), photo);
  const double strong = distance_of(made({"--strength", "50"}), photo);
  EXPECT_GT(weak, 2.0 / 255);
  EXPECT_GT(strong, 1.1 * weak);
}

TEST_F(Accentuate, SaysTheRenderThatMakesIt) {
  made({});
  const std::string bytes = read_text(folder_ / "a.png");
  made({});
  EXPECT_EQ(read_text(folder_ / "a.png"), bytes);
  Words words = shell_words(text_of(bytes, "Command"));
  ASSERT_EQ(words.front(), "limpid");
  words.erase(words.begin());
  words.insert(words.end(), {"--weights", "weights.h5", "--quiet", "-o", "again.png"});
  const ProgramResult again = run_program(words, folder_.path());
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_image(folder_ / "again.png").rgb, read_image(folder_ / "a.png").rgb);
}

TEST_F(Accentuate, AFifthOfThePixelsIsOpaque) {
  made({"--transparency", "t.png"});
  const Image seen = read_png_with_alpha(folder_ / "t.png");
  const auto pixels = static_cast<double>(kAccentuated * kAccentuated);
  ASSERT_EQ(seen.alpha.size(), static_cast<std::size_t>(pixels));
  const auto opaque = std::ranges::count(seen.alpha, 1.0F);
  EXPECT_NEAR(static_cast<double>(opaque) / pixels, 0.2, 0.01);
  EXPECT_LT(*std::ranges::min_element(seen.alpha), 0.5F);
}

TEST_F(Accentuate, RefusesWhatItCannotDo) {
  expect_refusal(run({"--strength", "-1", "-o", "a.png"}), {"--strength -1: it is 0 to 1e+06"});
  expect_refusal(run({"--transparency", "t.jpg", "-o", "a.png"}), {"'t.jpg' cannot hold the alpha"});
  expect_refusal(run({"--decay", "-1", "-o", "a.png"}), {"--decay"});
  expect_refusal(
      run_program({"accentuate", "photo.png", "mixed3a:1", "--layer", "nothing", "--weights", "weights.h5"},
                  folder_.path()),
      {"unknown layer 'nothing'"});
  expect_refusal(run_program({"accentuate", "photo.png", "mixed3a:1", "--layer", "conv2d2:pre", "--weights",
                              "weights.h5"},
                             folder_.path()),
                 {"--layer conv2d2:pre", "without :pre"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.png"));
}

}  // namespace
}  // namespace limpid::testing
