#include "kernels/ops/warp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>
#include <string>
#include <utility>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"
#include "tests/sanitized.h"

namespace limpid::warp_test {
namespace {

using namespace test;

constexpr InputScaling kPlain{1, {0, 0, 0}, {0, 1, 2}};
constexpr InputScaling kCaffe{255, {104, 117, 123}, {2, 1, 0}};

struct Size {
  int h, w;
  std::size_t elements() const { return 3 * static_cast<std::size_t>(h) * static_cast<std::size_t>(w); }
};

template <class T>
Planar<T> images(T* data, Size size, int n = 1) {
  return {data, n, 3, size.h, size.w};
}

/// A map that turns by `degrees` and magnifies by `scale` about the centres, then shifts.
AffineMap view(Size picture, Size network, double degrees, double scale, double shift_x, double shift_y) {
  const double angle = degrees * std::numbers::pi / 180;
  const double c = std::cos(angle) / scale, s = std::sin(angle) / scale;
  const double x = -0.5 * (network.w - 1), y = -0.5 * (network.h - 1);
  const auto f = [](double value) { return static_cast<float>(value); };
  return {f(c), f(-s), f(c * x - s * y + 0.5 * (picture.w - 1) + shift_x),
          f(s), f(c),  f(s * x + c * y + 0.5 * (picture.h - 1) + shift_y)};
}

/// Bilinear sampling in double precision, from its definition.
double sample(const std::vector<float>& picture, Size size, int channel, double x, double y, double fill) {
  const auto pixel = [&](double px, double py) {
    if (px < 0 || px > size.w - 1 || py < 0 || py > size.h - 1) return fill;
    return static_cast<double>(picture[static_cast<std::size_t>(
        (channel * size.h + static_cast<int>(py)) * size.w + static_cast<int>(px))]);
  };
  const double left = std::floor(x), top = std::floor(y), fx = x - left, fy = y - top;
  return (1 - fy) * ((1 - fx) * pixel(left, top) + fx * pixel(left + 1, top)) +
         fy * ((1 - fx) * pixel(left, top + 1) + fx * pixel(left + 1, top + 1));
}

struct Case {
  const char* name;
  Size picture, network;
  double degrees, scale, shift_x, shift_y;
  AffineMap map() const { return view(picture, network, degrees, scale, shift_x, shift_y); }
};

class Warping : public ::testing::TestWithParam<Case> {};

TEST_P(Warping, FollowsTheDefinition) {
  const Case& c = GetParam();
  const auto picture = random_values(c.picture.elements(), 0, 1, 1);
  const AffineMap map = c.map();
  const float fill = 0.25F;
  FencedBuffer network(c.network.elements());
  cpu::warp(threads(2),
            {images(picture.data(), c.picture), images(network.data(), c.network), &map, &fill, kCaffe});
  EXPECT_TRUE(network.intact());
  // Two roundings of a coordinate move the sample by at most that far, along slopes of at most one per pixel.
  const double extent = std::max({c.picture.h, c.picture.w, c.network.h, c.network.w}) * 2;
  const double tolerance = 255 * (2 * 2 * kEpsilon * extent + 8 * kEpsilon) + 2 * kEpsilon * 255;
  for (int channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < c.network.h; ++y) {
      for (int x = 0; x < c.network.w; ++x) {
        const double px =
            static_cast<double>(map.xx) * x + static_cast<double>(map.xy) * y + static_cast<double>(map.x0);
        const double py =
            static_cast<double>(map.yx) * x + static_cast<double>(map.yy) * y + static_cast<double>(map.y0);
        const double expected = 255 * sample(picture, c.picture, kCaffe.channel[channel], px, py, 0.25) -
                                static_cast<double>(kCaffe.mean[channel]);
        const auto i = static_cast<std::size_t>((channel * c.network.h + y) * c.network.w + x);
        ASSERT_LE(std::abs(static_cast<double>(network.values()[i]) - expected), tolerance) << x << ", " << y;
      }
    }
  }
}

TEST_P(Warping, AdjointIsTheAdjoint) {
  const Case& c = GetParam();
  const auto picture = random_values(c.picture.elements(), -1, 1, 2);
  const auto dnetwork = random_values(c.network.elements(), -1, 1, 3);
  const AffineMap map = c.map();
  const float fill = 0;
  const InputScaling scaling{255, {0, 0, 0}, {2, 0, 1}};
  std::vector<float> network(c.network.elements());
  FencedBuffer dpicture(c.picture.elements());
  cpu::warp(threads(2),
            {images(picture.data(), c.picture), images(network.data(), c.network), &map, &fill, scaling});
  cpu::warp_adjoint(threads(2),
                    {images(dnetwork.data(), c.network), images(dpicture.data(), c.picture), &map, scaling});
  expect_adjoint(picture, network, dnetwork, dpicture.values(), 1e-6);
  EXPECT_TRUE(dpicture.intact());
}

TEST_P(Warping, AdjointGathersEveryWeightTheForwardPassUsed) {
  // All ones: each picture pixel receives the sum of its weights, and together they are the forward pass of
  // ones.
  const Case& c = GetParam();
  const std::vector<float> ones(std::max(c.picture.elements(), c.network.elements()), 1.0F);
  const AffineMap map = c.map();
  const float fill = 0;
  std::vector<float> network(c.network.elements()), dpicture(c.picture.elements());
  cpu::warp(threads(1),
            {images(ones.data(), c.picture), images(network.data(), c.network), &map, &fill, kPlain});
  cpu::warp_adjoint(threads(1),
                    {images(ones.data(), c.network), images(dpicture.data(), c.picture), &map, kPlain});
  const double given = dot(network, std::span(ones).subspan(0, network.size()));
  const double received = dot(dpicture, std::span(ones).subspan(0, dpicture.size()));
  EXPECT_GT(given, 0);
  EXPECT_LE(std::abs(given - received), 1e-6 * given);
}

TEST_P(Warping, ThreadsChangeNoBit) {
  const Case& c = GetParam();
  const auto picture = random_values(c.picture.elements(), -1, 1, 4);
  const AffineMap map = c.map();
  const float fill = 0.5F;
  std::vector<float> network[2], dpicture[2];
  for (const int run : {0, 1}) {
    const Stream stream = threads(run == 0 ? 1 : 3);
    network[run].resize(c.network.elements());
    dpicture[run].resize(c.picture.elements());
    cpu::warp(stream, {images(picture.data(), c.picture), images(network[run].data(), c.network), &map, &fill,
                       kCaffe});
    cpu::warp_adjoint(stream, {images<const float>(network[run].data(), c.network),
                               images(dpicture[run].data(), c.picture), &map, kCaffe});
  }
  EXPECT_TRUE(same_bits(network[0], network[1]));
  EXPECT_TRUE(same_bits(dpicture[0], dpicture[1]));
}

/// The grouped network input gives what the planes give: the same bits in fp32, the rounded value in 16 bits.
template <class T>
void expect_grouped_like_planes(const Case& c) {
  SCOPED_TRACE(name_of(DTypeOf<T>::value));
  constexpr int kImages = 2;
  const auto pictures = random_values(kImages * c.picture.elements(), 0, 1, 8);
  const AffineMap maps[kImages] = {c.map(), {}};
  const float fill[kImages] = {0.25F, 0.75F};
  std::vector<float> planes(kImages * c.network.elements());
  BasicActivations<T> group({kImages, 8, c.network.h, c.network.w, Layout::nhwc, {1, 1}});
  const auto network = images(planes.data(), c.network, kImages);
  const auto picture = images(pictures.data(), c.picture, kImages);
  cpu::warp(threads(2), {picture, network, maps, fill, kCaffe});
  cpu::warp(threads(2), {picture, {}, maps, fill, kCaffe, group.tensor()});
  EXPECT_TRUE(group.surroundings_intact());
  group.for_each([&](T& element, int n, int channel, int y, int x) {
    if (channel >= 3) {
      ASSERT_EQ(to_f32(element), 0.0F);
      element = from_f32<T>(1e4F);  // The adjoint must not look at it.
      return;
    }
    float& plane = network.plane(n, channel)[y * c.network.w + x];
    ASSERT_TRUE(same_element(element, from_f32<T>(plane)));
    plane = to_f32(element);
  });

  FencedBuffer of_planes(pictures.size()), of_group(pictures.size());
  cpu::warp_adjoint(threads(2), {network, images(of_planes.data(), c.picture, kImages), maps, kCaffe});
  cpu::warp_adjoint(threads(2),
                    {{}, images(of_group.data(), c.picture, kImages), maps, kCaffe, group.tensor()});
  EXPECT_TRUE(same_bits(of_group.values(), of_planes.values()));
  EXPECT_TRUE(of_group.intact());
}

TEST_P(Warping, GroupedFormIsThePlanarOneRounded) {
  expect_grouped_like_planes<float>(GetParam());
  expect_grouped_like_planes<f16>(GetParam());
  expect_grouped_like_planes<bf16>(GetParam());
}

TEST_P(Warping, AdjointTakesTheGradientScaleBack) {
  const Case& c = GetParam();
  const auto dnetwork = random_values(c.network.elements(), -1, 1, 9);
  std::vector<float> scaled = dnetwork;
  for (float& value : scaled) value *= 512;
  const AffineMap map = c.map();
  std::vector<float> expected(c.picture.elements()), actual(c.picture.elements());
  cpu::warp_adjoint(threads(1),
                    {images(dnetwork.data(), c.network), images(expected.data(), c.picture), &map, kCaffe});
  cpu::warp_adjoint(threads(1), {images(std::as_const(scaled).data(), c.network),
                                 images(actual.data(), c.picture),
                                 &map,
                                 kCaffe,
                                 {},
                                 1.0F / 512});
  EXPECT_EQ(actual, expected);  // Powers of two: exact.
}

/// Its size is the point of it, but not where every access takes ten times as long.
constexpr Case kLarge = kSanitized ? Case{"large", {150, 130}, {140, 145}, 33, 1.01, 10, -10}
                                   : Case{"large", {1500, 1300}, {1400, 1450}, 33, 1.01, 100, -100};

INSTANTIATE_TEST_SUITE_P(Views, Warping,
                         ::testing::Values(Case{"identity", {9, 12}, {9, 12}, 0, 1, 0, 0},
                                           Case{"half_pixel", {16, 16}, {16, 16}, 0, 1, 0.5, 0.5},
                                           Case{"usual", {224, 224}, {224, 224}, 7, 1.04, 3, -4},
                                           Case{"turned_back", {61, 47}, {53, 67}, -10, 0.9, -2, 1},
                                           Case{"magnified", {33, 35}, {64, 60}, 3, 2, 0.3, 0.7},
                                           Case{"reduced", {64, 60}, {33, 35}, 17, 0.5, 0.3, 0.7},
                                           Case{"reduced_in_full_view", {30, 30}, {90, 90}, 45, 0.5, 0, 0},
                                           Case{"quarter_turn", {31, 40}, {40, 31}, 90, 1, 0, 0},
                                           Case{"upside_down", {20, 21}, {22, 23}, 180, 1.3, 0.1, 0.2},
                                           Case{
                                               "nearly_quarter_turn", {50, 50}, {50, 50}, 89.9999, 1.1, 0, 0},
                                           Case{"backwards", {40, 40}, {40, 40}, 263, 0.77, 1, 2},
                                           Case{"off_the_side", {20, 20}, {20, 20}, 5, 1, 15, -14},
                                           Case{"one_pixel", {1, 1}, {5, 7}, 30, 2, 0, 0},
                                           Case{"one_row", {1, 50}, {3, 40}, 1, 1, 0, 0}, kLarge),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Warp, IdentityGivesTheScaledPictureExactly) {
  const Size size{37, 53};
  const auto picture = random_values(size.elements(), 0, 1, 5);
  const AffineMap identity;
  const float fill = 0.5F;
  std::vector<float> network(size.elements());
  cpu::warp(threads(2),
            {images(picture.data(), size), images(network.data(), size), &identity, &fill, kCaffe});
  const std::size_t plane = size.elements() / 3;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < plane; ++i) {
      const float value = picture[(2 - c) * plane + i];
      ASSERT_EQ(network[c * plane + i], std::fma(255.0F, value, -kCaffe.mean[c]));
    }
  }
}

TEST(Warp, WholePixelMapsMoveIntegersExactly) {
  const Size size{11, 13};
  std::vector<float> picture(size.elements());
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i % 251);
  const float fill = 77;
  // A shift, a quarter turn, a mirror image: (map, and the pixel it must show at (x, y)).
  const AffineMap maps[] = {{1, 0, 3, 0, 1, -2}, {0, -1, 9, 1, 0, 1}, {-1, 0, 12, 0, 1, 0}};
  for (const AffineMap& map : maps) {
    std::vector<float> network(size.elements()), back(size.elements());
    cpu::warp(threads(1), {images(picture.data(), size), images(network.data(), size), &map, &fill, kPlain});
    cpu::warp_adjoint(threads(1),
                      {images<const float>(network.data(), size), images(back.data(), size), &map, kPlain});
    std::vector<float> expected_back(size.elements());
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < size.h; ++y) {
        for (int x = 0; x < size.w; ++x) {
          const int px =
              static_cast<int>(map.xx) * x + static_cast<int>(map.xy) * y + static_cast<int>(map.x0);
          const int py =
              static_cast<int>(map.yx) * x + static_cast<int>(map.yy) * y + static_cast<int>(map.y0);
          const bool inside = px >= 0 && px < size.w && py >= 0 && py < size.h;
          const auto to = static_cast<std::size_t>((c * size.h + y) * size.w + x);
          const auto from = inside ? static_cast<std::size_t>((c * size.h + py) * size.w + px) : 0;
          ASSERT_EQ(network[to], inside ? picture[from] : fill);
          if (inside) expected_back[from] = network[to];
        }
      }
    }
    EXPECT_EQ(back, expected_back);
  }
}

TEST(Warp, FarOutsideIsFill) {
  const Size size{8, 8};
  const std::vector<float> picture(size.elements(), 1.0F);
  const float fill = 0.5F;
  for (const float far : {-9.0F, 8.0F, 1e6F, -1e30F}) {
    const AffineMap map{1, 0, far, 0, 1, 0};
    std::vector<float> network(size.elements()), dpicture(size.elements(), 3.0F);
    cpu::warp(threads(1), {images(picture.data(), size), images(network.data(), size), &map, &fill, kPlain});
    cpu::warp_adjoint(threads(1),
                      {images(picture.data(), size), images(dpicture.data(), size), &map, kPlain});
    EXPECT_TRUE(std::ranges::all_of(network, [](float v) { return v == 0.5F; })) << far;
    EXPECT_TRUE(std::ranges::all_of(dpicture, [](float v) { return v == 0.0F; })) << far;
  }
}

TEST(Warp, ImagesOfABatchDoNotMeet) {
  const Size picture_size{40, 44}, network_size{37, 41};
  constexpr std::size_t kImages = 3;
  const auto pictures = random_values(kImages * picture_size.elements(), 0, 1, 6);
  const auto gradients = random_values(kImages * network_size.elements(), -1, 1, 7);
  const AffineMap maps[kImages] = {
      view(picture_size, network_size, 10, 1.1, 1, 2), {}, view(picture_size, network_size, -8, 0.92, 0, -3)};
  const float fill[kImages] = {0, 0.5F, 1};
  std::vector<float> networks(gradients.size()), dpictures(pictures.size());
  cpu::warp(threads(2), {images(pictures.data(), picture_size, kImages),
                         images(networks.data(), network_size, kImages), maps, fill, kCaffe});
  cpu::warp_adjoint(threads(2), {images(gradients.data(), network_size, kImages),
                                 images(dpictures.data(), picture_size, kImages), maps, kCaffe});
  for (std::size_t i = 0; i < kImages; ++i) {
    std::vector<float> network(network_size.elements()), dpicture(picture_size.elements());
    cpu::warp(threads(1), {images(pictures.data() + i * dpicture.size(), picture_size),
                           images(network.data(), network_size), maps + i, fill + i, kCaffe});
    cpu::warp_adjoint(threads(1), {images(gradients.data() + i * network.size(), network_size),
                                   images(dpicture.data(), picture_size), maps + i, kCaffe});
    EXPECT_TRUE(same_bits(network, std::span(networks).subspan(i * network.size(), network.size())));
    EXPECT_TRUE(same_bits(dpicture, std::span(dpictures).subspan(i * dpicture.size(), dpicture.size())));
  }
}

TEST(Warp, SeveralViewsOfAPictureAreAveraged) {
  const Size picture_size{40, 44}, network_size{37, 41};
  constexpr std::size_t kPictures = 2, kDraws = 3;
  const auto pictures = random_values(kPictures * picture_size.elements(), 0, 1, 10);
  const auto gradients = random_values(kPictures * kDraws * network_size.elements(), -1, 1, 11);
  std::vector<AffineMap> maps;
  for (int i = 0; i < 6; ++i) maps.push_back(view(picture_size, network_size, 5 * i, 0.9 + 0.1 * i, i, -i));
  const float fill[kPictures] = {0, 0.5F};
  std::vector<float> networks(gradients.size()), dpictures(pictures.size());
  Warp forward{images(pictures.data(), picture_size, kPictures),
               images(networks.data(), network_size, kPictures * kDraws), maps.data(), fill, kCaffe};
  forward.draws = kDraws;
  cpu::warp(threads(2), forward);
  WarpAdjoint backward{images(gradients.data(), network_size, kPictures * kDraws),
                       images(dpictures.data(), picture_size, kPictures), maps.data(), kCaffe};
  backward.draws = kDraws;
  cpu::warp_adjoint(threads(2), backward);
  for (std::size_t p = 0; p < kPictures; ++p) {
    std::vector<double> sum(picture_size.elements());
    for (std::size_t m = p * kDraws; m < (p + 1) * kDraws; ++m) {
      std::vector<float> network(network_size.elements()), dpicture(picture_size.elements());
      cpu::warp(threads(1), {images(pictures.data() + p * dpicture.size(), picture_size),
                             images(network.data(), network_size), &maps[m], fill + p, kCaffe});
      EXPECT_TRUE(same_bits(network, std::span(networks).subspan(m * network.size(), network.size())));
      cpu::warp_adjoint(threads(1), {images(gradients.data() + m * network.size(), network_size),
                                     images(dpicture.data(), picture_size), &maps[m], kCaffe});
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(dpicture[i]);
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
      // Some forty products of a unit's size, summed in another order.
      ASSERT_NEAR(dpictures[p * sum.size() + i], sum[i] / kDraws, 255 * 40 * kEpsilon);
    }
  }
}

}  // namespace
}  // namespace limpid::warp_test
