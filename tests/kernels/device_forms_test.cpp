// The forms of a body that only a GPU runs, on the CPU: they must give what the CPU's own forms give, bit for
// bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/ops/global_average_pool.body.h"
#include "kernels/ops/gram.body.h"
#include "kernels/ops/lrn.body.h"
#include "kernels/ops/max_pool.body.h"
#include "kernels/ops/max_pool_tile.body.h"
#include "kernels/ops/objective_seed.body.h"
#include "tests/image/support.h"
#include "tests/kernels/pool_support.h"
#include "tests/kernels/terms_of_table.h"

namespace limpid {
namespace {

using namespace test;

template <class T>
class DeviceForms : public ::testing::Test {
 protected:
  using Buffer = BasicActivations<T>;

  Buffer normal(const ActivationShape& s, float deviation = 1) {
    Buffer buffer(s);
    for (int n = 0; n < s.n; ++n) buffer.set(n, normal_map(random_, s.channels, s.h, s.w, deviation));
    return buffer;
  }

  /// Small integers, so that ties are many, and now and then a NaN or an infinity.
  Buffer ties(const ActivationShape& s) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    std::uniform_int_distribution<int> draw(-3, 120);
    Buffer buffer(s);
    buffer.for_each([&](T& element, int, int, int, int) {
      const int value = draw(random_);
      element = from_f32<T>(value == 120   ? std::numeric_limits<float>::quiet_NaN()
                            : value == 119 ? kInfinity
                            : value > 100  ? -kInfinity
                                           : static_cast<float>(value % 4));
    });
    return buffer;
  }

  /// Equal bits, but a NaN is as good as another.
  static void expect_same(Buffer& actual, Buffer& expected) {
    EXPECT_TRUE(actual.surroundings_intact());
    expected.for_each([&](const T& e, int n, int c, int h, int w) {
      const T a = actual.at(n, c, h, w);
      const bool both_nan = std::isnan(to_f32(e)) && std::isnan(to_f32(a));
      ASSERT_TRUE(both_nan || same_element(a, e))
          << to_f32(a) << " " << to_f32(e) << " at " << n << " " << c << " " << h << " " << w;
    });
  }

  template <class Body>
  static void for_each(const ActivationShape& s, int h, int w, const Body& body) {
    for (int n = 0; n < s.n; ++n) {
      for (int g = 0; g < s.channels / kGroup; ++g) {
        for (int y = 0; y < h; ++y) {
          for (int x = 0; x < w; ++x) body(n, g, y, x);
        }
      }
    }
  }

  template <int Stride, int Rows, int Size = 3>
  void expect_fprop(const PoolCase& c) {
    SCOPED_TRACE(c.name + ", rows " + std::to_string(Rows));
    Buffer x = ties(c.input()), plain(c.output()), tiled(c.output());
    ArgmaxBuffer plain_argmax(c.output()), tiled_argmax(c.output());
    const auto input = x.tensor().template as<const T>();
    const MaxPoolFpropBody<T, Stride, Size> body{input, plain.view(), plain_argmax.view(),
                                                 c.window().before_h, c.window().before_w};
    const MaxPoolFpropTile<MapSource<T>, Stride, Rows, Size> tile{
        {input}, tiled.view(), tiled_argmax.view(), c.window().before_h, c.window().before_w};
    for_each(c.output(), c.output().h, c.output().w, body);
    for_each(c.output(), tile.tiles(c.output().h), c.output().w, tile);
    expect_same(tiled, plain);
    EXPECT_EQ(tiled_argmax.bytes(), plain_argmax.bytes());
  }

  template <int Stride, int Rows, int Columns, int Size = 3>
  void expect_bprop(const PoolCase& c) {
    SCOPED_TRACE(c.name + ", tile " + std::to_string(Rows) + " x " + std::to_string(Columns));
    Buffer dy = ties(c.output()), x = ties(c.input());
    ArgmaxBuffer argmax(c.output());
    constexpr std::uint8_t kAllBits = kTapBits | kNotPositive;
    std::uniform_int_distribution<int> tap(0, Size * Size - 1), positive(0, 1);
    const auto chosen = argmax.view();
    for_each(c.output(), c.output().h, c.output().w, [&](int n, int g, int p, int q) {
      for (int i = 0; i < kGroup; ++i)
        chosen.at(n, g, p, q)[i] =
            static_cast<std::uint8_t>(tap(random_) | (positive(random_) ? 0 : kNotPositive));
    });
    for (const bool accumulate : {false, true}) {
      for (const auto& [mask, bits] :
           {std::pair{false, kTapBits}, std::pair{true, kTapBits}, std::pair{false, kAllBits}}) {
        Buffer plain = normal(c.input()), tiled = plain;
        const auto gradient = dy.tensor().template as<const T>();
        const auto output = mask ? x.tensor().template as<const T>() : GroupView<const T>{};
        const MaxPoolBpropBody<T, Stride, Size> body{
            gradient,   plain.view(), argmax.chosen(), output, c.window().before_h, c.window().before_w,
            accumulate, bits};
        const MaxPoolBpropTile<T, Stride, Rows, Columns, Size> tile{
            gradient,   tiled.view(), argmax.chosen(), output, c.window().before_h, c.window().before_w,
            accumulate, bits};
        for_each(c.input(), c.h, c.w, body);
        for_each(c.input(), tile.tiles_h(), tile.tiles_w(), tile);
        expect_same(tiled, plain);
      }
    }
  }

  template <int Radius, int Quarters>
  void expect_lrn(const ActivationShape& s) {
    const LrnConstants constants{Radius, 0.1F, Quarters / 4.0F, 1};
    Buffer x = normal(s), dy = normal(s);
    const auto input = x.tensor().template as<const T>(), gradient = dy.tensor().template as<const T>();
    Buffer pixels(s), groups(s);
    const LrnFpropBody<T, Radius, Quarters> by_pixel{input, pixels.view(), constants};
    const LrnFpropBody<T, Radius, Quarters> by_group{input, groups.view(), constants};
    for_each({s.n, kGroup}, s.h, s.w, [&](int n, int, int h, int w) { by_pixel(n, h, w); });
    for_each(s, s.h, s.w, by_group);
    expect_same(groups, pixels);
    for (const bool mask : {false, true}) {
      Buffer dx_pixels(s), dx_groups(s);
      const auto output = mask ? input : GroupView<const T>{};
      const LrnBpropBody<T, Radius, Quarters> back_by_pixel{input,  gradient,  dx_pixels.view(),
                                                            output, constants, false};
      const LrnBpropBody<T, Radius, Quarters> back_by_group{input,  gradient,  dx_groups.view(),
                                                            output, constants, false};
      for_each({s.n, kGroup}, s.h, s.w, [&](int n, int, int h, int w) { back_by_pixel(n, h, w); });
      for_each(s, s.h, s.w, [&](int n, int g, int h, int w) {
        const auto value = [&](int i) {
          const bool exists = i >= 0 && i < s.channels / kGroup;
          return exists ? back_by_group.term_at(n, i, h, w).value : splat(0.0F);
        };
        back_by_group.write(n, g, h, w, back_by_group.term_at(n, g, h, w).power,
                            {value(g - 1), value(g), value(g + 1)});
      });
      expect_same(dx_groups, dx_pixels);
    }
  }

  std::mt19937 random_{1};
};

struct TypeName {
  template <class T>
  static std::string GetName(int) {
    return name_of(DTypeOf<T>::value);
  }
};
using Types = ::testing::Types<float, f16, bf16>;
TYPED_TEST_SUITE(DeviceForms, Types, TypeName);

TYPED_TEST(DeviceForms, TiledMaxPoolIsThePlainOne) {
  std::vector<PoolCase> cases = pool_cases();
  cases.push_back({"s1_inner", 2, 8, 11, 12, 1, Padding::symmetric});
  cases.push_back({"s2_inner", 2, 8, 19, 18, 2, Padding::tf_same});
  for (const PoolCase& c : cases) {
    if (c.size == 2) {
      this->template expect_fprop<2, 1, 2>(c);
      this->template expect_fprop<2, 2, 2>(c);
      this->template expect_bprop<2, 2, 2, 2>(c);
    } else if (c.stride == 1) {
      this->template expect_fprop<1, 1>(c);
      this->template expect_fprop<1, 4>(c);
      this->template expect_bprop<1, 1, 1>(c);
      this->template expect_bprop<1, 4, 1>(c);
    } else {
      this->template expect_fprop<2, 1>(c);
      this->template expect_fprop<2, 2>(c);
      this->template expect_bprop<2, 2, 2>(c);
    }
  }
}

TYPED_TEST(DeviceForms, LrnByGroupIsLrnByPixel) {
  for (const ActivationShape& s :
       {ActivationShape{2, 8, 2, 1}, ActivationShape{1, 16, 1, 3, Layout::nhwc, {1, 2}},
        ActivationShape{1, 24, 2, 2}, ActivationShape{2, 64, 3, 2, Layout::nhwc}}) {
    this->template expect_lrn<2, 2>(s);
    this->template expect_lrn<2, 3>(s);
    this->template expect_lrn<5, 2>(s);
    this->template expect_lrn<5, 3>(s);
  }
}

/// Whole numbers, which every type has: products and their sums are those of fp32.
TYPED_TEST(DeviceForms, GramsAndTheirAdjointsAreThoseOfFp32) {
  using T = TypeParam;
  std::mt19937 random(4);
  for (const Layout layout : {Layout::nchw8c, Layout::nhwc}) {
    const ActivationShape s{2, 24, 3, 5, layout, {1, 0}};
    Batch map = integer_batch(random, s, 2), gradient = integer_batch(random, s, 2);
    BasicActivations<T> narrow(s), narrow_gradient(s);
    for (int n = 0; n < s.n; ++n) {
      narrow.set(n, map.maps[static_cast<std::size_t>(n)]);
      narrow_gradient.set(n, gradient.maps[static_cast<std::size_t>(n)]);
    }
    const int groups = s.channels / kGroup;
    std::vector<float> half(static_cast<std::size_t>(s.n * s.channels * s.channels)), whole(half.size());
    cpu::gram({}, {map.activations.tensor(), half.data()});
    const GramBody<T> body{narrow.tensor().template as<const T>(), whole.data()};
    for (int i = 0; i < s.n * groups * groups; ++i) {
      const int n = i / groups / groups, a = i / groups % groups, b = i % groups;
      body.store(n, a, b, body.tile(n, a, b));
    }
    EXPECT_EQ(whole, half);

    cpu::gram_adjoint({}, {map.activations.tensor(), half.data(), gradient.activations.tensor(), 0.125F});
    const GramAdjointBody<T> adjoint{narrow.tensor().template as<const T>(), narrow_gradient.view(), 0.125F};
    const std::int64_t channels = s.channels;
    for (int n = 0; n < s.n; ++n) {
      for (int a = 0; a < groups; ++a) {
        const float* column = whole.data() + n * channels * channels + a * kGroup;
        for (int tile = 0; tile < adjoint.tiles(); ++tile)
          adjoint.add(n, a, tile, {column, channels, 0, groups});
      }
    }
    gradient.activations.for_each([&](float expected, int n, int c, int h, int w) {
      ASSERT_TRUE(same_element(narrow_gradient.at(n, c, h, w), from_f32<T>(expected)));
    });
    EXPECT_TRUE(narrow_gradient.surroundings_intact());
  }
}

TYPED_TEST(DeviceForms, ObjectivesReadEveryTypeAsFp32) {
  using T = TypeParam;
  std::mt19937 random(5);
  const ActivationShape s{2, 24, 3, 5, Layout::nhwc, {1, 0}};
  Batch map = integer_batch(random, s, 2);
  BasicActivations<T> narrow(s);
  for (int n = 0; n < s.n; ++n) narrow.set(n, map.maps[static_cast<std::size_t>(n)]);
  const SeedMap<float> wide{map.activations.tensor().as<const float>()};
  const SeedMap<T> own{narrow.tensor().template as<const T>()};
  const std::vector<float> vectors = random_values(24 * 15, -1, 2, 6);
  SlotTerm given{TermKind::none, 3, 1, 2, 24, 2};
  given.vector = vectors.data();
  given.reference = 1;
  given.group_count = 2;
  for (const SlotTerm& term : seed_terms(given, s.h, s.w, {0, 1.5F})) {
    SCOPED_TRACE(row_of(term.kind).example);
    if (needs_position(term)) {
      const PairTerm a = own.at_position(term, 0, 1, 2), b = wide.at_position(term, 0, 1, 2);
      EXPECT_EQ(a.value, b.value);
      EXPECT_EQ(a.of_a, b.of_a);
      EXPECT_EQ(a.of_b, b.of_b);
      continue;
    }
    for (int g = 0; g < 3; ++g) {
      ASSERT_EQ(own.part(term, 0, g, 1, 2), wide.part(term, 0, g, 1, 2));
      const Group a = own.slope(term, 0, g, 1, 2), b = wide.slope(term, 0, g, 1, 2);
      for (int i = 0; i < kGroup; ++i) ASSERT_EQ(a[i], b[i]);
    }
  }
}

TEST(DeviceFormsOfPools, SharesOfAnAverageAddUpToIt) {
  std::mt19937 random(2);
  const ActivationShape shape{2, 16, 5, 7};
  Batch x = integer_batch(random, shape, 100);  // Sums are exact in whatever order.
  Activations y({2, 16, 1, 1}), in_shares({2, 16, 1, 1});
  const auto input = x.activations.tensor().as<const float>();
  const GlobalAveragePoolFpropBody<float> whole{input, y.view()}, shared{input, in_shares.view()};
  for (int n = 0; n < 2; ++n) {
    for (int g = 0; g < 2; ++g) {
      whole(n, g, 0, 0);
      Group sum = splat(0.0F);
      for (int share = 0; share < 8; ++share) sum = sum + shared.sum(n, g, share, 8);
      shared.write(n, g, sum);
    }
  }
  EXPECT_EQ(in_shares.values(), y.values());
}

}  // namespace
}  // namespace limpid
