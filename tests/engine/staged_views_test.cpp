#include "engine/image/staged_views.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "kernels/core/error.h"

namespace limpid::staged_views_test {
namespace {

constexpr const char* kStandard = "pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)";

Transforms standard(const char* style) {
  return parse_transforms(std::string(style) + ": " + kStandard);
}

/// What the network is shown, over many steps: heights, for square pictures.
std::set<int> sizes(const Transforms& transforms, int size) {
  std::set<int> found;
  for (std::uint32_t step = 0; step < 400; ++step) {
    const auto stages = stages_of(transforms, draw_staged(transforms, {3, 0, step}), size, size);
    EXPECT_EQ(stages.back().h, stages.back().w);
    found.insert(stages.back().h);
  }
  return found;
}

TEST(StagedViews, LucidsCanvasesShrinkAndGrow) {
  EXPECT_EQ(sizes(standard("lucid"), 128),
            (std::set<int>{125, 128, 131, 134, 137, 140, 142, 145, 148, 151, 154}));
  const std::set<int> larger = sizes(standard("lucid"), 224);
  EXPECT_EQ(*larger.begin(), 212);
  EXPECT_EQ(*larger.rbegin(), 260);
}

TEST(StagedViews, LucentsAreEnlargedTo224WhereThePictureIsSmaller) {
  EXPECT_EQ(sizes(standard("lucent"), 128), std::set<int>{224});
  const std::set<int> larger = sizes(standard("lucent"), 224);
  // A smaller one is padded by whole pixels on both sides.
  EXPECT_GE(*larger.begin(), 248);
  EXPECT_EQ(*larger.rbegin(), 273);
  const auto stages = stages_of(standard("lucent"), draw_staged(standard("lucent"), {3, 0, 0}), 300, 100);
  EXPECT_EQ(stages.back().h, 224);
  EXPECT_EQ(stages.back().w, 224);
}

TEST(StagedViews, CaptumsScaleRoundsDownAndItsJitterKeepsTheSize) {
  EXPECT_EQ(sizes(parse_transforms("captum: scale(1,0.975,1.025,0.95,1.05) jitter(16)"), 224),
            (std::set<int>{212, 218, 224, 229, 235}));
}

/// Values a jitter takes in many steps.
std::set<int> moves(const char* text) {
  const Transforms transforms = parse_transforms(text);
  std::set<int> found;
  for (std::uint32_t step = 0; step < 400; ++step) {
    const StagedDraw draw = draw_staged(transforms, {1, 2, step}).front();
    found.insert(draw.x);
    found.insert(draw.y);
  }
  return found;
}

TEST(StagedViews, JittersChooseAmongAsManyPlacesAsTheirTools) {
  EXPECT_EQ(moves("lucid: jitter(3)"), (std::set<int>{0, 1, 2, 3}));
  EXPECT_EQ(moves("lucent: jitter(3)"), (std::set<int>{0, 1, 2}));
  EXPECT_EQ(moves("captum: jitter(2)"), (std::set<int>{0, 1, 2, 3}));
  EXPECT_EQ(moves("lucent: jitter(1)"), std::set<int>{0});
  EXPECT_EQ(moves("captum: jitter(0)"), std::set<int>{0});
}

TEST(StagedViews, RotationsAreZeroSixTimesInTwentySix) {
  const Transforms transforms = parse_transforms("lucid: rotate(-10..10)");
  int zeros = 0;
  std::set<float> found;
  constexpr int kDraws = 5200;
  for (std::uint32_t step = 0; step < kDraws; ++step) {
    const float degrees = draw_staged(transforms, {1, 2, step}).front().value;
    zeros += degrees == 0 ? 1 : 0;
    found.insert(degrees);
  }
  EXPECT_EQ(found.size(), 21U);
  EXPECT_NEAR(zeros, kDraws * 6 / 26, 5 * 30);  // Five deviations of sqrt(5200 x 6/26 x 20/26).
}

TEST(StagedViews, ADrawIsThatOfItsPictureAndStepAlone) {
  const Transforms transforms = standard("lucid");
  const auto values = [&](std::uint32_t image, std::uint32_t step) {
    std::vector<float> all;
    for (const StagedDraw& draw : draw_staged(transforms, {9, image, step})) {
      all.insert(all.end(), {static_cast<float>(draw.x), static_cast<float>(draw.y), draw.value});
    }
    return all;
  };
  EXPECT_EQ(values(1, 5), values(1, 5));
  EXPECT_NE(values(1, 5), values(1, 6));
  EXPECT_NE(values(1, 5), values(2, 5));
}

TEST(StagedViews, PadsMayBeSeveralAndMirror) {
  const Transforms transforms = parse_transforms("captum: pad(3) pad(4,reflect) pad(2,0)");
  const auto stages = stages_of(transforms, draw_staged(transforms, {}), 10, 9);
  ASSERT_EQ(stages.size(), 3U);
  EXPECT_EQ(stages[0].rule, (ResampleRule{{1, -3, 0, 0}, {1, -3, 0, 0}, 0.5F}));
  EXPECT_EQ(stages[1].rule, (ResampleRule{{1, -4, 0, 4}, {1, -4, 0, 4}, 0}));
  EXPECT_EQ(stages[2].rule, (ResampleRule{{1, -2, 0, 0}, {1, -2, 0, 0}, 0}));
  EXPECT_EQ(stages[2].h, 28);
  EXPECT_EQ(stages[2].w, 27);
}

TEST(StagedViews, AListOfNothingLeavesThePicture) {
  EXPECT_TRUE(stages_of(parse_transforms("lucid: none"), {}, 10, 9).empty());
  EXPECT_EQ(stages_of(parse_transforms("lucent: none"), {}, 10, 9).size(), 1U);
}

TEST(StagedViews, TheTextBeginsWithTheTool) {
  for (const char* style : {"lucid", "lucent", "captum"}) {
    const Transforms transforms = standard(style);
    EXPECT_TRUE(transforms.staged());
    EXPECT_EQ(to_string(transforms), std::string(style) + ": " + kStandard);
    EXPECT_EQ(parse_transforms(to_string(transforms)), transforms);
    const std::string none = std::string(style) + ": none";
    EXPECT_EQ(to_string(parse_transforms(none)), none);
  }
  EXPECT_FALSE(parse_transforms(kStandard).staged());
  EXPECT_NE(standard("lucid"), standard("lucent"));
}

std::string refusal(const std::string& text, int height = 64, int width = 64) {
  try {
    check_transforms(parse_transforms(text), height, width);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

TEST(StagedViews, EverySizeIsKnownBeforehand) {
  for (const char* text : {"lucid: pad(2) scale(0.9..1.1) jitter(3) scale(1,1.5) rotate(-10..10)",
                           "lucent: scale(0.5,0.8,1.2) jitter(3)", "captum: jitter(4)", "lucid: none"}) {
    const Transforms transforms = parse_transforms(text);
    std::set<CanvasSizes> drawn, known;
    for (std::uint32_t step = 0; step < 2000; ++step) {
      drawn.insert(sizes_of(stages_of(transforms, draw_staged(transforms, {5, 0, step}), 40, 33)));
    }
    for (const auto& [size, stages] : every_size(transforms, 40, 33)) {
      known.insert(size);
      EXPECT_EQ(sizes_of(stages), size);
    }
    EXPECT_EQ(known, drawn) << text;
  }
}

TEST(StagedViews, SayWhatIsWrong) {
  EXPECT_EQ(refusal("lucid: flip"),
            "transforms 'lucid: flip': at character 8: expected a transform (pad, jitter, scale, rotate), "
            "not 'flip'");
  EXPECT_EQ(refusal("lucids: flip"),
            "transforms 'lucids: flip': at character 1: expected a transform (pad, jitter, "
            "scale, rotate, shear, homography, flip, crop, blur, noise, contrast, brightness, "
            "saturation, hue), not 'lucids'");
  EXPECT_EQ(
      refusal("lucid: jitter(64)"),
      "nothing is left of a picture once transforms made 64x64 pixels of it 0x0: a larger one is needed");
  EXPECT_EQ(refusal("captum: jitter(9)", 9, 20),
            "9 pixels are mirrored, more than there are: 9x20 pixels can be mirrored by at most 8");
  EXPECT_EQ(refusal("captum: jitter(8)", 9, 20), "");
  // The smallest of a list's draws counts, and the largest.
  EXPECT_NE(refusal("lucid: scale(0.01,1)"), "");
  EXPECT_EQ(refusal("lucid: scale(0.02,1)"), "");
  EXPECT_EQ(refusal("lucid: pad(4090)"),
            "transforms make 8244x8244 pixels of a picture's 64x64: at most 8192 a side");
  EXPECT_EQ(refusal("lucid: pad(50) scale(1,90)"),
            "transforms make 14760x14760 pixels of a picture's 164x164: at most 8192 a side");
  EXPECT_EQ(refusal("lucid: scale(1..4/140)"),
            "transforms 'lucid: scale(1..4/140)' lead to more than 128 sizes of a picture's views, each of "
            "which needs a network of its own: fewer values of scale make fewer");
}

}  // namespace
}  // namespace limpid::staged_views_test
