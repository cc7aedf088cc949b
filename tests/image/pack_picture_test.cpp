#include "kernels/ops/pack_picture.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;

template <class T>
class PackPicture : public ::testing::Test {};
struct TypeName {
  template <class T>
  static std::string GetName(int) {
    return name_of(DTypeOf<T>::value);
  }
};
using Types = ::testing::Types<float, f16, bf16>;
TYPED_TEST_SUITE(PackPicture, Types, TypeName);

TYPED_TEST(PackPicture, RoundsAndBringsBack) {
  constexpr int kN = 2, kH = 5, kW = 7;
  for (const int channels : {1, 3, 8}) {
    for (const Layout layout : {Layout::nhwc, Layout::nchw8c}) {
      const auto count = static_cast<std::size_t>(kN * channels * kH * kW);
      const std::vector<float> picture = random_values(count, -120, 150, 1);
      BasicActivations<TypeParam> grouped({kN, 8, kH, kW, layout, {1, 0}});
      cpu::pack_picture(threads(2), {{picture.data(), kN, channels, kH, kW}, grouped.tensor()});
      EXPECT_TRUE(grouped.surroundings_intact());

      FencedBuffer back(count);
      const Planar<float> planar{back.data(), kN, channels, kH, kW};
      cpu::unpack_picture(threads(2), {grouped.tensor(), planar, 0.25F});
      EXPECT_TRUE(back.intact());
      grouped.for_each([&](TypeParam element, int n, int c, int h, int w) {
        if (c >= channels) {
          ASSERT_EQ(to_f32(element), 0.0F);
          return;
        }
        const std::ptrdiff_t i = planar.plane(n, c) - back.data() + h * kW + w;
        ASSERT_TRUE(same_element(element, from_f32<TypeParam>(picture[static_cast<std::size_t>(i)])));
        ASSERT_EQ(planar.data[i], 0.25F * to_f32(element));
      });
    }
  }
}

}  // namespace
}  // namespace limpid
