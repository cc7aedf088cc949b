#include "kernels/ops/cppn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "kernels/core/atan.h"
#include "tests/image/support.h"

namespace limpid::cppn_test {
namespace {

using namespace test;

TEST(Atan, IsWithinThreeTenMillionthsOfTheRealOne) {
  double worst = 0;
  for (double x = 1e-6; x < 1e6; x *= 1.0001) {
    const auto rounded = static_cast<float>(x);
    const double expected = std::atan(static_cast<double>(rounded));
    worst = std::max(worst, std::abs(static_cast<double>(atan_f32(rounded)) / expected - 1));
    ASSERT_EQ(atan_f32(-rounded), -atan_f32(rounded));
  }
  EXPECT_LE(worst, 3e-7);
  EXPECT_EQ(atan_f32(0.0F), 0.0F);
  EXPECT_TRUE(std::isnan(atan_f32(std::numeric_limits<float>::quiet_NaN())));
}

struct Shape {
  int images, planes, h, w;
  std::size_t parameters() const {
    return static_cast<std::size_t>(images) * static_cast<std::size_t>(cppn_parameters(planes));
  }
  std::size_t pixels() const { return static_cast<std::size_t>(images * planes * h * w); }
};

/// Weights of the size a start has, an output that is not zero.
std::vector<float> some_parameters(const Shape& shape) {
  return random_values(shape.parameters(), -0.25F, 0.25F, 3);
}

/// The network at one pixel, in double precision, from its description.
std::vector<double> reference(const std::vector<double>& parameters, const Shape& shape, int image, int y,
                              int x) {
  std::size_t next =
      static_cast<std::size_t>(image) * static_cast<std::size_t>(cppn_parameters(shape.planes));
  const double longer = std::max({shape.h - 1, shape.w - 1, 1});
  const double reach = std::sqrt(3.0);
  std::vector<double> in = {reach * (2 * x - (shape.w - 1)) / longer,
                            reach * (2 * y - (shape.h - 1)) / longer};
  for (int layer = 0; layer <= 8; ++layer) {
    const std::size_t outputs = layer == 8 ? static_cast<std::size_t>(shape.planes) : 24;
    std::vector<double> z(outputs);
    for (double& sum : z) {
      for (const double value : in) sum += parameters[next++] * value;
    }
    for (double& sum : z) sum += parameters[next++];
    if (layer == 8) return z;
    in.clear();
    for (const double value : z) in.push_back(std::atan(value) / 0.67);
    for (const double value : z) in.push_back((std::atan(value) * std::atan(value) - 0.45) / 0.396);
  }
  return {};
}

std::vector<double> reference(const std::vector<double>& parameters, const Shape& shape) {
  std::vector<double> latent(shape.pixels());
  for (int image = 0; image < shape.images; ++image) {
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        const std::vector<double> value = reference(parameters, shape, image, y, x);
        for (int c = 0; c < shape.planes; ++c) {
          latent[static_cast<std::size_t>(((image * shape.planes + c) * shape.h + y) * shape.w + x)] =
              value[static_cast<std::size_t>(c)];
        }
      }
    }
  }
  return latent;
}

std::vector<float> latent_of(const std::vector<float>& parameters, const Shape& shape, int thread_count = 2) {
  FencedBuffer latent(shape.pixels());
  cpu::cppn_fprop(
      threads(thread_count),
      {parameters.data(), {latent.data(), shape.images, shape.planes, shape.h, shape.w}, {shape.h, 0}});
  EXPECT_TRUE(latent.intact());
  return {latent.values().begin(), latent.values().end()};
}

std::vector<float> gradient_of(const std::vector<float>& parameters, const std::vector<float>& dlatent,
                               const Shape& shape, int thread_count = 2) {
  FencedBuffer gradient(shape.parameters());
  FencedBuffer partials(shape.parameters() *
                        static_cast<std::size_t>(cppn_chunks(std::int64_t{shape.h} * shape.w)));
  cpu::cppn_bprop(threads(thread_count), {parameters.data(),
                                          {dlatent.data(), shape.images, shape.planes, shape.h, shape.w},
                                          partials.data(),
                                          gradient.data()});
  EXPECT_TRUE(gradient.intact());
  EXPECT_TRUE(partials.intact());
  return {gradient.values().begin(), gradient.values().end()};
}

class Cppn : public ::testing::TestWithParam<Shape> {};

TEST_P(Cppn, FollowsTheDescription) {
  const Shape shape = GetParam();
  const auto parameters = some_parameters(shape);
  const auto latent = latent_of(parameters, shape);
  const auto expected = reference({parameters.begin(), parameters.end()}, shape);
  for (std::size_t i = 0; i < latent.size(); ++i) {
    // Nine layers, each of up to 50 roundings of values below 10, a gain per layer below 2.
    ASSERT_LE(std::abs(static_cast<double>(latent[i]) - expected[i]), 2e-5) << i;
  }
}

TEST_P(Cppn, GradientAgreesWithFiniteDifferencesOfTheDescription) {
  const Shape shape = GetParam();
  const auto parameters = some_parameters(shape);
  const auto dlatent = random_values(shape.pixels(), -1, 1, 5);
  const auto gradient = gradient_of(parameters, dlatent, shape);
  const std::vector<double> exact(parameters.begin(), parameters.end());
  const auto value_along = [&](const std::vector<double>& direction, double step) {
    std::vector<double> moved = exact;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += step * direction[i];
    const std::vector<double> latent = reference(moved, shape);
    double sum = 0;
    for (std::size_t i = 0; i < latent.size(); ++i) sum += latent[i] * static_cast<double>(dlatent[i]);
    return sum;
  };
  // One direction for each layer of each image, and one for its biases alone.
  const std::int64_t of_image = cppn_parameters(shape.planes);
  for (int image = 0; image < shape.images; ++image) {
    for (int layer = 0; layer <= kCppnLayers; ++layer) {
      const CppnLayer l = cppn_layer(layer, shape.planes);
      for (const std::int64_t first : {l.first, l.biases()}) {
        SCOPED_TRACE(::testing::Message() << "image " << image << " layer " << layer << " from " << first);
        const auto noise = random_values(parameters.size(), -1, 1, static_cast<unsigned>(layer));
        std::vector<double> direction(parameters.size());
        double analytic = 0, size = 0;
        for (std::int64_t i = first; i < l.end(); ++i) {
          const auto at = static_cast<std::size_t>(image * of_image + i);
          direction[at] = static_cast<double>(noise[at]);
          analytic += direction[at] * static_cast<double>(gradient[at]);
          size += std::abs(direction[at] * static_cast<double>(gradient[at]));
        }
        constexpr double kStep = 1e-5;
        const double difference =
            (value_along(direction, kStep) - value_along(direction, -kStep)) / (2 * kStep);
        EXPECT_LE(std::abs(difference - analytic), 2e-4 * size);
        EXPECT_GT(size, 1e-3) << "nothing is proved by zeros";
      }
    }
  }
}

TEST_P(Cppn, ThreadsChangeNoBit) {
  const Shape shape = GetParam();
  const auto parameters = some_parameters(shape);
  const auto dlatent = random_values(shape.pixels(), -1, 1, 6);
  EXPECT_TRUE(same_bits(latent_of(parameters, shape, 1), latent_of(parameters, shape, 4)));
  EXPECT_TRUE(
      same_bits(gradient_of(parameters, dlatent, shape, 1), gradient_of(parameters, dlatent, shape, 4)));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Cppn,
                         ::testing::Values(Shape{1, 3, 19, 23}, Shape{2, 4, 17, 12}, Shape{1, 1, 1, 1},
                                           Shape{1, 2, 5, 9}),
                         [](const auto& info) {
                           const Shape& s = info.param;
                           return std::to_string(s.images) + "x" + std::to_string(s.planes) + "x" +
                                  std::to_string(s.h) + "x" + std::to_string(s.w);
                         });

TEST(CppnFrames, RowsInPartsAreTheWholePicture) {
  const Shape shape{1, 3, 37, 21};
  const auto parameters = some_parameters(shape);
  const auto whole = latent_of(parameters, shape);
  for (int first = 0; first < shape.h; first += 8) {
    const int rows = std::min(8, shape.h - first);
    std::vector<float> part(static_cast<std::size_t>(3 * rows * shape.w));
    cpu::cppn_fprop(threads(2), {parameters.data(), {part.data(), 1, 3, rows, shape.w}, {shape.h, first}});
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < rows * shape.w; ++i) {
        ASSERT_EQ(part[static_cast<std::size_t>(c * rows * shape.w + i)],
                  whole[static_cast<std::size_t>((c * shape.h + first) * shape.w + i)]);
      }
    }
  }
}

/// More pixels than one chunk of the gradient has, against sums over its parts.
TEST(CppnChunks, ManyAddUp) {
  const Shape shape{1, 3, 61, 83};
  ASSERT_GT(cppn_chunks(61 * 83), 10);
  const auto parameters = some_parameters(shape);
  const auto dlatent = random_values(shape.pixels(), -1, 1, 7);
  const auto whole = gradient_of(parameters, dlatent, shape);
  std::vector<double> sum(whole.size());
  for (int band = 0; band < 4; ++band) {
    auto part = dlatent;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const int row = static_cast<int>(i) / shape.w % shape.h;
      if (row * 4 / shape.h != band) part[i] = 0;
    }
    const auto gradient = gradient_of(parameters, part, shape);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(gradient[i]);
  }
  double error = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) error += std::pow(static_cast<double>(whole[i]) - sum[i], 2);
  EXPECT_LE(std::sqrt(error), 1e-6 * norm(whole));
}

}  // namespace
}  // namespace limpid::cppn_test
