#include "kernels/ops/view_warp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "kernels/core/philox.h"
#include "kernels/ops/draw_augmentation.h"
#include "tests/image/support.h"
#include "tests/image/transform_lists.h"
#include "tests/kernels/activations.h"

namespace limpid::view_warp_test {
namespace {

using namespace test;

constexpr InputScaling kPlain{1, {0, 0, 0}, {0, 1, 2}};
constexpr InputScaling kCaffe{255, {104, 117, 123}, {2, 1, 0}};

struct Size {
  int h, w;
  std::size_t pixels() const { return static_cast<std::size_t>(h) * static_cast<std::size_t>(w); }
  std::size_t elements() const { return 3 * pixels(); }
};

template <class T>
Planar<T> images(T* data, Size size, int n = 1) {
  return {data, n, 3, size.h, size.w};
}

/// A picture continued by its mirror images and a value, by the definition.
double continued(const std::vector<float>& picture, Size size, int channel, long x, long y,
                 const View& view) {
  const auto within = [&](long i, int count) { return i >= -view.reflect && i < count + view.reflect; };
  if (!within(x, size.w) || !within(y, size.h)) return static_cast<double>(view.fill);
  x = std::abs(x);
  y = std::abs(y);
  if (x >= size.w) x = 2 * (size.w - 1) - x;
  if (y >= size.h) y = 2 * (size.h - 1) - y;
  return static_cast<double>(picture[static_cast<std::size_t>((channel * size.h + y) * size.w + x)]);
}

/// What the view shows of an rgb channel at a network pixel, before colours, in double precision. Past the
/// horizon, or close to it, it is the fill.
double shown(const std::vector<float>& picture, Size size, int channel, int x, int y, const View& view) {
  const ProjectiveMap& m = view.map;
  const auto row = [&](float a, float b, float c) {
    return static_cast<double>(a) * x + static_cast<double>(b) * y + static_cast<double>(c);
  };
  const double depth = row(m.dx, m.dy, m.d0);
  if (depth < 1.0 / 16) return static_cast<double>(view.fill);
  const double px = row(m.xx, m.xy, m.x0) / depth, py = row(m.yx, m.yy, m.y0) / depth;
  if (std::abs(px) > 1e6 || std::abs(py) > 1e6) return static_cast<double>(view.fill);
  const double left = std::floor(px), top = std::floor(py), fx = px - left, fy = py - top;
  const auto at = [&](int dx, int dy) {
    return continued(picture, size, channel, static_cast<long>(left) + dx, static_cast<long>(top) + dy, view);
  };
  return (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) + fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
}

struct Case {
  const char* name;
  Size picture, network;
  TransformList list;
  int reflect;
  std::uint32_t step;

  View view() const {
    const SlotKey key{21, 3, step};
    View drawn;
    DrawAugmentation op{&key, &list, nullptr, 1, picture.h, picture.w, network.h, network.w};
    op.views = &drawn;
    cpu::draw_augmentation({}, op);
    drawn.fill = 0.25F;
    drawn.reflect = reflect;
    return drawn;
  }
};

void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.name;
}

class Viewing : public ::testing::TestWithParam<Case> {
 protected:
  const Case& case_ = GetParam();
  Size picture_size_ = case_.picture, network_size_ = case_.network;
  View view_ = case_.view();

  /// Without noise and offsets, beyond which nothing is seen: linear.
  View linear() const {
    View view = view_;
    view.noise = 0;
    view.fill = 0;
    std::fill_n(view.offset, 3, 0.0F);
    return view;
  }
};

TEST_P(Viewing, FollowsTheDefinition) {
  const auto picture = random_values(picture_size_.elements(), 0, 1, 1);
  FencedBuffer network(network_size_.elements());
  cpu::view_warp(threads(2), {images(picture.data(), picture_size_), images(network.data(), network_size_),
                              &view_, kCaffe});
  EXPECT_TRUE(network.intact());
  double sum = 0, squares = 0;
  for (int y = 0; y < network_size_.h; ++y) {
    for (int x = 0; x < network_size_.w; ++x) {
      double rgb[3];
      for (int c = 0; c < 3; ++c) rgb[c] = shown(picture, picture_size_, c, x, y, view_);
      for (int c = 0; c < 3; ++c) {
        const int from = kCaffe.channel[c];
        double seen = static_cast<double>(view_.offset[from]);
        for (int k = 0; k < 3; ++k) seen += static_cast<double>(view_.colour[3 * from + k]) * rgb[k];
        const double expected = 255 * seen - static_cast<double>(kCaffe.mean[c]);
        const auto i = static_cast<std::size_t>((c * network_size_.h + y) * network_size_.w + x);
        const double difference = static_cast<double>(network.values()[i]) - expected;
        if (view_.noise > 0) {
          sum += difference / 255;
          squares += difference * difference / (255 * 255);
        } else {
          // Coordinates below 2^9, divided by a depth above 1/16 and rounded a few times, along slopes of at
          // most one per pixel.
          ASSERT_LE(std::abs(difference), 255 * 512 * 8 * kEpsilon * 2) << x << ", " << y;
        }
      }
    }
  }
  if (view_.noise > 0) {
    const auto count = static_cast<double>(network_size_.elements());
    const auto noise = static_cast<double>(view_.noise);
    EXPECT_LE(std::abs(sum / count), 5 * noise / std::sqrt(count));
    EXPECT_LE(std::abs(squares / count / (noise * noise) - 1), 5 * std::sqrt(2 / count));
  }
}

TEST_P(Viewing, AdjointIsTheAdjoint) {
  const View view = linear();
  const auto picture = random_values(picture_size_.elements(), -1, 1, 2);
  const auto dnetwork = random_values(network_size_.elements(), -1, 1, 3);
  const InputScaling scaling{255, {0, 0, 0}, {2, 0, 1}};
  std::vector<float> network(network_size_.elements());
  FencedBuffer dpicture(picture_size_.elements());
  cpu::view_warp(threads(2), {images(picture.data(), picture_size_), images(network.data(), network_size_),
                              &view, scaling});
  cpu::view_warp_adjoint(threads(2), {images(dnetwork.data(), network_size_),
                                      images(dpicture.data(), picture_size_), &view, scaling});
  expect_adjoint(picture, network, dnetwork, dpicture.values(), 2e-6);
  EXPECT_TRUE(dpicture.intact());
}

TEST_P(Viewing, AdjointGathersEveryWeightTheForwardPassUsed) {
  // Pictures of one pixel each would take long; ones prove the sum, and random signs that no two errors
  // cancel.
  View view = linear();
  for (int i = 0; i < 9; ++i) view.colour[i] = i % 4 == 0 ? 1.0F : 0.0F;
  const std::vector<float> ones(std::max(picture_size_.elements(), network_size_.elements()), 1.0F);
  std::vector<float> network(network_size_.elements()), dpicture(picture_size_.elements());
  cpu::view_warp(threads(1),
                 {images(ones.data(), picture_size_), images(network.data(), network_size_), &view, kPlain});
  cpu::view_warp_adjoint(threads(1), {images(ones.data(), network_size_),
                                      images(dpicture.data(), picture_size_), &view, kPlain});
  const double given = dot(network, std::span(ones).subspan(0, network.size()));
  const double received = dot(dpicture, std::span(ones).subspan(0, dpicture.size()));
  EXPECT_GT(given, 0);
  EXPECT_LE(std::abs(given - received), 1e-6 * given);
}

TEST_P(Viewing, ThreadsChangeNoBit) {
  const auto picture = random_values(picture_size_.elements(), -1, 1, 4);
  std::vector<float> network[2], dpicture[2];
  for (const int run : {0, 1}) {
    const Stream stream = threads(run == 0 ? 1 : 3);
    network[run].resize(network_size_.elements());
    dpicture[run].resize(picture_size_.elements());
    cpu::view_warp(stream, {images(picture.data(), picture_size_), images(network[run].data(), network_size_),
                            &view_, kCaffe});
    cpu::view_warp_adjoint(stream, {images<const float>(network[run].data(), network_size_),
                                    images(dpicture[run].data(), picture_size_), &view_, kCaffe});
  }
  EXPECT_TRUE(same_bits(network[0], network[1]));
  EXPECT_TRUE(same_bits(dpicture[0], dpicture[1]));
}

TEST_P(Viewing, GroupedFormIsThePlanarOneRounded) {
  const auto picture = random_values(picture_size_.elements(), 0, 1, 5);
  std::vector<float> planes(network_size_.elements());
  BasicActivations<f16> group({1, 8, network_size_.h, network_size_.w, Layout::nhwc, {1, 1}});
  cpu::view_warp(threads(2), {images(picture.data(), picture_size_), images(planes.data(), network_size_),
                              &view_, kCaffe});
  cpu::view_warp(threads(2), {images(picture.data(), picture_size_), {}, &view_, kCaffe, group.tensor()});
  EXPECT_TRUE(group.surroundings_intact());
  group.for_each([&](f16& element, int, int channel, int y, int x) {
    if (channel >= 3) {
      ASSERT_EQ(to_f32(element), 0.0F);
      element = from_f32<f16>(1e4F);  // The adjoint must not look at it.
      return;
    }
    float& plane = images(planes.data(), network_size_).plane(0, channel)[y * network_size_.w + x];
    ASSERT_TRUE(same_element(element, from_f32<f16>(plane)));
    plane = to_f32(element);
  });
  std::vector<float> of_planes(picture_size_.elements()), of_group(picture_size_.elements());
  cpu::view_warp_adjoint(threads(2), {images<const float>(planes.data(), network_size_),
                                      images(of_planes.data(), picture_size_), &view_, kCaffe});
  cpu::view_warp_adjoint(threads(2),
                         {{}, images(of_group.data(), picture_size_), &view_, kCaffe, group.tensor(), 0.5F});
  for (float& value : of_planes) value /= 2;
  EXPECT_TRUE(same_bits(of_group, of_planes));
}

Case make(const char* name, Size picture, Size network, const TransformList& list, int reflect,
          std::uint32_t step = 1) {
  return {name, picture, network, list, reflect, step};
}

INSTANTIATE_TEST_SUITE_P(
    Views, Viewing,
    ::testing::Values(
        make("identity", {9, 12}, {9, 12}, {}, 0), make("mirrored", {20, 17}, {32, 29}, {}, 6),
        make("mirrored_in_full", {6, 5}, {30, 30}, {}, 4),
        make("mirrored_and_beyond", {20, 17}, {64, 64}, standard_list(), 5),
        make("deck", {64, 64}, {64, 64}, make_list({jitter(1), scale(0.9F, 1.1F), rotate(5)}), 2),
        make("homography", {120, 100}, {120, 100}, make_list({homography()}), 0),
        make("strong_homography", {60, 70}, {60, 70}, make_list({rotate(180), homography(20)}), 0, 7),
        make("mirrored_homography", {60, 70}, {90, 80}, make_list({homography(20), flip(1), homography(10)}),
             30, 3),
        make("horizon", {50, 50}, {80, 80}, make_list({tilt(0.015F)}), 10, 5),
        make("far_horizon", {50, 50}, {80, 80}, make_list({tilt(0.04F), rotate(30)}), 20, 9),
        make("colours", {30, 40}, {30, 40},
             make_list({rotate(20), fixed(TransformKind::contrast, 1.5F), fixed(TransformKind::hue, 40),
                        fixed(TransformKind::brightness, 0.7F), fixed(TransformKind::saturation, 1.2F)}),
             3),
        make("noise", {60, 50}, {60, 50}, make_list({rotate(20), fixed(TransformKind::noise, 0.3F)}), 3),
        make("one_pixel", {1, 1}, {5, 7}, make_list({homography()}), 0),
        make("one_row", {1, 50}, {3, 40}, make_list({homography(), between(TransformKind::shear, -30, 30)}),
             0),
        make("magnified", {33, 35}, {64, 60}, make_list({fixed(TransformKind::scale, 7), homography()}), 8),
        make("reduced", {64, 60}, {33, 35}, make_list({fixed(TransformKind::scale, 0.3F), homography()}),
             20)),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ViewWarp, AdjointHoldsWhereverTheHorizonLies) {
  const Size picture_size{31, 45}, network_size{52, 40};
  const auto picture = random_values(picture_size.elements(), -1, 1, 8);
  const auto dnetwork = random_values(network_size.elements(), -1, 1, 9);
  int horizons = 0, seen = 0;
  for (std::uint32_t step = 0; step < 200; ++step) {
    SCOPED_TRACE(step);
    const TransformList list =
        make_list({rotate(180), scale(0.4F, 3), tilt(0.03F), flip(), jitter(10), homography(5)});
    View view = make("", picture_size, network_size, list, static_cast<int>(step % 31), step).view();
    view.fill = 0;
    const auto depth = [&](int y, int x) {
      return view.map.dx * static_cast<float>(x) + view.map.dy * static_cast<float>(y) + view.map.d0;
    };
    const float corners[] = {depth(0, 0), depth(0, 39), depth(51, 0), depth(51, 39)};
    horizons += *std::min_element(corners, corners + 4) < 0 ? 1 : 0;
    std::vector<float> network(network_size.elements()), dpicture(picture_size.elements());
    cpu::view_warp(
        {}, {images(picture.data(), picture_size), images(network.data(), network_size), &view, kPlain});
    cpu::view_warp_adjoint(
        {}, {images(dnetwork.data(), network_size), images(dpicture.data(), picture_size), &view, kPlain});
    if (norm(network) == 0) continue;  // It looks away.
    ++seen;
    expect_adjoint(picture, network, dnetwork, dpicture, 2e-6);
  }
  EXPECT_GT(horizons, 50);
  EXPECT_GT(seen, 150);
}

TEST(ViewWarp, WholePixelsOfMirrorImagesAreExact) {
  const Size size{3, 4};
  std::vector<float> picture(size.elements());
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i + 1);
  View view;
  view.reflect = 2;
  view.fill = 100;
  view.map.x0 = -3;
  view.map.y0 = -3;
  const Size seen{9, 10};
  std::vector<float> network(seen.elements());
  cpu::view_warp({}, {images(picture.data(), size), images(network.data(), seen), &view, kPlain});
  // TensorFlow's REFLECT: the edge is not repeated.
  const std::vector<float> rows[9] = {{100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
                                      {100, 11, 10, 9, 10, 11, 12, 11, 10, 100},
                                      {100, 7, 6, 5, 6, 7, 8, 7, 6, 100},
                                      {100, 3, 2, 1, 2, 3, 4, 3, 2, 100},
                                      {100, 7, 6, 5, 6, 7, 8, 7, 6, 100},
                                      {100, 11, 10, 9, 10, 11, 12, 11, 10, 100},
                                      {100, 7, 6, 5, 6, 7, 8, 7, 6, 100},
                                      {100, 3, 2, 1, 2, 3, 4, 3, 2, 100},
                                      {100, 100, 100, 100, 100, 100, 100, 100, 100, 100}};
  for (std::size_t y = 0; y < 9; ++y) {
    EXPECT_EQ(std::vector<float>(network.begin() + static_cast<std::ptrdiff_t>(10 * y),
                                 network.begin() + static_cast<std::ptrdiff_t>(10 * y + 10)),
              rows[y])
        << "row " << y;
  }
  // Each pixel receives as many ones as there are copies of it.
  const std::vector<float> ones(seen.elements(), 1.0F);
  std::vector<float> copies(size.elements());
  cpu::view_warp_adjoint({}, {images(ones.data(), seen), images(copies.data(), size), &view, kPlain});
  EXPECT_EQ(std::vector<float>(copies.begin(), copies.begin() + 12),
            (std::vector<float>{2, 6, 6, 2, 3, 9, 9, 3, 2, 6, 6, 2}));
}

TEST(ViewWarp, NoiseIsKeyedByPixelAndDraw) {
  const Size size{4, 6};
  const std::vector<float> picture(size.elements(), 0.5F);
  View views[2];
  for (std::uint32_t draw = 0; draw < 2; ++draw) {
    views[draw].noise = 0.25F;
    views[draw].draw = draw;
    views[draw].key = {5, 6, 7};
  }
  std::vector<float> network(2 * size.elements());
  ViewWarp op{images(picture.data(), size), images(network.data(), size, 2), views, kPlain};
  op.draws = 2;
  cpu::view_warp(threads(2), op);
  for (std::uint32_t draw = 0; draw < 2; ++draw) {
    for (std::uint32_t pixel = 0; pixel < size.pixels(); ++pixel) {
      const PhiloxBlock block = random_block({5, 6, 7}, RandomPurpose::view_noise, pixel, draw);
      const NormalPair pair = normal_pair(block.word[0], block.word[1]);
      const float normals[3] = {pair.first, pair.second, normal_pair(block.word[2], block.word[3]).first};
      for (std::size_t c = 0; c < 3; ++c) {
        ASSERT_NEAR(network[draw * size.elements() + c * size.pixels() + pixel], 0.5F + 0.25F * normals[c],
                    1e-6);
      }
    }
  }
  EXPECT_FALSE(
      same_bits(std::span(network).subspan(0, size.elements()), std::span(network).subspan(size.elements())));
}

TEST(ViewWarp, AdjointAveragesTheViewsOfEachPicture) {
  const Size picture{40, 44}, network{37, 41};
  constexpr int kPictures = 2, kDraws = 3;
  const auto gradients = random_values(kPictures * kDraws * network.elements(), -1, 1, 7);
  std::vector<View> views(kPictures * kDraws);
  const SlotKey keys[kPictures] = {{1, 0, 2}, {3, 0, 4}};
  const TransformList lists[kPictures] = {standard_list(),
                                          make_list({homography(10), fixed(TransformKind::hue, 30), flip()})};
  DrawAugmentation draw{keys, lists, nullptr, kPictures, picture.h, picture.w, network.h, network.w};
  draw.draws = kDraws;
  draw.views = views.data();
  cpu::draw_augmentation({}, draw);
  std::vector<float> averaged(kPictures * picture.elements());
  ViewWarpAdjoint op{images(gradients.data(), network, kPictures * kDraws),
                     images(averaged.data(), picture, kPictures), views.data(), kCaffe};
  op.draws = kDraws;
  cpu::view_warp_adjoint(threads(2), op);
  for (std::size_t p = 0; p < kPictures; ++p) {
    std::vector<double> sum(picture.elements());
    for (std::size_t d = 0; d < kDraws; ++d) {
      const std::size_t m = p * kDraws + d;
      std::vector<float> one(picture.elements());
      cpu::view_warp_adjoint({}, {images(gradients.data() + m * network.elements(), network),
                                  images(one.data(), picture), &views[m], kCaffe});
      for (std::size_t i = 0; i < one.size(); ++i) sum[i] += static_cast<double>(one[i]);
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
      ASSERT_NEAR(averaged[p * sum.size() + i], sum[i] / kDraws, 255 * 40 * kEpsilon);
    }
  }
}

}  // namespace
}  // namespace limpid::view_warp_test
