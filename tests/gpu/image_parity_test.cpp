// What the cases of operations do not say of the image side on the CUDA device: drawn views, field by field,
// and FFTs. Both devices work in fp32 on the same operands; they differ where a product and a sum are
// contracted, and in the last bits of logarithms, sines and exponentials.
#include <cmath>
#include <span>
#include <vector>

#include "kernels/fft/fft.h"
#include "tests/gpu/device.h"
#include "tests/image/support.h"
#include "tests/ops/drawn_views.h"

namespace limpid {
namespace {

using namespace test;

using Floats = std::vector<float>;

std::size_t size(int a, int b, int c = 1, int d = 1) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
         static_cast<std::size_t>(d);
}

/// |actual - expected| <= tolerance, element by element; a NaN on either side fails.
void expect_near(std::span<const float> actual, std::span<const float> expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_LE(std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])), tolerance) << i;
  }
}

class ImageParity : public DeviceTest {
 protected:
  Stream device_;
};

TEST_F(ImageParity, DrawAugmentation) {
  const std::vector<AffineMap> expected = affine_maps();
  const DeviceArray<SlotKey> keys(kKeys);
  const DeviceArray<TransformList> lists(kAffineLists);
  const DeviceArray<AffineMap> maps{std::vector<AffineMap>(kImages)};
  cuda::draw_augmentation(device_, draw_maps(keys.data(), lists.data(), maps.data()));
  const std::vector<AffineMap> actual = maps.values();
  for (std::size_t i = 0; i < kImages; ++i) {
    const AffineMap &a = actual[i], &e = expected[i];
    // Sine, cosine, tangent and scale, together at most 2, to a few units; offsets are sums of terms below
    // 256.
    expect_near(Floats{a.xx, a.xy, a.yx, a.yy}, Floats{e.xx, e.xy, e.yx, e.yy}, 2 * 8 * kEpsilon);
    expect_near(Floats{a.x0, a.y0}, Floats{e.x0, e.y0}, 256 * 8 * kEpsilon);
  }
  EXPECT_EQ(actual[1].xx, 1.0F);  // The view without jitter, scale and rotation is exact.
  EXPECT_EQ(actual[1].xy, 0.0F);
}

TEST_F(ImageParity, DrawAugmentationOfWholeViews) {
  Floats expected_blur;
  const std::vector<View> expected = drawn_views(expected_blur);
  const DeviceArray<SlotKey> keys(kKeys);
  const DeviceArray<TransformList> lists(kViewLists);
  const DeviceArray<View> views{std::vector<View>(expected.size())};
  const DeviceArray<float> blur(Floats(kImages, -1));
  cuda::draw_augmentation(device_, draw_views(keys.data(), lists.data(), views.data(), blur.data()));
  const std::vector<View> actual = views.values();
  expect_near(blur.values(), expected_blur, 4 * 2 * kEpsilon);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const View &a = actual[i], &e = expected[i];
    const ProjectiveMap &m = a.map, &n = e.map;
    // As above; the product of three matrices adds some twenty roundings of terms below 256.
    expect_near(Floats{m.xx, m.xy, m.yx, m.yy}, Floats{n.xx, n.xy, n.yx, n.yy}, 2 * 40 * kEpsilon);
    expect_near(Floats{m.x0, m.y0}, Floats{n.x0, n.y0}, 256 * 40 * kEpsilon);
    expect_near(Floats{m.dx, m.dy, m.d0}, Floats{n.dx, n.dy, n.d0}, 40 * kEpsilon);
    expect_near(std::span(a.colour), std::span(e.colour), 4 * 20 * kEpsilon);
    expect_near(std::span(a.offset), std::span(e.offset), 4 * 20 * kEpsilon);
    EXPECT_EQ(a.noise, e.noise);
    EXPECT_EQ(a.draw, e.draw);
    EXPECT_EQ(a.key.seed, e.key.seed);
    EXPECT_EQ(a.key.step, e.key.step);
  }
}

TEST_F(ImageParity, FftAndItsAdjoint) {
  for (const FftShape& shape : {FftShape{3, 224, 224}, FftShape{6, 15, 21}, FftShape{3, 8, 9},
                                FftShape{2, 1, 1}, FftShape{1, 97, 64}}) {
    SCOPED_TRACE(::testing::Message() << shape.planes << " x " << shape.h << " x " << shape.w);
    const Floats spectrum = random_values(2 * size(shape.planes, shape.h, shape.columns()), -1, 1, 11);
    const Floats dsignal = random_values(size(shape.planes, shape.h, shape.w), -1, 1, 12);
    Floats host_spectrum = spectrum, signal(dsignal.size()), dspectrum(spectrum.size());
    const DeviceArray<float> d_spectrum(spectrum), d_dsignal(dsignal), d_signal(signal),
        d_dspectrum(dspectrum);

    const auto host = cpu::make_fft_plan(shape);
    const auto device = cuda::make_fft_plan(shape);
    host->inverse({}, host_spectrum.data(), signal.data());
    device->inverse(device_, d_spectrum.data(), d_signal.data());
    host->inverse_adjoint({}, dsignal.data(), dspectrum.data());
    device->inverse_adjoint(device_, d_dsignal.data(), d_dspectrum.data());

    // Relative to the norm, an FFT's error grows with the logarithm of its length.
    const double stages = std::log2(static_cast<double>(shape.h) * shape.w) + 1;
    const auto expect_same = [&](Floats actual, const Floats& expected) {
      const double scale = norm(expected);
      for (std::size_t i = 0; i < actual.size(); ++i) actual[i] -= expected[i];
      EXPECT_LE(norm(actual), 4 * stages * kEpsilon * scale);
    };
    expect_same(d_signal.values(), signal);
    expect_same(d_dspectrum.values(), dspectrum);
  }
}

}  // namespace
}  // namespace limpid
