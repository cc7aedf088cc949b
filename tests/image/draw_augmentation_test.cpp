#include "kernels/ops/draw_augmentation.h"

#include <gtest/gtest.h>

#include <map>
#include <numbers>
#include <set>

#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

/// lucid's standard transforms.
constexpr AugmentationRange kStandard{8, 0.9F, 1.1F, 10, 4};

struct Sizes {
  int picture_h, picture_w, network_h, network_w;
};

std::vector<AffineMap> draw(const std::vector<SlotKey>& keys, const std::vector<AugmentationRange>& ranges,
                            Sizes s) {
  std::vector<AffineMap> maps(keys.size());
  cpu::draw_augmentation(threads(2), {keys.data(), ranges.data(), maps.data(), static_cast<int>(keys.size()),
                                      s.picture_h, s.picture_w, s.network_h, s.network_w});
  return maps;
}

AffineMap draw(const SlotKey& key, const AugmentationRange& range, Sizes s) {
  return draw(std::vector{key}, std::vector{range}, s).front();
}

/// Equal values; the sign of a zero is nobody's business.
bool same(const AffineMap& a, const AffineMap& b) {
  return a.xx == b.xx && a.xy == b.xy && a.x0 == b.x0 && a.yx == b.yx && a.yy == b.yy && a.y0 == b.y0;
}

double magnification(const AffineMap& m) {
  return 1 / std::hypot(m.xx, m.yx);
}
double degrees(const AffineMap& m) {
  return std::atan2(m.yx, m.xx) * 180 / std::numbers::pi;
}

TEST(DrawAugmentation, NothingToDrawIsTheIdentityExactly) {
  for (const int size : {1, 2, 7, 224, 225}) {
    EXPECT_TRUE(same(draw({1, 2, 3}, {}, {size, size + 2, size, size + 2}), {1, 0, 0, 0, 1, 0}));
  }
}

TEST(DrawAugmentation, SmallerNetworkSeesTheCentre) {
  EXPECT_TRUE(same(draw({1, 2, 3}, {}, {230, 226, 224, 224}), {1, 0, 1, 0, 1, 3}));
  EXPECT_TRUE(same(draw({1, 2, 3}, {}, {225, 224, 224, 224}), {1, 0, 0, 0, 1, 0.5F}));
}

TEST(DrawAugmentation, JitterAloneMovesByWholePixelsWithinItsRange) {
  std::set<float> before, after;
  for (std::uint32_t step = 0; step < 300; ++step) {
    const AffineMap b = draw({5, 0, step}, {8, 1, 1, 0, 0}, {64, 64, 64, 64});
    const AffineMap a = draw({5, 0, step}, {0, 1, 1, 0, 5}, {64, 64, 64, 64});
    EXPECT_TRUE(same(b, {1, 0, b.x0, 0, 1, b.y0}));
    before.insert({b.x0, b.y0});
    after.insert({a.x0, a.y0});
  }
  EXPECT_EQ(before, (std::set<float>{-4, -3, -2, -1, 0, 1, 2, 3, 4}));
  EXPECT_EQ(after, (std::set<float>{-2, -1, 0, 1, 2}));
}

TEST(DrawAugmentation, ScaleTakesElevenValues) {
  std::map<int, int> seen;
  for (std::uint32_t step = 0; step < 2000; ++step) {
    const AffineMap m = draw({6, 0, step}, {0, 0.9F, 1.1F, 0, 0}, {32, 32, 32, 32});
    const double index = (magnification(m) - 0.9) / 0.02;
    EXPECT_NEAR(index, std::round(index), 1e-4);
    ++seen[static_cast<int>(std::round(index))];
    if (std::round(index) == 5) {
      EXPECT_TRUE(same(m, {1, 0, 0, 0, 1, 0}));
    }
  }
  ASSERT_EQ(seen.size(), 11u);
  EXPECT_EQ(seen.begin()->first, 0);
  for (const auto& [index, count] : seen) EXPECT_NEAR(count, 2000 / 11.0, 70) << index;
}

TEST(DrawAugmentation, ZeroDegreesIsSixTimesAsLikelyAsAnyOther) {
  constexpr int kDraws = 26 * 400;
  std::map<int, int> seen;
  for (std::uint32_t step = 0; step < kDraws; ++step) {
    const double angle = degrees(draw({7, 0, step}, {0, 1, 1, 10, 0}, {32, 32, 32, 32}));
    EXPECT_NEAR(angle, std::round(angle), 1e-4);
    ++seen[static_cast<int>(std::round(angle))];
  }
  ASSERT_EQ(seen.size(), 21u);
  EXPECT_EQ(seen.begin()->first, -10);
  EXPECT_EQ(seen.rbegin()->first, 10);
  for (const auto& [angle, count] : seen)
    EXPECT_NEAR(count, angle == 0 ? 2400 : 400, angle == 0 ? 180 : 85) << angle;
}

TEST(DrawAugmentation, ComposesJitterRotationScaleJitter) {
  // From one draw's map its parts can be read: the linear part gives angle and scale, and what then remains
  // of the translation must be two jitters of whole pixels.
  const Sizes s{200, 180, 224, 210};
  for (std::uint32_t step = 0; step < 200; ++step) {
    const AffineMap m = draw({8, 3, step}, kStandard, s);
    EXPECT_EQ(m.xx, m.yy);
    EXPECT_EQ(m.xy, -m.yx);
    const double xx = m.xx, xy = m.xy, yx = m.yx, yy = m.yy;
    const double to_x =
        m.x0 + xx * (0.5 * (s.network_w - 1)) + xy * (0.5 * (s.network_h - 1)) - 0.5 * (s.picture_w - 1);
    const double to_y =
        m.y0 + yx * (0.5 * (s.network_w - 1)) + yy * (0.5 * (s.network_h - 1)) - 0.5 * (s.picture_h - 1);
    bool explained = false;
    for (int ax = -2; ax <= 2; ++ax) {
      for (int ay = -2; ay <= 2; ++ay) {
        const double bx = to_x - (xx * ax + xy * ay), by = to_y - (yx * ax + yy * ay);
        const bool whole = std::abs(bx - std::round(bx)) < 1e-3 && std::abs(by - std::round(by)) < 1e-3;
        explained = explained || (whole && std::abs(bx) < 4.5 && std::abs(by) < 4.5);
      }
    }
    EXPECT_TRUE(explained) << "step " << step;
  }
}

TEST(DrawAugmentation, ADrawDependsOnItsKeyAndRangeAlone) {
  const Sizes s{96, 80, 64, 64};
  const std::vector<SlotKey> keys{{1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {2, 0, 0}};
  const std::vector<AugmentationRange> ranges{kStandard, {16, 0.5F, 2, 30, 16}, kStandard, {}};
  const auto maps = draw(keys, ranges, s);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE(same(maps[i], draw(keys[i], ranges[i], s)));
  EXPECT_FALSE(same(draw(keys[0], kStandard, s), draw(keys[1], kStandard, s)));
  EXPECT_FALSE(same(draw(keys[0], kStandard, s), draw(keys[2], kStandard, s)));
  EXPECT_FALSE(same(draw(keys[0], kStandard, s), draw(keys[3], kStandard, s)));
}

}  // namespace
}  // namespace limpid
