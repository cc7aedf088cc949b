// Cases of the operations between parameters and latent planes, and of updates.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "kernels/ops/advance_slots.h"
#include "kernels/ops/cppn.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/parameter_update.h"
#include "kernels/ops/phase_spectrum.h"
#include "kernels/ops/plane_conv.h"
#include "kernels/ops/pyramid_sum.h"
#include "kernels/ops/shared_levels.h"
#include "kernels/ops/spectrum_scale.h"
#include "kernels/ops/standardise.h"
#include "kernels/ops/strided_copy.h"
#include "tests/image/support.h"
#include "tests/ops/image_parts.h"

namespace limpid::test {
namespace {

/// f(i) for every value of an operand that has as many as `like`.
template <class F>
OpCase::Definition each_value(const std::string& like, const F& f) {
  return [=](const Operands& m) {
    std::vector<double> all(m.before(like).size());
    const auto value = f(m);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = value(i);
    return all;
  };
}

OpCase initialise(RandomPurpose purpose, float deviation) {
  constexpr std::int64_t kCount = 5001;
  return OpCase(purpose == RandomPurpose::background ? "background" : "start",
                [=](Operands& m) {
                  return InitialiseParameters{m.floats("values", kOutput, kImages * kCount),
                                              m.array("keys", kInput, kKeys),
                                              kImages,
                                              kCount,
                                              deviation,
                                              purpose};
                })
      // At most 5.8 deviations; angles of up to 2 pi and logarithms of up to 17 are good to a few units.
      .devices("values", {0, static_cast<double>(deviation) * 5.8 * 40 * kEpsilon});
}

OpCase spectrum_scale(int h, int w) {
  const std::vector<float> table = spectrum_scale_table(h, w, 1);
  const auto count = static_cast<std::int64_t>(table.size());
  return OpCase(std::to_string(h) + "x" + std::to_string(w),
                [=](Operands& m) {
                  return SpectrumScale{m.floats("spectrum", kInput, 9 * count, uniform(-2, 2)),
                                       m.array("scale", kInput, table),
                                       m.floats("scaled", kOutput, 9 * count), 9, count};
                })
      .defined("scaled", {kEpsilon}, each_value("spectrum", [](const Operands& m) {
                 return [x = m.before("spectrum"), scale = m.before("scale")](std::size_t i) {
                   return x[i] * scale[i % scale.size()];
                 };
               }));
}

OpCase phase_spectrum() {
  constexpr std::int64_t kCount = 1007;
  return OpCase("odd",
                [=](Operands& m) {
                  return PhaseSpectrum{m.floats("phase", kInput, kImages * 3 * kCount, uniform(-4, 4)),
                                       m.floats("magnitude", kInput, 3 * kCount, uniform(0, 2)),
                                       m.floats("spectrum", kOutput, 2 * kImages * 3 * kCount),
                                       kImages,
                                       3,
                                       kCount};
                })
      .defined("spectrum", {8 * kEpsilon},  // A sine or cosine, good to two units, and a product.
               [](const Operands& m) {
                 const std::vector<double> phase = m.before("phase"), size = m.before("magnitude");
                 std::vector<double> spectrum;
                 for (std::size_t i = 0; i < phase.size(); ++i) {
                   spectrum.push_back(size[i % size.size()] * std::cos(phase[i]));
                   spectrum.push_back(size[i % size.size()] * std::sin(phase[i]));
                 }
                 return spectrum;
               })
      .devices("spectrum", {8 * kEpsilon});
}

OpCase phase_spectrum_adjoint() {
  constexpr std::int64_t kCount = 1007;
  return OpCase("odd",
                [=](Operands& m) {
                  return PhaseSpectrumAdjoint{
                      m.floats("phase", kInput, kImages * 3 * kCount, uniform(-4, 4)),
                      m.floats("magnitude", kInput, 3 * kCount, uniform(0, 2)),
                      m.floats("dspectrum", kInput, 2 * kImages * 3 * kCount, uniform(-1, 1)),
                      m.floats("dphase", kOutput, kImages * 3 * kCount),
                      kImages,
                      3,
                      kCount};
                })
      .defined("dphase", {16 * kEpsilon},
               each_value("phase",
                          [](const Operands& m) {
                            return [phase = m.before("phase"), size = m.before("magnitude"),
                                    d = m.before("dspectrum")](std::size_t i) {
                              return size[i % size.size()] *
                                     (d[2 * i + 1] * std::cos(phase[i]) - d[2 * i] * std::sin(phase[i]));
                            };
                          }))
      .devices("dphase", {16 * kEpsilon});
}

OpCase standardise() {
  constexpr std::int64_t kCount = 5001;
  constexpr float kOffset = 1e-5F;
  return OpCase("odd",
                [=](Operands& m) {
                  const auto blocks = static_cast<std::size_t>(standardise_blocks(kCount));
                  return Standardise{
                      m.floats("x", kInput, kImages * kCount, normal()),
                      m.floats("y", kOutput, kImages * kCount),
                      m.array("moments", kScratch, std::vector<ImageMoments>(kImages)),
                      m.array("partials", kScratch, std::vector<PartialSums>(kImages * blocks)),
                      kImages,
                      kCount,
                      kOffset};
                })
      .defined("y", {8 * kEpsilon},
               [](const Operands& m) {
                 std::vector<double> y = m.before("x");
                 for (int n = 0; n < kImages; ++n) {
                   const std::span<double> image =
                       std::span(y).subspan(static_cast<std::size_t>(n * kCount), kCount);
                   double mean = 0, square = 0;
                   for (const double x : image) mean += x / double{kCount};
                   for (const double x : image) square += (x - mean) * (x - mean) / double{kCount};
                   for (double& x : image) x = (x - mean) / (std::sqrt(square) + double{kOffset});
                 }
                 return y;
               })
      .devices("y", {8 * kEpsilon});
}

/// Values of any mean and deviation: the formula is the same.
OpCase standardise_adjoint() {
  constexpr std::int64_t kCount = 5001;
  constexpr float kOffset = 0.25F;
  return OpCase("odd",
                [=](Operands& m) {
                  const auto blocks = static_cast<std::size_t>(standardise_blocks(kCount));
                  const std::vector<ImageMoments> moments = {{0, 1}, {-3, 0.25F}, {0.5F, 0}};
                  return StandardiseAdjoint{
                      m.floats("y", kInput, kImages * kCount, normal()),
                      m.floats("dy", kInput, kImages * kCount, uniform(-1, 2)),
                      m.floats("dx", kOutput, kImages * kCount),
                      reinterpret_cast<const ImageMoments*>(
                          m.floats("moments", kInput, 2 * kImages,
                                   [moments](std::mt19937&, const Place& place) {
                                     const ImageMoments& own = moments[static_cast<std::size_t>(place.w / 2)];
                                     return place.w % 2 == 0 ? own.mean : own.deviation;
                                   })),
                      m.array("partials", kScratch, std::vector<PartialSums>(kImages * blocks)),
                      kImages,
                      kCount,
                      kOffset};
                })
      .defined("dx", {8 * kEpsilon},
               [](const Operands& m) {
                 const std::vector<double> y = m.before("y"), moments = m.before("moments");
                 std::vector<double> dx = m.before("dy");
                 for (std::size_t n = 0; n < kImages; ++n) {
                   const std::size_t first = n * kCount;
                   double mean = 0, along = 0;
                   for (std::size_t i = first; i < first + kCount; ++i) {
                     mean += dx[i] / double{kCount};
                     along += dx[i] * y[i] / double{kCount};
                   }
                   const double deviation = moments[2 * n + 1];
                   for (std::size_t i = first; i < first + kCount; ++i) {
                     dx[i] = (dx[i] - mean) / (deviation + double{kOffset}) -
                             (deviation == 0 ? 0 : y[i] * along / deviation);
                   }
                 }
                 return dx;
               })
      .devices("dx", {8 * kEpsilon});
}

/// Weights of about a fifth: layers neither fade nor saturate.
OpCase cppn_fprop(Size s, int planes) {
  return OpCase(std::to_string(s.h) + "x" + std::to_string(s.w) + "x" + std::to_string(planes),
                [=](Operands& m) {
                  return CppnFprop{m.floats("parameters", kInput, 2 * cppn_parameters(planes), normal(0.2F)),
                                   m.planes("latent", kOutput, 2, planes, s.h, s.w),
                                   {s.h, 0}};
                })
      // Each of eight layers adds some sixty roundings and at most doubles those before it.
      .devices("latent", {256 * 60 * kEpsilon});
}

OpCase cppn_bprop(Size s, int planes) {
  return OpCase(std::to_string(s.h) + "x" + std::to_string(s.w) + "x" + std::to_string(planes),
                [=](Operands& m) {
                  const std::int64_t count = 2 * cppn_parameters(planes);
                  const std::int64_t chunks = cppn_chunks(std::int64_t{s.h} * s.w);
                  return CppnBprop{m.floats("parameters", kInput, count, normal(0.2F)),
                                   m.planes("dlatent", kInput, 2, planes, s.h, s.w, uniform(-1, 1)),
                                   m.floats("partials", kScratch, count * chunks),
                                   m.floats("dparameters", kOutput, count)};
                })
      .devices("dparameters", {4 * 256 * 60 * kEpsilon});  // There and back.
}

/// A convolution of planes: from c of stride h x stride w to k of h x w.
struct PlaneShape {
  const char* name;
  int k, c, size, stride, h, w;

  int before() const { return (size - 1) / 2; }
  PlaneFilter filter(Operands& m) const {
    return {m.floats("filter", kInput, std::int64_t{k} * c * size * size, uniform(-1, 1)), k, c, size,
            stride};
  }
  /// `visit(filter value, place in x, place in y)` for every product of an image.
  template <class Visit>
  void each_product(const Visit& visit) const {
    const int pixels = stride * h * stride * w;
    for (int to = 0; to < k * h * w; ++to) {
      const int plane = to / (h * w), i = to / w % h, j = to % w;
      for (int tap = 0; tap < c * size * size; ++tap) {
        const int from = tap / (size * size), r = tap / size % size, s = tap % size;
        const int y = stride * i + r - before(), x = stride * j + s - before();
        if (y < 0 || x < 0 || y >= stride * h || x >= stride * w) continue;
        visit(static_cast<std::size_t>(plane * c * size * size + tap),
              static_cast<std::size_t>(from * pixels + y * stride * w + x), static_cast<std::size_t>(to));
      }
    }
  }
};

/// What a sum becomes; `values` are those it is a gradient by.
void finish(std::vector<double>& sums, int planes, const std::vector<double>& bias, bool relu,
            const std::vector<double>& values, float pull) {
  const std::size_t pixels = sums.size() / static_cast<std::size_t>(kImages * planes);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!bias.empty()) sums[i] += bias[i / pixels % static_cast<std::size_t>(planes)];
    if (relu) sums[i] = std::max(sums[i], 0.0);
    if (!values.empty() && values[i] <= 0) sums[i] = 0;
    if (!values.empty()) sums[i] -= static_cast<double>(pull) * values[i];
  }
}

/// Of as many products as the deepest sum has, each of values up to 1, and the bias.
Tolerance plane_tolerance(const PlaneShape& s, bool adjoint) {
  return {0, (s.size * s.size * (adjoint ? s.k : s.c) + 2) * (2 * kEpsilon) * 4};
}

/// With biases and a ReLU, as a layer; or masked and pulled, as a gradient.
OpCase plane_conv(const PlaneShape& s, bool layer, bool adjoint) {
  constexpr float kPull = 0.25F;
  const int from_h = adjoint ? s.h : s.stride * s.h, from_w = adjoint ? s.w : s.stride * s.w;
  const int to_h = adjoint ? s.stride * s.h : s.h, to_w = adjoint ? s.stride * s.w : s.w;
  const int from_c = adjoint ? s.k : s.c, to_c = adjoint ? s.c : s.k;
  const auto operands = [=](Operands& m) {
    PlaneSum sum;
    if (layer) {
      sum.bias = m.floats("bias", kInput, to_c, uniform(-1, 1));
      sum.relu = true;
    } else {
      sum.at = m.planes("at", kInput, kImages, to_c, to_h, to_w, rectified()).data;
      sum.masked = true;
      sum.pull = kPull;
    }
    return sum;
  };
  const auto definition = [=](const Operands& m) {
    const std::vector<double> filter = m.before("filter"), from = m.before(adjoint ? "y" : "x");
    const auto from_values = static_cast<std::size_t>(from_c * from_h * from_w),
               to_values = static_cast<std::size_t>(to_c * to_h * to_w);
    std::vector<double> sums(kImages * to_values);
    for (std::size_t n = 0; n < kImages; ++n) {
      s.each_product([&](std::size_t f, std::size_t x, std::size_t y) {
        sums[n * to_values + (adjoint ? x : y)] += filter[f] * from[n * from_values + (adjoint ? y : x)];
      });
    }
    finish(sums, to_c, layer ? m.before("bias") : std::vector<double>{}, layer,
           layer ? std::vector<double>{} : m.before("at"), kPull);
    return sums;
  };
  const std::string name = std::string(s.name) + (layer ? "" : "_gradient");
  const Tolerance tolerance = plane_tolerance(s, adjoint);
  const auto planes = [=](Operands& m, const char* of, Role role, bool of_from) {
    const Draw draw = role == kInput ? uniform(-1, 1) : Draw{};
    return of_from ? m.planes(of, role, kImages, from_c, from_h, from_w, draw)
                   : m.planes(of, role, kImages, to_c, to_h, to_w, draw);
  };
  if (adjoint) {
    return OpCase(name,
                  [=](Operands& m) {
                    return PlaneConvAdjoint{s.filter(m), planes(m, "y", kInput, true), operands(m),
                                            planes(m, "x", kOutput, false)};
                  })
        .defined("x", tolerance, definition)
        .devices("x", tolerance);
  }
  return OpCase(name,
                [=](Operands& m) {
                  return PlaneConv{s.filter(m), planes(m, "x", kInput, true), operands(m),
                                   planes(m, "y", kOutput, false)};
                })
      .defined("y", tolerance, definition)
      .devices("y", tolerance);
}

/// Extents that are no multiples of what a strip holds, smaller than one, and longer than two.
constexpr PlaneShape kPlaneShapes[] = {{"dense", 13, 5, 1, 1, 1, 1},       {"pixel", 2, 3, 3, 1, 1, 1},
                                       {"odd", 3, 4, 3, 1, 5, 37},         {"even", 2, 3, 3, 1, 6, 16},
                                       {"halved", 4, 3, 4, 2, 3, 19},      {"halved_one", 2, 2, 4, 2, 1, 1},
                                       {"halved_whole", 2, 3, 4, 2, 4, 32}};

/// Without what becomes of the sums: linear.
AdjointPair plane_pair(const PlaneShape& s) {
  const std::string name = std::string(s.name) + "_linear";
  return {OpCase(name,
                 [=](Operands& m) {
                   return PlaneConv{
                       s.filter(m),
                       m.planes("x", kInput, kImages, s.c, s.stride * s.h, s.stride * s.w, uniform(-1, 1)),
                       {},
                       m.planes("y", kOutput, kImages, s.k, s.h, s.w)};
                 }),
          OpCase(name,
                 [=](Operands& m) {
                   return PlaneConvAdjoint{
                       s.filter(m),
                       m.planes("dy", kInput, kImages, s.k, s.h, s.w, uniform(-1, 1)),
                       {},
                       m.planes("dx", kOutput, kImages, s.c, s.stride * s.h, s.stride * s.w)};
                 }),
          "x",
          "y",
          "dy",
          "dx"};
}

OpCase strided_copy(const char* name, int from_stride) {
  constexpr int kRows = 3, kCount = 5001, kToStride = 6000;
  return OpCase(name,
                [=](Operands& m) {
                  const int rows = from_stride == 0 ? 1 : kRows;
                  return StridedCopy{
                      m.floats("from", kInput, std::int64_t{rows} * std::max(from_stride, kCount),
                               uniform(-1, 1)),
                      from_stride,
                      m.floats("to", kInPlace, kRows * kToStride, uniform(3, 4)),
                      kToStride,
                      kRows,
                      kCount};
                })
      .defined("to", {}, [=](const Operands& m) {
        const std::vector<double> from = m.before("from");
        std::vector<double> to = m.before("to");
        for (int i = 0; i < kRows * kCount; ++i) {
          const int row = i / kCount, column = i % kCount;
          to[static_cast<std::size_t>(row * kToStride + column)] =
              from[static_cast<std::size_t>(row * from_stride + column)];
        }
        return to;
      });
}

OpCase pyramid_sum(Size s) {
  const PyramidShape shape = pyramid_shape(s.h, s.w);
  return OpCase(std::to_string(s.h) + "x" + std::to_string(s.w),
                [=](Operands& m) {
                  return PyramidSum{m.floats("parameters", kInput, kImages * 3 * shape.count, uniform(-1, 1)),
                                    shape, m.planes("latent", kOutput, kImages, 3, s.h, s.w)};
                })
      // A coordinate below 128 is contracted with its cell's number, and a sample moves by at most two per
      // pixel, each way, on four levels.
      .devices("latent", {0, 4 * (2 * 2 * 128 + 8) * kEpsilon});
}

OpCase pyramid_sum_adjoint(Size s) {
  const PyramidShape shape = pyramid_shape(s.h, s.w);
  return OpCase(std::to_string(s.h) + "x" + std::to_string(s.w),
                [=](Operands& m) {
                  return PyramidSumAdjoint{m.planes("dlatent", kInput, kImages, 3, s.h, s.w, uniform(-1, 1)),
                                           shape,
                                           m.floats("dparameters", kOutput, kImages * 3 * shape.count)};
                })
      // Sums of up to 19 x 19 products with such weights.
      .devices("dparameters", {0, 19 * 19 * (2 * 128 + 2 * 19) * kEpsilon});
}

constexpr Size kShared{97, 70};
constexpr int kSharedGap = 5;  ///< Values before each picture's copy, as its own parameters are.

SharedLevelShape shared_shape() {
  const std::vector<int> divisors = {4, 16, 1, 97};
  return shared_level_shape(divisors, kShared.h, kShared.w);
}

OpCase shared_levels(const Draw& base) {
  const SharedLevelShape shape = shared_shape();
  const std::int64_t stride = kSharedGap + 3 * shape.count;
  return OpCase(base ? "odd" : "of_nothing",
                [=](Operands& m) {
                  return SharedLevels{
                      m.planes("base", kInput, kImages, 3, kShared.h, kShared.w, base),
                      {m.floats("copies", kInput, kImages * stride, uniform(-1, 1)) + kSharedGap, stride},
                      shape,
                      m.planes("sum", kOutput, kImages, 3, kShared.h, kShared.w)};
                })
      .devices("sum", {0, 5 * (2 * 2 * 128 + 8) * kEpsilon});
}

/// `pictures` to a job, the first `images` of which count.
OpCase shared_levels_adjoint(int images, int pictures) {
  const SharedLevelShape shape = shared_shape();
  const std::int64_t stride = kSharedGap + 3 * shape.count;
  const std::int64_t jobs = kImages / pictures;
  const std::vector<float> zeros(static_cast<std::size_t>(kImages * stride));
  return OpCase(std::to_string(images) + "_of_" + std::to_string(pictures),
                [=](Operands& m) {
                  return SharedLevelsAdjoint{
                      m.planes("dsum", kInput, kImages, 3, kShared.h, kShared.w, uniform(-1, 1)),
                      shape,
                      images,
                      pictures,
                      m.floats("rows", kScratch, jobs * 3 * kShared.h * shape.columns),
                      {m.array("dcopies", kInPlace, zeros) + kSharedGap, stride}};
                })
      // Of two images up to 97 x 70 values times such weights, summed along rows and down columns.
      .devices("dcopies",
               {0, 2.0 * kShared.h * kShared.w * (2 * 128 + 2 * (kShared.h + kShared.w)) * kEpsilon});
}

OpCase advance_slots() {
  return OpCase("three_rules",
                [](Operands& m) {
                  constexpr int kCurve = 50;
                  std::vector<UpdateRule> rules(kImages);
                  rules[0].optimiser = Optimiser::nadam;
                  rules[1].schedule = RateSchedule::cosine;
                  rules[1].steps = 100;
                  rules[2].warmup_steps = 4000;
                  const std::vector<double> values = {1.5, std::numeric_limits<double>::quiet_NaN(), -2};
                  return AdvanceSlots{
                      m.array("keys", kInPlace, kKeys),
                      m.array("values", kInput, values),
                      m.array<std::int32_t>("non_finite", kInput, {0, 0, 1}),
                      m.array("curve", kInPlace, std::vector<double>(kImages * kCurve, -1)),
                      m.array<std::int32_t>("failed_step", kInPlace, {0, 0, 0}),
                      m.array("relu_rules", kInput, std::vector(kImages, ReluGradient::redirected)),
                      m.array<std::uint32_t>("relu_steps", kInput, {1, 42, 5000}),
                      m.array("relu", kOutput, std::vector(kImages, ReluGradient::plain)),
                      m.array("rules", kInput, rules),
                      m.floats("rate", kOutput, kImages),
                      m.array<float>("momentum", kInPlace, {1, 1, 1}),
                      kImages,
                      kCurve};
                })
      // Cosines and exponentials of order one differ in their last bits.
      .devices("rate", {0, 0.05 * 8 * kEpsilon})
      .devices("momentum", {0, 2 * 8 * kEpsilon});
}

OpCase gradient_norm(bool scaled) {
  constexpr std::int64_t kCount = 2047;
  return OpCase(scaled ? "scaled" : "plain",
                [=](Operands& m) {
                  return GradientNorm{
                      m.floats("gradient", kInput, kImages * 3 * kCount, uniform(-2, 2)),
                      scaled ? m.floats("gradient_scale", kInput, kCount, uniform(0.1F, 3)) : nullptr,
                      m.array("parts", kScratch, std::vector<double>(kImages * kGradientNormParts)),
                      m.floats("factor", kOutput, kImages),
                      kImages,
                      3,
                      kCount};
                })
      // Sums in double precision, in other orders: one rounding to fp32 apart.
      .devices("factor", {4 * kEpsilon});
}

/// The gradient of image 1 has an infinite value, that of image 2 is zero.
OpCase parameter_update(const char* name, Optimiser optimiser, bool scaled, std::int64_t count = 2047) {
  const std::int64_t image = 3 * count, all = kImages * image;
  const Draw gradient = [=](std::mt19937& random, const Place& place) {
    if (place.w == image + 1000) return std::numeric_limits<float>::infinity();
    return place.w < 2 * image ? uniform(-2, 2)(random, place) : 0.0F;
  };
  return OpCase(std::string(name) + (scaled ? "_scaled" : ""),
                [=](Operands& m) {
                  std::vector<UpdateRule> rules(kImages);
                  for (UpdateRule& rule : rules) rule.optimiser = optimiser;
                  rules[2].epsilon_form = EpsilonForm::uncorrected;
                  return ParameterUpdate{
                      m.floats("parameters", kInPlace, all, uniform(-1, 1)),
                      m.floats("first_moment", kInPlace, all, uniform(-1, 1)),
                      m.floats("second_moment", kInPlace, all, uniform(0.01F, 1)),
                      m.floats("gradient", kInput, all, gradient),
                      scaled ? m.floats("gradient_scale", kInput, count, uniform(0.1F, 3)) : nullptr,
                      m.array("keys", kInput, kKeys),
                      m.array("rules", kInput, rules),
                      m.array<float>("rate", kInput, {0.05F, 0.01F, 0.02F}),
                      m.array<float>("momentum", kInput, {1, 0.01F, 0}),
                      m.array<float>("gradient_factor", kInput, {1, 2, 0.5F}),
                      m.array<std::int32_t>("non_finite", kInPlace, {0, 0, 0}),
                      m.array<std::int32_t>("first_moved", kInPlace, {0, 7, 0}),
                      kImages,
                      3,
                      count};
                })
      // A step is the rate times m_hat / sqrt(v_hat), here at most 1 / sqrt(0.01) times the corrections'
      // ratio, below 4, and some twenty roundings; adding it rounds a parameter of at most 4.
      .devices("parameters", {0, (0.05 * 40 * 20 + 4) * kEpsilon})
      .devices("first_moment", {0, 12 * 4 * kEpsilon})
      .devices("second_moment", {0, 2 * 4 * kEpsilon});
}

}  // namespace

OpCases parameter_cases() {
  OpCases cases;
  cases.push_back(initialise(RandomPurpose::initial_values, 0.01F));
  cases.push_back(initialise(RandomPurpose::background, 0.5F));
  cases.push_back(spectrum_scale(31, 32));
  cases.push_back(spectrum_scale(1, 1));
  cases.push_back(phase_spectrum());
  cases.push_back(phase_spectrum_adjoint());
  cases.push_back(standardise());
  cases.push_back(standardise_adjoint());
  for (const Size s : {Size{97, 70}, Size{1, 1}, Size{3, 17}}) {
    cases.push_back(pyramid_sum(s));
    cases.push_back(pyramid_sum_adjoint(s));
  }
  for (const int planes : {3, 4}) {
    cases.push_back(cppn_fprop({9, 21}, planes));
    cases.push_back(cppn_bprop({9, 21}, planes));
  }
  for (const PlaneShape& s : kPlaneShapes) {
    for (const bool layer : {true, false}) {
      for (const bool adjoint : {true, false}) cases.push_back(plane_conv(s, layer, adjoint));
    }
  }
  cases.push_back(shared_levels(uniform(-1, 1)));
  cases.push_back(shared_levels_adjoint(2, 3));
  cases.push_back(shared_levels_adjoint(1, 1));
  cases.push_back(strided_copy("rows", 5010));
  cases.push_back(strided_copy("one_row", 0));
  for (const bool scaled : {false, true}) {
    cases.push_back(gradient_norm(scaled));
    cases.push_back(parameter_update("adam", Optimiser::adam, scaled));
    cases.push_back(parameter_update("nadam", Optimiser::nadam, scaled));
    cases.push_back(parameter_update("ascent", Optimiser::ascent, scaled));
    cases.push_back(parameter_update("momentum", Optimiser::momentum, scaled));
  }
  cases.push_back(advance_slots());
  return cases;
}

OpCases full_size_parameter_cases() {
  return {spectrum_scale(224, 224),
          pyramid_sum({224, 224}),
          pyramid_sum_adjoint({224, 224}),
          cppn_fprop({224, 224}, 3),
          cppn_bprop({224, 224}, 3),
          plane_conv({"112x112", 3, 16, 3, 1, 112, 112}, true, false),
          plane_conv({"56x56", 32, 16, 4, 2, 56, 56}, true, true),
          plane_conv({"56x56", 32, 16, 4, 2, 56, 56}, false, false),
          parameter_update("224x224", Optimiser::adam, true, 2LL * 224 * (224 / 2 + 1))};
}

std::vector<AdjointPair> parameter_pairs() {
  std::vector<AdjointPair> pairs = {
      {shared_levels({}), shared_levels_adjoint(1, 1), "copies", "sum", "dsum", "dcopies"}};
  for (const Size s : {Size{97, 70}, Size{1, 1}, Size{3, 17}}) {
    pairs.push_back(
        {pyramid_sum(s), pyramid_sum_adjoint(s), "parameters", "latent", "dlatent", "dparameters"});
  }
  for (const PlaneShape& s : kPlaneShapes) pairs.push_back(plane_pair(s));
  return pairs;
}

}  // namespace limpid::test
