#include "kernels/ops/draw_augmentation.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <numbers>
#include <set>

#include "kernels/core/philox.h"
#include "tests/image/support.h"
#include "tests/image/transform_lists.h"

namespace limpid {
namespace {

using namespace test;

struct Sizes {
  int picture_h, picture_w, network_h, network_w;
};
constexpr Sizes kSquare = {64, 64, 64, 64};

std::vector<AffineMap> draw(const std::vector<SlotKey>& keys, const std::vector<TransformList>& lists,
                            Sizes s) {
  std::vector<AffineMap> maps(keys.size());
  cpu::draw_augmentation(threads(2), {keys.data(), lists.data(), maps.data(), static_cast<int>(keys.size()),
                                      s.picture_h, s.picture_w, s.network_h, s.network_w});
  return maps;
}

AffineMap draw(const SlotKey& key, const TransformList& list, Sizes s = kSquare) {
  return draw(std::vector{key}, std::vector{list}, s).front();
}

/// The whole views of one picture, and its blur.
struct Views {
  std::vector<View> views;
  float blur = -1;
};
Views draw_views(const SlotKey& key, const TransformList& list, Sizes s = kSquare, int draws = 1) {
  Views drawn;
  drawn.views.resize(static_cast<std::size_t>(draws));
  DrawAugmentation op{&key, &list, nullptr, 1, s.picture_h, s.picture_w, s.network_h, s.network_w};
  op.draws = draws;
  op.views = drawn.views.data();
  op.blur = &drawn.blur;
  cpu::draw_augmentation({}, op);
  return drawn;
}
View draw_view(const SlotKey& key, const TransformList& list, Sizes s = kSquare) {
  return draw_views(key, list, s).views.front();
}

/// Equal values; the sign of a zero is nobody's business.
bool same(const AffineMap& a, const AffineMap& b) {
  return a.xx == b.xx && a.xy == b.xy && a.x0 == b.x0 && a.yx == b.yx && a.yy == b.yy && a.y0 == b.y0;
}
bool same(const ProjectiveMap& a, const ProjectiveMap& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

double magnification(const AffineMap& m) {
  return 1 / std::hypot(m.xx, m.yx);
}
double degrees(const AffineMap& m) {
  return std::atan2(m.yx, m.xx) * 180 / std::numbers::pi;
}

/// A point of the plane, in double precision.
struct Point {
  double x, y;
};
Point operator*(const AffineMap& m, Point p) {
  return {static_cast<double>(m.xx) * p.x + static_cast<double>(m.xy) * p.y + static_cast<double>(m.x0),
          static_cast<double>(m.yx) * p.x + static_cast<double>(m.yy) * p.y + static_cast<double>(m.y0)};
}
Point operator*(const ProjectiveMap& m, Point p) {
  const auto row = [&](float a, float b, float c) {
    return static_cast<double>(a) * p.x + static_cast<double>(b) * p.y + static_cast<double>(c);
  };
  const double depth = row(m.dx, m.dy, m.d0);
  return {row(m.xx, m.xy, m.x0) / depth, row(m.yx, m.yy, m.y0) / depth};
}

TEST(DrawAugmentation, NothingToDrawIsTheIdentityExactly) {
  for (const int size : {1, 2, 7, 224, 225}) {
    EXPECT_TRUE(same(draw({1, 2, 3}, {}, {size, size + 2, size, size + 2}), {1, 0, 0, 0, 1, 0}));
    const View view = draw_view({1, 2, 3}, {}, {size, size + 2, size, size + 2});
    EXPECT_TRUE(view.map.xx == 1 && view.map.x0 == 0 && view.map.y0 == 0 && view.map.d0 == 1);
    EXPECT_EQ(std::memcmp(view.colour, View().colour, sizeof view.colour), 0);
    EXPECT_EQ(view.noise, 0);
  }
}

TEST(DrawAugmentation, SmallerNetworkSeesTheCentre) {
  EXPECT_TRUE(same(draw({1, 2, 3}, {}, {230, 226, 224, 224}), {1, 0, 1, 0, 1, 3}));
  EXPECT_TRUE(same(draw({1, 2, 3}, {}, {225, 224, 224, 224}), {1, 0, 0, 0, 1, 0.5F}));
}

TEST(DrawAugmentation, JitterAloneMovesByWholePixelsWithinItsRange) {
  std::set<float> even, odd;
  for (std::uint32_t step = 0; step < 300; ++step) {
    const AffineMap e = draw({5, 0, step}, make_list({jitter(8)}));
    const AffineMap o = draw({5, 0, step}, make_list({jitter(1)}));
    EXPECT_TRUE(same(e, {1, 0, e.x0, 0, 1, e.y0}));
    even.insert({e.x0, e.y0});
    odd.insert({o.x0, o.y0});
  }
  EXPECT_EQ(even, (std::set<float>{-4, -3, -2, -1, 0, 1, 2, 3, 4}));
  EXPECT_EQ(odd, (std::set<float>{0, 1}));
}

TEST(DrawAugmentation, ScaleTakesElevenValues) {
  std::map<int, int> seen;
  for (std::uint32_t step = 0; step < 2000; ++step) {
    const AffineMap m = draw({6, 0, step}, make_list({scale(0.9F, 1.1F)}));
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
    const double angle = degrees(draw({7, 0, step}, make_list({rotate(10)})));
    EXPECT_NEAR(angle, std::round(angle), 1e-4);
    ++seen[static_cast<int>(std::round(angle))];
  }
  ASSERT_EQ(seen.size(), 21u);
  EXPECT_EQ(seen.begin()->first, -10);
  EXPECT_EQ(seen.rbegin()->first, 10);
  for (const auto& [angle, count] : seen)
    EXPECT_NEAR(count, angle == 0 ? 2400 : 400, angle == 0 ? 180 : 85) << angle;
}

TEST(DrawAugmentation, RangesOfAListCountAsOftenAsTheySay) {
  // Two ratios, twice each; three values 10, 11, 12 once each: seven entries.
  const ListEntry entry{TransformKind::scale, {{1, 4, 2, 2, 1}, {10, 12, 3, 1, 0}}};
  std::map<int, int> seen;
  for (std::uint32_t step = 0; step < 7000; ++step) {
    ++seen[static_cast<int>(std::lround(magnification(draw({8, 0, step}, make_list({entry})))))];
  }
  ASSERT_EQ(seen.size(), 5u);
  for (const auto& [value, count] : seen) {
    EXPECT_NEAR(count, value <= 4 ? 2000 : 1000, 200) << value;
  }
}

TEST(DrawAugmentation, GeometricValuesHaveOneRatio) {
  const ListEntry entry{TransformKind::scale, {{1 / 1.1F, 1.1F, 21, 1, 1}}};
  std::set<int> seen;
  for (std::uint32_t step = 0; step < 600; ++step) {
    const double n = 10 * std::log(magnification(draw({9, 0, step}, make_list({entry})))) / std::log(1.1);
    EXPECT_NEAR(n, std::round(n), 1e-4);
    seen.insert(static_cast<int>(std::round(n)));
  }
  EXPECT_EQ(seen.size(), 21u);
  EXPECT_EQ(*seen.begin(), -10);
}

TEST(DrawAugmentation, AnyValueBetweenIsUniform) {
  double sum = 0, squares = 0;
  constexpr int kDraws = 4000;
  for (std::uint32_t step = 0; step < kDraws; ++step) {
    const double angle = degrees(draw({10, 0, step}, make_list({between(TransformKind::rotate, -3, 9)})));
    ASSERT_GE(angle, -3 - 1e-4);
    ASSERT_LE(angle, 9 + 1e-4);
    sum += angle;
    squares += (angle - 3) * (angle - 3);
  }
  EXPECT_NEAR(sum / kDraws, 3, 0.25);  // Deviation of the mean: sqrt(12 / 4000) = 0.055.
  EXPECT_NEAR(squares / kDraws, 12, 1);
}

/// The standard list's map written out: what every release has made of a seed, to the last bit.
AffineMap standard_map(const SlotKey& key, Sizes s) {
  RandomStream random(key, RandomPurpose::augmentation);
  const auto before_x = static_cast<float>(random.around_zero(4));
  const auto before_y = static_cast<float>(random.around_zero(4));
  const auto share = static_cast<float>(random.below(11));
  const int entry = static_cast<int>(random.below(26));
  const auto turn = static_cast<float>(entry < 21 ? entry - 10 : 0);
  const auto after_x = static_cast<float>(random.around_zero(2));
  const auto after_y = static_cast<float>(random.around_zero(2));
  const float factor = (0.9F * (10 - share) + 1.1F * share) / 10;
  const float radians = turn * 0.0174532925F;
  const float c = cosf(radians) / factor, s1 = sinf(radians) / factor;
  const float from_x = after_x - 0.5F * static_cast<float>(s.network_w - 1);
  const float from_y = after_y - 0.5F * static_cast<float>(s.network_h - 1);
  const float to_x = before_x + 0.5F * static_cast<float>(s.picture_w - 1);
  const float to_y = before_y + 0.5F * static_cast<float>(s.picture_h - 1);
  // Products and sums rounded one by one, whatever this file is compiled with.
  const auto sum = [](float a, float b) {
    volatile float result = a + b;
    return static_cast<float>(result);
  };
  const auto product = [](float a, float b) {
    volatile float result = a * b;
    return static_cast<float>(result);
  };
  return {c,  -s1, sum(sum(product(c, from_x), -product(s1, from_y)), to_x),
          s1, c,   sum(sum(product(s1, from_x), product(c, from_y)), to_y)};
}

TEST(DrawAugmentation, StandardListKeepsTheBytesOfASeed) {
  for (const Sizes s : {Sizes{224, 224, 224, 224}, Sizes{97, 131, 97, 131}, Sizes{200, 180, 224, 210}}) {
    for (std::uint32_t step = 0; step < 400; ++step) {
      EXPECT_TRUE(same(draw({42, 1, step}, standard_list(), s), standard_map({42, 1, step}, s))) << step;
    }
  }
}

/// Each picture by its own list.
TEST(DrawAugmentation, ALaterListTakesOverAfterItsUpdates) {
  std::vector<TransformList> first = {standard_list(), make_list({rotate(3)})};
  const std::vector<TransformList> later = {make_list({jitter(3), rotate(1)}), make_list({jitter(5)})};
  first[0].until = 3;  // And of the second picture never.
  for (std::uint32_t step = 0; step < 8; ++step) {
    const std::vector<SlotKey> keys = {{42, 0, step}, {42, 1, step}};
    std::vector<AffineMap> maps(2);
    DrawAugmentation op{keys.data(), first.data(), maps.data(), 2, 64, 64, 64, 64};
    op.later = later.data();
    cpu::draw_augmentation({}, op);
    EXPECT_TRUE(same(maps[0], draw(keys[0], (step < 3 ? first : later)[0]))) << step;
    EXPECT_TRUE(same(maps[1], draw(keys[1], first[1]))) << step;
  }
}

TEST(DrawAugmentation, TransformsAreUndoneFromTheLastToTheFirst) {
  // Where each fixed transform alone shows a centred network position, in double precision.
  const Sizes s{90, 70, 50, 60};
  const double turn = 30 * std::numbers::pi / 180;
  const TransformList list =
      make_list({fixed(TransformKind::rotate, 30),
                 fixed(TransformKind::scale, 2),
                 fixed(TransformKind::shear, 45),
                 flip(1),
                 {TransformKind::crop,
                  {{0.5F, 0.5F, 1, 1, 0}, {0.25F, 0.25F, 1, 1, 0}, {3, 3, 1, 1, 0}, {-5, -5, 1, 1, 0}}}});
  const AffineMap map = draw({1, 1, 1}, list, s);
  for (const Point p : {Point{0, 0}, Point{59, 0}, Point{17, 49}}) {
    Point q = {p.x - 29.5, p.y - 24.5};
    q = {0.5 * q.x + 3, 0.25 * q.y - 5};
    q = {-q.x, q.y};
    q = {q.x + q.y, q.y};
    q = {q.x / 2, q.y / 2};
    q = {std::cos(turn) * q.x - std::sin(turn) * q.y, std::sin(turn) * q.x + std::cos(turn) * q.y};
    q = {q.x + 34.5, q.y + 44.5};
    const Point shown = map * p;
    EXPECT_NEAR(shown.x, q.x, 1e-4);
    EXPECT_NEAR(shown.y, q.y, 1e-4);
  }
}

TEST(DrawAugmentation, JitterBetweenTurnsIsTurned) {
  const ListEntry shift{TransformKind::crop,
                        {{1, 1, 1, 1, 0}, {1, 1, 1, 1, 0}, {5, 5, 1, 1, 0}, {2, 2, 1, 1, 0}}};
  const AffineMap map = draw(
      {1, 1, 1}, make_list({fixed(TransformKind::rotate, 90), shift, fixed(TransformKind::rotate, -90)}));
  EXPECT_NEAR(map.x0, -2, 1e-4);  // (5, 2) turned by 90 degrees is (-2, 5).
  EXPECT_NEAR(map.y0, 5, 1e-4);
  EXPECT_NEAR(map.xx, 1, 1e-6);
}

TEST(DrawAugmentation, FlipFlipsHalfOfTheTime) {
  int flipped = 0;
  for (std::uint32_t step = 0; step < 1000; ++step) {
    const AffineMap m = draw({11, 0, step}, make_list({flip()}), {9, 7, 9, 7});
    const bool is = m.xx < 0;
    flipped += is ? 1 : 0;
    EXPECT_TRUE(same(m, is ? AffineMap{-1, 0, 6, 0, 1, 0} : AffineMap{}));
  }
  EXPECT_NEAR(flipped, 500, 65);
}

TEST(DrawAugmentation, HomographyStaysWithinTwoDeviations) {
  double vanishing = 0;
  for (std::uint32_t step = 0; step < 500; ++step) {
    const ProjectiveMap m = draw_view({12, 0, step}, make_list({homography()}), {1, 1, 1, 1}).map;
    // At the centre: both moves, the second through turn, shear and depth.
    const Point centre = m * Point{0, 0};
    EXPECT_LE(std::abs(centre.x), 6 + 4 * 1.2);
    EXPECT_LE(std::abs(centre.y), 6 + 4 * 1.2);
    EXPECT_LE(std::abs(m.dx), 2.0001e-4);
    EXPECT_LE(std::abs(m.dy), 2.0001e-4);
    vanishing += static_cast<double>(m.dx) * static_cast<double>(m.dx);
    const double turn = std::atan2(m.yx - m.xy, m.xx + m.yy) * 180 / std::numbers::pi;
    EXPECT_LE(std::abs(turn), 5 + 1.5);
  }
  // A normal value cut off at two deviations has a variance of 0.7737.
  EXPECT_NEAR(vanishing / 500, 0.7737e-8, 0.15e-8);
}

TEST(DrawAugmentation, HomographiesComposeWithWhatStandsAroundThem) {
  // The same homography, drawn first, alone; then what a shift before and after it changes.
  const Sizes s{80, 60, 80, 60};
  const SlotKey key{13, 0, 4};
  const ListEntry shift{TransformKind::centre_crop,
                        {{1, 1, 1, 1, 0}, {1, 1, 1, 1, 0}, {7, 7, 1, 1, 0}, {-4, -4, 1, 1, 0}}};
  const ProjectiveMap alone = draw_view(key, make_list({homography(4)}), s).map;
  const ProjectiveMap before = draw_view(key, make_list({shift, homography(4)}), s).map;
  const ProjectiveMap after = draw_view(key, make_list({homography(4), shift}), s).map;
  for (const Point p : {Point{0, 0}, Point{59, 79}, Point{20, 33}}) {
    const Point a = alone * p, b = before * p;
    EXPECT_NEAR(b.x, a.x + 7, 1e-3);
    EXPECT_NEAR(b.y, a.y - 4, 1e-3);
    const Point moved = alone * Point{p.x + 7, p.y - 4}, c = after * p;
    EXPECT_NEAR(c.x, moved.x, 1e-3);
    EXPECT_NEAR(c.y, moved.y, 1e-3);
  }
}

/// What a view makes of a colour.
std::array<double, 3> seen(const View& view, std::array<double, 3> rgb) {
  std::array<double, 3> result{};
  for (std::size_t c = 0; c < 3; ++c) {
    result[c] = static_cast<double>(view.offset[c]);
    for (std::size_t k = 0; k < 3; ++k) result[c] += static_cast<double>(view.colour[3 * c + k]) * rgb[k];
  }
  return result;
}

TEST(DrawAugmentation, ColoursFollowTheirDefinitions) {
  const std::array<double, 3> rgb = {0.2, 0.7, 0.4};
  const auto of = [&](TransformKind kind, float value) {
    return seen(draw_view({1, 1, 1}, make_list({fixed(kind, value)})), rgb);
  };
  const double luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
  const double grey = (rgb[0] + rgb[1] + rgb[2]) / 3;
  const auto turned = of(TransformKind::hue, 120);
  const auto hue = of(TransformKind::hue, 25);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(of(TransformKind::contrast, 1.5F)[c], 0.5 + 1.5 * (rgb[c] - 0.5), 1e-6);
    EXPECT_NEAR(of(TransformKind::brightness, 0.8F)[c], 0.8 * rgb[c], 1e-6);
    EXPECT_NEAR(of(TransformKind::saturation, 1.3F)[c], luma + 1.3 * (rgb[c] - luma), 1e-6);
    EXPECT_NEAR(turned[c], rgb[(c + 2) % 3], 1e-6);  // Red takes blue's place, green red's, blue green's.
  }
  // A turn about the greys keeps the mean and the distance from it.
  EXPECT_NEAR((hue[0] + hue[1] + hue[2]) / 3, grey, 1e-6);
  double distance = 0, before = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    distance += (hue[c] - grey) * (hue[c] - grey);
    before += (rgb[c] - grey) * (rgb[c] - grey);
  }
  EXPECT_NEAR(distance, before, 1e-6);
}

TEST(DrawAugmentation, ColoursComposeInTheOrderOfTheList) {
  const View view = draw_view(
      {1, 1, 1}, make_list({fixed(TransformKind::contrast, 2), fixed(TransformKind::brightness, 0.5F),
                            fixed(TransformKind::noise, 0.3F), fixed(TransformKind::noise, 0.4F)}));
  const auto result = seen(view, {0.6, 0.5, 0.1});
  EXPECT_NEAR(result[0], 0.35, 1e-6);
  EXPECT_NEAR(result[1], 0.25, 1e-6);
  EXPECT_NEAR(result[2], -0.15, 1e-6);
  EXPECT_NEAR(view.noise, 0.5, 1e-6);  // Variances add.
}

TEST(DrawAugmentation, BlursAreThePicturesOwnAndTheirVariancesAdd) {
  const TransformList list = make_list({jitter(8), between(TransformKind::blur, 0, 2)});
  const Views one = draw_views({14, 0, 3}, list), three = draw_views({14, 0, 3}, list, kSquare, 3);
  EXPECT_GT(one.blur, 0);
  EXPECT_LT(one.blur, 2);
  EXPECT_EQ(one.blur, three.blur);
  EXPECT_EQ(
      draw_views({1, 0, 3}, make_list({fixed(TransformKind::blur, 3), fixed(TransformKind::blur, 4)})).blur,
      5);
  EXPECT_EQ(draw_views({1, 0, 3}, {}).blur, 0);
}

TEST(DrawAugmentation, ViewsOfOneStepDifferAndTheFirstIsTheOnlyOne) {
  const Views one = draw_views({15, 2, 8}, standard_list());
  const Views four = draw_views({15, 2, 8}, standard_list(), kSquare, 4);
  EXPECT_TRUE(same(one.views[0].map, four.views[0].map));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(four.views[i].draw, i);
    for (std::size_t k = 0; k < i; ++k) EXPECT_FALSE(same(four.views[i].map, four.views[k].map));
  }
}

TEST(DrawAugmentation, APictureCanFollowAnother) {
  const std::vector<SlotKey> keys{{1, 0, 5}, {2, 7, 9}};
  const std::vector<TransformList> lists{standard_list(), standard_list()};
  const std::vector<std::int32_t> follow{0, 0};
  std::vector<View> views(4);
  DrawAugmentation op{keys.data(), lists.data(), nullptr, 2, 64, 64, 64, 64};
  op.draws = 2;
  op.views = views.data();
  op.follow = follow.data();
  cpu::draw_augmentation({}, op);
  for (std::size_t draw = 0; draw < 2; ++draw) {
    EXPECT_TRUE(same(views[draw].map, views[2 + draw].map));
    EXPECT_EQ(views[2 + draw].key.seed, 1u);
    EXPECT_EQ(views[2 + draw].key.step, 5u);
  }
}

TEST(DrawAugmentation, MapsAndViewsAgreeWithoutAHomography) {
  const Sizes s{96, 80, 64, 70};
  for (std::uint32_t step = 0; step < 50; ++step) {
    const AffineMap map = draw({16, 0, step}, standard_list(), s);
    const ProjectiveMap whole = draw_view({16, 0, step}, standard_list(), s).map;
    EXPECT_TRUE(same(map, {whole.xx, whole.xy, whole.x0, whole.yx, whole.yy, whole.y0}));
    EXPECT_TRUE(whole.dx == 0 && whole.dy == 0 && whole.d0 == 1);
  }
}

TEST(DrawAugmentation, ADrawDependsOnItsKeyAndListAlone) {
  const Sizes s{96, 80, 64, 64};
  const std::vector<SlotKey> keys{{1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {2, 0, 0}};
  const std::vector<TransformList> lists{
      standard_list(), make_list({jitter(16), scale(0.5F, 2), rotate(30), jitter(16)}), standard_list(), {}};
  const auto maps = draw(keys, lists, s);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE(same(maps[i], draw(keys[i], lists[i], s)));
  EXPECT_FALSE(same(draw(keys[0], standard_list(), s), draw(keys[1], standard_list(), s)));
  EXPECT_FALSE(same(draw(keys[0], standard_list(), s), draw(keys[2], standard_list(), s)));
  EXPECT_FALSE(same(draw(keys[0], standard_list(), s), draw(keys[3], standard_list(), s)));
}

}  // namespace
}  // namespace limpid
