// The network's operations on the CUDA device against the CPU's: NHWC in fp32, fp16 and bf16, the same
// operands rounded to the same type.
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/ops/add_gradient.h"
#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/gram.h"
#include "kernels/ops/lrn.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/objective_seed.h"
#include "kernels/ops/relu.h"
#include "kernels/ops/smoothed_pool.h"
#include "kernels/ops/softmax.h"
#include "tests/gpu/device.h"
#include "tests/image/support.h"
#include "tests/kernels/pool_support.h"

namespace limpid {
namespace {

using namespace test;

/// The same activations on the CPU, which computes in fp32, and on the device, which stores T.
template <class T>
struct Operand {
  /// Values from `map()`, rounded to T.
  template <class MakeMap>
  Operand(const ActivationShape& shape, const MakeMap& map) : host(shape), rounded(shape) {
    for (int n = 0; n < shape.n; ++n) {
      rounded.set(n, map());
      host.set(n, rounded.map(n));
    }
    device = std::make_unique<DeviceActivations<T>>(rounded);
  }
  /// An output.
  explicit Operand(const ActivationShape& shape) : host(shape), rounded(shape) {
    device = std::make_unique<DeviceActivations<T>>(rounded);
  }

  Activations host;
  BasicActivations<T> rounded;
  std::unique_ptr<DeviceActivations<T>> device;
};

/// The device's result is the CPU's, rounded to T.
template <class T>
void expect_equal(Operand<T>& result) {
  BasicActivations<T> device = result.device->download();
  result.host.for_each([&](float expected, int n, int c, int h, int w) {
    const float actual = to_f32(device.at(n, c, h, w));
    ASSERT_EQ(actual, to_f32(from_f32<T>(expected))) << n << " " << c << " " << h << " " << w;
  });
}

/// Half a unit in the last place of T, relative.
template <class T>
constexpr double rounding() {
  return DTypeOf<T>::value == DType::f32 ? 0x1p-24 : DTypeOf<T>::value == DType::f16 ? 0x1p-11 : 0x1p-8;
}

/// Both compute in fp32, where they may contract products and sums differently and so differ by `error` of
/// the largest result; that can tip the rounding to T, which then differs by a unit.
template <class T>
void expect_close(Operand<T>& result, double error) {
  constexpr double kSmallest = 0x1p-24;  // fp16's smallest; the others have smaller ones.
  BasicActivations<T> device = result.device->download();
  double largest = 0;
  result.host.for_each([&](float expected, int, int, int, int) {
    largest = std::max(largest, std::abs(static_cast<double>(expected)));
  });
  result.host.for_each([&](float expected, int n, int c, int h, int w) {
    const double difference =
        static_cast<double>(to_f32(device.at(n, c, h, w))) - static_cast<double>(expected);
    ASSERT_LE(std::abs(difference), 2 * rounding<T>() * std::abs(static_cast<double>(expected)) +
                                        error * largest + (sizeof(T) == 2 ? kSmallest : 0))
        << n << " " << c << " " << h << " " << w;
  });
}

template <class T>
class OpsParity : public DeviceTest {
 protected:
  Operand<T> normal(const ActivationShape& s, float deviation = 1) {
    return {s, [&] { return normal_map(random_, s.channels, s.h, s.w, deviation); }};
  }
  Operand<T> positive(const ActivationShape& s, float deviation = 1) {
    return {s, [&] { return rectified(normal_map(random_, s.channels, s.h, s.w, deviation)); }};
  }
  Operand<T> integers(const ActivationShape& s) {
    return {s, [&] { return integer_map(random_, s.channels, s.h, s.w, 2); }};
  }

  std::mt19937 random_{1};
  Stream device_;
};

using Types = testing::Types<float, f16, bf16>;

struct TypeName {
  template <class T>
  static std::string GetName(int) {
    return name_of(DTypeOf<T>::value);
  }
};
TYPED_TEST_SUITE(OpsParity, Types, TypeName);

std::vector<PoolCase> nhwc_pool_cases() {
  std::vector<PoolCase> cases = pool_cases();
  for (PoolCase& c : cases) c.layout = Layout::nhwc;
  return cases;
}

TYPED_TEST(OpsParity, MaxPool) {
  for (const PoolCase& c : nhwc_pool_cases()) {
    SCOPED_TRACE(c.name);
    for (const bool ties : {true, false}) {
      auto x = ties ? this->integers(c.input()) : this->normal(c.input());
      Operand<TypeParam> y(c.output());
      ArgmaxBuffer argmax(c.output());
      const DeviceArray<std::uint8_t> device_argmax(argmax.bytes());
      cpu::max_pool_fprop({}, {x.host.tensor(), y.host.tensor(), argmax.view(), c.window()});
      cuda::max_pool_fprop(this->device_, {x.device->tensor(), y.device->tensor(),
                                           argmax.view_in(device_argmax.data()), c.window()});
      expect_equal(y);
      EXPECT_EQ(device_argmax.values(), argmax.bytes());

      auto dy = this->normal(c.output());
      for (const bool accumulate : {false, true}) {
        for (const bool mask : {false, true}) {
          auto dx = this->normal(c.input());
          cpu::max_pool_bprop({}, {dy.host.tensor(), dx.host.tensor(), argmax.chosen(), c.window(),
                                   accumulate, mask ? x.host.tensor() : Tensor{}});
          cuda::max_pool_bprop(this->device_, {dy.device->tensor(), dx.device->tensor(),
                                               ArgmaxBuffer::as_const(argmax.view_in(device_argmax.data())),
                                               c.window(), accumulate, mask ? x.device->tensor() : Tensor{}});
          expect_equal(dx);
        }
      }
    }
  }
}

TYPED_TEST(OpsParity, MaxPoolOfMapsThatFillTheDevice) {
  // Large enough for the tiles that a batch is pooled with.
  for (const PoolCase& c : {PoolCase{"s1", 2, 64, 130, 129, 1, Padding::tf_same, Layout::nhwc},
                            PoolCase{"s2", 2, 64, 261, 258, 2, Padding::tf_same, Layout::nhwc}}) {
    SCOPED_TRACE(c.name);
    auto x = this->integers(c.input());
    Operand<TypeParam> y(c.output());
    ArgmaxBuffer argmax(c.output());
    const DeviceArray<std::uint8_t> device_argmax(argmax.bytes());
    cpu::max_pool_fprop({}, {x.host.tensor(), y.host.tensor(), argmax.view(), c.window()});
    cuda::max_pool_fprop(this->device_, {x.device->tensor(), y.device->tensor(),
                                         argmax.view_in(device_argmax.data()), c.window()});
    expect_equal(y);
    EXPECT_EQ(device_argmax.values(), argmax.bytes());
    auto dy = this->normal(c.output());
    auto dx = this->normal(c.input());
    cpu::max_pool_bprop(
        {}, {dy.host.tensor(), dx.host.tensor(), argmax.chosen(), c.window(), true, x.host.tensor()});
    cuda::max_pool_bprop(this->device_, {dy.device->tensor(), dx.device->tensor(),
                                         ArgmaxBuffer::as_const(argmax.view_in(device_argmax.data())),
                                         c.window(), true, x.device->tensor()});
    expect_equal(dx);
  }
}

TYPED_TEST(OpsParity, SmoothedPool) {
  for (const PoolCase& c : nhwc_pool_cases()) {
    SCOPED_TRACE(c.name);
    auto x = this->normal(c.input());
    auto dy = this->normal(c.output());
    for (const PoolGradient rule : {PoolGradient::average, PoolGradient::l2}) {
      for (const bool accumulate : {false, true}) {
        for (const bool mask : {false, true}) {
          auto dx = this->normal(c.input());
          cpu::smoothed_pool_bprop({}, {x.host.tensor(), dy.host.tensor(), dx.host.tensor(), c.window(), rule,
                                        accumulate, mask ? x.host.tensor() : Tensor{}});
          cuda::smoothed_pool_bprop(
              this->device_, {x.device->tensor(), dy.device->tensor(), dx.device->tensor(), c.window(), rule,
                              accumulate, mask ? x.device->tensor() : Tensor{}});
          // Nine windows of some fifteen roundings each, with and without contraction.
          expect_close(dx, 2 * 9 * 15 * kEpsilon);
        }
      }
    }
  }
}

TYPED_TEST(OpsParity, ReluMask) {
  for (const ActivationShape& gradient_shape :
       {ActivationShape{1, 8, 1, 1, Layout::nhwc}, ActivationShape{3, 208, 7, 5, Layout::nhwc},
        ActivationShape{2, 24, 9, 4, Layout::nhwc, {1, 2}}}) {
    ActivationShape y_shape = gradient_shape;
    std::swap(y_shape.surround.before, y_shape.surround.after);
    auto gradient = this->normal(gradient_shape);
    auto y = this->positive(y_shape);
    cpu::relu_mask({}, {gradient.host.tensor(), y.host.tensor()});
    cuda::relu_mask(this->device_, {gradient.device->tensor(), y.device->tensor()});
    expect_equal(gradient);
  }
}

TYPED_TEST(OpsParity, ReluAndASumOfGradients) {
  for (const ActivationShape& x_shape :
       {ActivationShape{1, 8, 1, 1, Layout::nhwc}, ActivationShape{3, 208, 7, 5, Layout::nhwc},
        ActivationShape{2, 24, 9, 4, Layout::nhwc, {1, 2}}}) {
    ActivationShape y_shape = x_shape;
    std::swap(y_shape.surround.before, y_shape.surround.after);
    auto x = this->normal(x_shape);
    Operand<TypeParam> y(y_shape);
    cpu::relu_fprop({}, {x.host.tensor(), y.host.tensor()});
    cuda::relu_fprop(this->device_, {x.device->tensor(), y.device->tensor()});
    expect_equal(y);

    auto sum = this->normal(y_shape);
    cpu::add_gradient({}, {x.host.tensor(), sum.host.tensor()});
    cuda::add_gradient(this->device_, {x.device->tensor(), sum.device->tensor()});
    expect_equal(sum);
  }
}

TYPED_TEST(OpsParity, LocalResponseNormalisation) {
  for (const LrnConstants& constants :
       {LrnConstants{2, 2e-5F, 0.75F, 1}, LrnConstants{5, 1e-4F, 0.5F, 2}, LrnConstants{4, 1e-4F, 0.5F, 1},
        LrnConstants{2, 0.3F, 0.5F, 1}, LrnConstants{5, 0.3F, 0.75F, 0.5F}, LrnConstants{1, 0.3F, 0.75F, 1},
        LrnConstants{3, 0.3F, 0.5F, 2}}) {
    const float deviation = constants.alpha > 0.01F ? 1.0F : 100.0F;
    for (const ActivationShape& shape :
         {ActivationShape{1, 8, 1, 3, Layout::nhwc}, ActivationShape{2, 192, 7, 5, Layout::nhwc},
          ActivationShape{3, 24, 4, 3, Layout::nhwc, {2, 1}}}) {
      auto x = this->positive(shape, deviation);
      auto dy = this->normal(shape);
      Operand<TypeParam> y(shape);
      cpu::lrn_fprop({}, {x.host.tensor(), y.host.tensor(), constants});
      cuda::lrn_fprop(this->device_, {x.device->tensor(), y.device->tensor(), constants});
      expect_close(y, 20 * kEpsilon);
      for (const bool mask : {false, true}) {
        Operand<TypeParam> dx(shape);
        cpu::lrn_bprop({}, {x.host.tensor(), dy.host.tensor(), dx.host.tensor(), constants,
                            mask ? x.host.tensor() : Tensor{}});
        cuda::lrn_bprop(this->device_, {x.device->tensor(), dy.device->tensor(), dx.device->tensor(),
                                        constants, mask ? x.device->tensor() : Tensor{}});
        expect_close(dx, 40 * kEpsilon);
      }
    }
  }
}

TYPED_TEST(OpsParity, GlobalAveragePool) {
  for (const ActivationShape& shape :
       {ActivationShape{2, 8, 1, 1, Layout::nhwc}, ActivationShape{2, 208, 7, 7, Layout::nhwc},
        ActivationShape{3, 24, 5, 8, Layout::nhwc, {1, 2}}}) {
    auto x = this->positive(shape);
    const ActivationShape pooled{shape.n, shape.channels, 1, 1, Layout::nhwc, {0, 1}};
    Operand<TypeParam> y(pooled);
    cpu::global_average_pool_fprop({}, {x.host.tensor(), y.host.tensor()});
    cuda::global_average_pool_fprop(this->device_, {x.device->tensor(), y.device->tensor()});
    expect_close(y, 49 * kEpsilon);  // At most 49 pixels, added up in another order.
    auto dy = this->normal(pooled);
    for (const bool mask : {false, true}) {
      Operand<TypeParam> dx(shape);
      cpu::global_average_pool_bprop({},
                                     {dy.host.tensor(), dx.host.tensor(), mask ? x.host.tensor() : Tensor{}});
      cuda::global_average_pool_bprop(
          this->device_, {dy.device->tensor(), dx.device->tensor(), mask ? x.device->tensor() : Tensor{}});
      expect_equal(dx);
    }
  }
}

TYPED_TEST(OpsParity, Softmax) {
  for (const int classes : {1, 5, 8, 70, 1000, 1008}) {
    SCOPED_TRACE(classes);
    const ActivationShape shape{3, round_up_to_group(classes), 1, 1, Layout::nhwc, {1, 0}};
    auto x = this->normal(shape, 4);
    Operand<TypeParam> y(shape);
    cpu::softmax_fprop({}, {x.host.tensor(), y.host.tensor(), classes});
    cuda::softmax_fprop(this->device_, {x.device->tensor(), y.device->tensor(), classes});
    expect_close(y, 8 * kEpsilon);  // Exponentials are good to two units.
    auto values = this->positive(shape);
    auto dy = this->normal(shape);
    Operand<TypeParam> dx(shape);
    cpu::softmax_bprop({}, {values.host.tensor(), dy.host.tensor(), dx.host.tensor()});
    cuda::softmax_bprop(this->device_, {values.device->tensor(), dy.device->tensor(), dx.device->tensor()});
    expect_close(dx, 2 * kEpsilon);
  }
}

TYPED_TEST(OpsParity, ObjectiveSeed) {
  for (const ActivationShape& s :
       {ActivationShape{6, 208, 1, 1, Layout::nhwc}, ActivationShape{6, 24, 7, 5, Layout::nhwc, {2, 1}},
        ActivationShape{6, 64, 29, 31, Layout::nhwc}}) {
    const std::vector<SlotTerm> terms = {
        {TermKind::channel, 0, 0, 0, s.channels, 1},
        {TermKind::channel, s.channels - 1, s.h - 1, s.w / 2, s.channels, -0.5F, 1, 1},
        {TermKind::none},
        {TermKind::layer, 0, 0, 0, s.channels - 3, 2},
        {TermKind::channel, s.channels - 3, 0, 0, s.channels, -1.25F},
        {TermKind::channel, 5, 0, 0, s.channels, 3, 1, 1},
    };
    const DeviceArray<SlotTerm> device_terms(terms);
    auto map = this->normal(s);
    for (const bool accumulate : {false, true}) {
      std::vector<double> values(terms.size(), 3);
      const DeviceArray<double> device_values(values);
      Operand<TypeParam> gradient(s);
      const float scale = accumulate ? 1024 : 1;
      cpu::objective_seed(
          {}, {map.host.tensor(), gradient.host.tensor(), terms.data(), values.data(), accumulate, scale});
      cuda::objective_seed(this->device_, {map.device->tensor(), gradient.device->tensor(),
                                           device_terms.data(), device_values.data(), accumulate, scale});
      expect_equal(gradient);
      const std::vector<double> actual = device_values.values();
      // Sums of up to 60,000 numbers of size one, in double precision and another order.
      for (std::size_t n = 0; n < terms.size(); ++n) EXPECT_NEAR(actual[n], values[n], 1e-10) << n;
    }
  }
}

TYPED_TEST(OpsParity, ObjectiveSeedAlongVectorsAndWithOtherImages) {
  for (const ActivationShape& s :
       {ActivationShape{5, 208, 1, 1, Layout::nhwc}, ActivationShape{5, 24, 7, 5, Layout::nhwc, {2, 1}},
        ActivationShape{5, 64, 29, 31, Layout::nhwc}}) {
    const std::vector<float> vectors =
        random_values(static_cast<std::size_t>(s.channels * s.h * s.w), -1, 2, 3);
    const DeviceArray<float> device_vectors(vectors);
    std::vector<SlotTerm> terms;
    for (int n = 0; n < s.n; ++n) {
      SlotTerm term;
      term.channels = s.channels;
      term.y = s.h / 2;
      term.x = s.w / 3;
      term.reference = (n + 1) % s.n;
      term.group_first = n % 2;
      term.group_count = (s.n - term.group_first + 1) / 2;
      term.group_stride = 2;
      term.vector = vectors.data();
      struct Read {
        TermKind kind;
        int box_h = 0, box_w = 0;
      };
      for (const Read& read : {Read{TermKind::direction}, Read{TermKind::direction, 1, 1},
                               Read{TermKind::patch, s.h - term.y, s.w - term.x}, Read{TermKind::cosine},
                               Read{TermKind::match}, Read{TermKind::align}}) {
        for (const float power : {0.0F, 2.0F}) {
          term.kind = read.kind;
          term.box_h = read.box_h;
          term.box_w = read.box_w;
          term.cosine_power = power;
          term.column = read.kind == TermKind::patch && power == 0 ? 1 : 0;
          terms.push_back(term);
        }
      }
    }
    std::vector<SlotTerm> own = terms;
    for (SlotTerm& term : own) term.vector = device_vectors.data();
    const DeviceArray<SlotTerm> device_terms(own);
    const int per_image = static_cast<int>(terms.size()) / s.n;
    auto map = this->normal(s);
    for (const bool accumulate : {false, true}) {
      std::vector<double> values(static_cast<std::size_t>(s.n * 3), 3);
      const DeviceArray<double> device_values(values);
      Operand<TypeParam> gradient(s);
      cpu::objective_seed({}, {map.host.tensor(), gradient.host.tensor(), terms.data(), values.data(),
                               accumulate, 1, per_image, 3});
      cuda::objective_seed(this->device_,
                           {map.device->tensor(), gradient.device->tensor(), device_terms.data(),
                            device_values.data(), accumulate, 1, per_image, 3});
      expect_close(gradient, 16 * kEpsilon);  // Ten terms are added.
      const std::vector<double> actual = device_values.values();
      for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(actual[i], values[i], 1e-10) << i;
    }
  }
}

TYPED_TEST(OpsParity, CaricatureSeed) {
  for (const ActivationShape& s :
       {ActivationShape{3, 208, 1, 1, Layout::nhwc}, ActivationShape{3, 24, 7, 5, Layout::nhwc, {2, 1}},
        ActivationShape{3, 64, 29, 31, Layout::nhwc}}) {
    std::vector<SlotTerm> terms;
    for (int n = 0; n < s.n; ++n) {
      for (int i = 0; i < 3; ++i) {  // Another term, one with a gradient, and one that is watched.
        SlotTerm term;
        term.kind = i == 0 ? TermKind::channel : TermKind::caricature;
        term.reference = (n + i) % s.n;
        term.cosine_power = static_cast<float>(i);
        term.column = i / 2;
        term.weight = 1.0F / 1024;
        terms.push_back(term);
      }
    }
    const DeviceArray<SlotTerm> device_terms(terms);
    std::vector<double> scratch(caricature_scratch(s.n, 3)), values(static_cast<std::size_t>(s.n * 2), 3);
    const DeviceArray<double> device_scratch(scratch), device_values(values);
    auto map = this->positive(s);  // Cosines of about 0.3.
    auto gradient = this->normal(s);
    cpu::caricature_seed({}, {map.host.tensor(), gradient.host.tensor(), terms.data(), values.data(),
                              scratch.data(), 1024, 3, 2});
    cuda::caricature_seed(this->device_,
                          {map.device->tensor(), gradient.device->tensor(), device_terms.data(),
                           device_values.data(), device_scratch.data(), 1024, 3, 2});
    expect_close(gradient, 8 * kEpsilon);
    const std::vector<double> actual = device_values.values();
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(actual[i], values[i], 1e-10) << i;
  }
}

TYPED_TEST(OpsParity, Gram) {
  for (const ActivationShape& s :
       {ActivationShape{3, 208, 1, 1, Layout::nhwc}, ActivationShape{3, 24, 7, 5, Layout::nhwc, {2, 1}},
        ActivationShape{3, 64, 29, 31, Layout::nhwc}}) {
    const std::size_t elements = static_cast<std::size_t>(s.n * s.channels * s.channels);
    auto map = this->integers(s);
    std::vector<float> gram(elements), slope(elements);
    const DeviceArray<float> device_gram(gram), device_slope(slope);
    cpu::gram({}, {map.host.tensor(), gram.data()});
    cuda::gram(this->device_, {map.device->tensor(), device_gram.data()});
    EXPECT_EQ(device_gram.values(), gram);  // Whole numbers: exact.

    std::vector<GramTerm> terms;
    for (int n = 0; n < s.n; ++n) {
      for (const TermKind kind : {TermKind::style, TermKind::none, TermKind::diversity}) {
        GramTerm term;
        term.kind = kind;
        term.channels = s.channels;
        term.positions = s.h * s.w;
        term.reference = (n + 1) % s.n;
        term.group_count = s.n;
        terms.push_back(term);
      }
      terms.back().column = n == 2 ? 1 : 0;
    }
    std::vector<double> values(static_cast<std::size_t>(s.n * 2), 3), scratch(gram_scratch(s.n, 3));
    const DeviceArray<GramTerm> device_terms(terms);
    const DeviceArray<double> device_values(values), device_scratch(scratch);
    cpu::gram_seed(
        {}, {gram.data(), slope.data(), terms.data(), values.data(), scratch.data(), s.n, s.channels, 3, 2});
    cuda::gram_seed(this->device_, {device_gram.data(), device_slope.data(), device_terms.data(),
                                    device_values.data(), device_scratch.data(), s.n, s.channels, 3, 2});
    const std::vector<double> actual = device_values.values();
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(actual[i], values[i], 1e-11) << i;
    const std::vector<float> device_slopes = device_slope.values();
    double largest = 0;
    for (const float x : slope) largest = std::max(largest, std::abs(static_cast<double>(x)));
    for (std::size_t i = 0; i < elements; ++i) {
      ASSERT_LE(std::abs(static_cast<double>(device_slopes[i]) - static_cast<double>(slope[i])),
                8 * kEpsilon * largest)
          << i;
    }

    // Whole numbers again, and symmetric: the matrices themselves, small enough by a power of two.
    auto gradient = this->integers(s);
    cpu::gram_adjoint({}, {map.host.tensor(), gram.data(), gradient.host.tensor(), 1.0F / 1024});
    cuda::gram_adjoint(this->device_,
                       {map.device->tensor(), device_gram.data(), gradient.device->tensor(), 1.0F / 1024});
    expect_equal(gradient);
  }
}

TYPED_TEST(OpsParity, RuledRelu) {
  using enum ReluGradient;
  // The second map has more groups than the search looks at in its first round.
  const std::vector<std::pair<ActivationShape, ReluGradient>> cases = {
      {{4, 8, 1, 2, Layout::nhwc, {1, 0}}, redirected},
      {{4, 64, 37, 40, Layout::nhwc}, leaky},
      {{4, 16, 9, 7, Layout::nhwc}, unmasked}};
  for (const auto& [s, second] : cases) {
    const std::vector<ReluGradient> rules = {redirected, second, plain, redirected};
    const DeviceArray<ReluGradient> device_rules(rules);
    const DeviceArray<std::int32_t> scratch{std::vector<std::int32_t>(4 * kRuledReluParts, -1)};
    auto y = this->positive(s);
    // Image 0 is active; in 1 and 2 every active unit has gradient zero; in 3 all but the last.
    int image = 0;
    Operand<TypeParam> gradient(s, [&] {
      reference::Map map = normal_map(this->random_, s.channels, s.h, s.w);
      const reference::Map active = y.rounded.map(image);
      for (std::size_t i = 0; i < map.values.size() && image > 0; ++i) {
        if (active.values[i] > 0) map.values[i] = 0;
      }
      ++image;
      return map;
    });
    const auto wake_last = [&](auto& y_element, auto& gradient_element) {
      using T = std::remove_reference_t<decltype(y_element)>;
      y_element = gradient_element = from_f32<T>(1.0F);
    };
    wake_last(y.host.at(3, s.channels - 1, s.h - 1, s.w - 1),
              gradient.host.at(3, s.channels - 1, s.h - 1, s.w - 1));
    wake_last(y.rounded.at(3, s.channels - 1, s.h - 1, s.w - 1),
              gradient.rounded.at(3, s.channels - 1, s.h - 1, s.w - 1));
    y.device = std::make_unique<DeviceActivations<TypeParam>>(y.rounded);
    gradient.device = std::make_unique<DeviceActivations<TypeParam>>(gradient.rounded);
    cpu::ruled_relu({}, {gradient.host.tensor(), y.host.tensor(), rules.data()});
    cuda::ruled_relu(this->device_,
                     {gradient.device->tensor(), y.device->tensor(), device_rules.data(), scratch.data()});
    expect_equal(gradient);
  }
}

}  // namespace
}  // namespace limpid
