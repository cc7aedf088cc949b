// The network's operations on the CUDA device against the CPU's: NHWC in fp32, fp16 and bf16, the same
// operands rounded to the same type.
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/lrn.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/relu.h"
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

TYPED_TEST(OpsParity, LocalResponseNormalisation) {
  for (const LrnConstants& constants : {LrnConstants{2, 2e-5F, 0.75F, 1}, LrnConstants{5, 1e-4F, 0.5F, 2},
                                        LrnConstants{2, 0.3F, 0.5F, 1}, LrnConstants{5, 0.3F, 0.75F, 0.5F}}) {
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
    expect_equal(y);
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

}  // namespace
}  // namespace limpid
