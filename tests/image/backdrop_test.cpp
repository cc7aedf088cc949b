// Pictures in front of backgrounds against the definition in double precision, and the gradient of that.
#include "kernels/ops/backdrop.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/image/support.h"

namespace limpid::backdrop_test {
namespace {

using namespace test;

constexpr int kImages = 2, kH = 37, kW = 83;
constexpr std::size_t kPixels = kH * kW, kColours = kImages * 3 * kPixels, kAll = kImages * 4 * kPixels;

template <class T>
Planar<T> planes(T* data, int channels) {
  return {data, kImages, channels, kH, kW};
}

/// Where channel c of a pixel of an image lies among so many channels.
std::size_t at(std::size_t image, std::size_t c, std::size_t channels, std::size_t pixel) {
  return (image * channels + c) * kPixels + pixel;
}

/// Values in [0, 1]; every third opacity is 0 and every third 1.
std::vector<float> some_picture(unsigned seed) {
  std::vector<float> picture = random_values(kAll, 0, 1, seed);
  for (std::size_t n = 0; n < kImages; ++n) {
    for (std::size_t i = 0; i < kPixels; ++i) {
      if (i % 3 != 2) picture[at(n, 3, 4, i)] = static_cast<float>(i % 3);
    }
  }
  return picture;
}

/// f(place among colours alone, place among all planes, place of the opacity).
template <class F>
void for_each_colour(const F& f) {
  for (std::size_t n = 0; n < kImages; ++n) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < kPixels; ++i) f(at(n, c, 3, i), at(n, c, 4, i), at(n, 3, 4, i));
    }
  }
}

double wide(float x) {
  return static_cast<double>(x);
}

/// The definition.
std::vector<double> defined(const std::vector<double>& picture, const std::vector<float>& background) {
  std::vector<double> shown(kColours);
  for_each_colour([&](std::size_t colour, std::size_t all, std::size_t opacity) {
    shown[colour] = picture[opacity] * picture[all] + (1 - picture[opacity]) * wide(background[colour]);
  });
  return shown;
}

TEST(Backdrop, IsExactAtBothEndsAndMixesBetween) {
  const auto picture = some_picture(1);
  const auto background = random_values(kColours, 0, 1, 2);
  FencedBuffer shown(kColours);
  cpu::backdrop(threads(3),
                {planes(picture.data(), 4), planes(background.data(), 3), planes(shown.data(), 3)});
  EXPECT_TRUE(shown.intact());
  const auto expected = defined({picture.begin(), picture.end()}, background);
  for_each_colour([&](std::size_t colour, std::size_t all, std::size_t opacity) {
    const float actual = shown.values()[colour];
    if (picture[opacity] == 0) {
      ASSERT_EQ(actual, background[colour]) << colour;
    } else if (picture[opacity] == 1) {
      ASSERT_EQ(actual, picture[all]) << colour;
    } else {
      // Difference, two products and a sum of values below one.
      ASSERT_LE(std::abs(wide(actual) - expected[colour]), 4 * kEpsilon) << colour;
    }
  });
}

/// The value is linear in the colours and in the opacity, so that central differences have no error but
/// rounding: along v they are <J v, dshown>, which the adjoint gives as <v, J* dshown>.
TEST(Backdrop, AdjointAgreesWithDifferencesOfTheDefinition) {
  const auto picture = some_picture(3);
  const auto background = random_values(kColours, 0, 1, 4);
  const auto dshown = random_values(kColours, -1, 1, 5);
  FencedBuffer dpicture(kAll);
  cpu::backdrop_adjoint(threads(3), {planes(picture.data(), 4), planes(background.data(), 3),
                                     planes(dshown.data(), 3), planes(dpicture.data(), 4)});
  EXPECT_TRUE(dpicture.intact());
  // Along colours and opacity by themselves, then both: an opacity's own terms are not hidden by the others.
  for (const int along : {1, 2, 3}) {
    std::vector<float> direction = random_values(kAll, -1, 1, 6);
    for (std::size_t i = 0; i < kAll; ++i) {
      const bool opacity = i / kPixels % 4 == 3;
      if ((along & (opacity ? 2 : 1)) == 0) direction[i] = 0;
    }
    std::vector<double> above(picture.begin(), picture.end()), below = above;
    for (std::size_t i = 0; i < kAll; ++i) {
      above[i] += 0x1p-10 * wide(direction[i]);
      below[i] -= 0x1p-10 * wide(direction[i]);
    }
    const auto high = defined(above, background), low = defined(below, background);
    std::vector<float> moved(kColours);
    for (std::size_t i = 0; i < kColours; ++i) moved[i] = static_cast<float>((high[i] - low[i]) / 0x1p-9);
    expect_adjoint(direction, moved, dshown, dpicture.values(), 8 * kEpsilon);
  }
}

TEST(Backdrop, AdjointFollowsTheDefinitionElementByElement) {
  const auto picture = some_picture(7);
  const auto background = random_values(kColours, 0, 1, 8);
  const auto dshown = random_values(kColours, -1, 1, 9);
  std::vector<float> dpicture(kAll);
  cpu::backdrop_adjoint(threads(1), {planes(picture.data(), 4), planes(background.data(), 3),
                                     planes(dshown.data(), 3), planes(dpicture.data(), 4)});
  std::vector<double> expected(kAll);
  for_each_colour([&](std::size_t colour, std::size_t all, std::size_t opacity) {
    expected[all] = wide(picture[opacity]) * wide(dshown[colour]);
    expected[opacity] += (wide(picture[all]) - wide(background[colour])) * wide(dshown[colour]);
  });
  // Three differences, products and sums of values below one.
  for (std::size_t i = 0; i < kAll; ++i)
    ASSERT_LE(std::abs(wide(dpicture[i]) - expected[i]), 9 * kEpsilon) << i;
}

TEST(Backdrop, ThreadsChangeNoBit) {
  const auto picture = some_picture(10);
  const auto background = random_values(kColours, 0, 1, 11);
  std::vector<float> shown[2], dpicture[2];
  for (const int i : {0, 1}) {
    const Stream stream = threads(1 + 3 * i);
    shown[i].resize(kColours);
    dpicture[i].resize(kAll);
    cpu::backdrop(stream,
                  {planes(picture.data(), 4), planes(background.data(), 3), planes(shown[i].data(), 3)});
    cpu::backdrop_adjoint(stream, {planes(picture.data(), 4), planes(background.data(), 3),
                                   planes(std::as_const(shown[i]).data(), 3), planes(dpicture[i].data(), 4)});
  }
  EXPECT_TRUE(same_bits(shown[0], shown[1]));
  EXPECT_TRUE(same_bits(dpicture[0], dpicture[1]));
}

}  // namespace
}  // namespace limpid::backdrop_test
