// The image side's operations on the CUDA device against the CPU's. Both work in fp32 on the same operands;
// they differ where a product and a sum are contracted, and in the last bits of logarithms, sines and
// exponentials.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "kernels/fft/fft.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/backdrop.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gaussian_blur.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/nearest_turn.h"
#include "kernels/ops/pack_picture.h"
#include "kernels/ops/parameter_update.h"
#include "kernels/ops/pyramid_sum.h"
#include "kernels/ops/resample.h"
#include "kernels/ops/shared_levels.h"
#include "kernels/ops/spectrum_scale.h"
#include "kernels/ops/strided_copy.h"
#include "kernels/ops/view_warp.h"
#include "kernels/ops/warp.h"
#include "tests/gpu/device.h"
#include "tests/image/support.h"
#include "tests/image/transform_lists.h"

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

const std::vector<SlotKey> kKeys = {{1, 0, 0}, {1, 5, 40}, {0x123456789abcdefULL, 2, 1999}};
constexpr int kImages = 3;

TEST_F(ImageParity, InitialiseParameters) {
  constexpr std::int64_t kCount = 5001;
  const Floats start(static_cast<std::size_t>(kImages * kCount), -1);
  Floats host = start;
  const DeviceArray<float> values(start);
  const DeviceArray<SlotKey> keys(kKeys);
  cpu::initialise_parameters({}, {host.data(), kKeys.data(), kImages, kCount, 0.01F});
  cuda::initialise_parameters(device_, {values.data(), keys.data(), kImages, kCount, 0.01F});
  // At most 5.8 deviations; angles of up to 2 pi and logarithms of up to 17 are good to a few units.
  expect_near(values.values(), host, 0.01 * 5.8 * 40 * kEpsilon);
  constexpr RandomPurpose kBackground = RandomPurpose::background;
  cpu::initialise_parameters({}, {host.data(), kKeys.data(), kImages, kCount, 0.5F, kBackground});
  cuda::initialise_parameters(device_, {values.data(), keys.data(), kImages, kCount, 0.5F, kBackground});
  expect_near(values.values(), host, 0.5 * 5.8 * 40 * kEpsilon);
}

TEST_F(ImageParity, SpectrumScale) {
  constexpr int kPlanes = 9;
  constexpr std::int64_t kCount = 2 * 31 * 17;
  const Floats spectrum = random_values(kPlanes * kCount, -2, 2, 1);
  const Floats scale = spectrum_scale_table(31, 32, 1);
  Floats host(spectrum.size());
  const DeviceArray<float> in(spectrum), factors(scale), out(host);
  cpu::spectrum_scale({}, {spectrum.data(), scale.data(), host.data(), kPlanes, kCount});
  cuda::spectrum_scale(device_, {in.data(), factors.data(), out.data(), kPlanes, kCount});
  EXPECT_TRUE(same_bits(out.values(), host));
}

TEST_F(ImageParity, ColourSquash) {
  constexpr int kH = 13, kW = 37;
  const Floats latent = random_values(size(kImages, 3, kH, kW), -8, 8, 2);
  const Floats drgb = random_values(latent.size(), -1, 1, 3);
  const DeviceArray<float> device_latent(latent), device_drgb(drgb);
  for (const ColourMatrix& matrix : {kPlainColours, kDecorrelatedColours}) {
    Floats rgb(latent.size()), dlatent(latent.size());
    const DeviceArray<float> device_rgb(rgb), device_dlatent(dlatent);
    const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
    cpu::colour_squash({}, {view(latent.data()), view(rgb.data()), matrix});
    cuda::colour_squash(device_, {view(device_latent.data()), view(device_rgb.data()), matrix});
    // The argument, of up to 16, rounds a few times; the logistic function's slope is at most 1/4.
    expect_near(device_rgb.values(), rgb, (16 * 4 / 4 + 4) * kEpsilon);

    const DeviceArray<float> same_rgb(rgb);
    cpu::colour_squash_adjoint(
        {}, {view(std::as_const(rgb).data()), view(drgb.data()), view(dlatent.data()), matrix});
    cuda::colour_squash_adjoint(
        device_, {view(same_rgb.data()), view(device_drgb.data()), view(device_dlatent.data()), matrix});
    expect_near(device_dlatent.values(), dlatent, 3 * 0.25 * 6 * kEpsilon);
  }
}

TEST_F(ImageParity, FixPixels) {
  constexpr int kH = 13, kW = 37;
  const Floats start = random_values(size(kImages, 3, kH, kW), 0, 1, 20);
  const Floats fixed = random_values(start.size(), 0, 1, 21);
  Floats mask = random_values(size(kImages, 1, kH, kW), 0, 1, 22);
  for (std::size_t i = 0; i < mask.size(); i += 2) mask[i] = static_cast<float>(i / 2 % 2);
  Floats rgb = start, drgb = fixed;
  const DeviceArray<float> d_rgb(rgb), d_fixed(fixed), d_mask(mask), d_drgb(drgb);
  const auto view = [](auto* data, int channels = 3) { return Planar{data, kImages, channels, kH, kW}; };
  cpu::fix_pixels({}, {view(rgb.data()), view(fixed.data()), view(mask.data(), 1)});
  cuda::fix_pixels(device_, {view(d_rgb.data()), view(d_fixed.data()), view(d_mask.data(), 1)});
  expect_near(d_rgb.values(), rgb, 2 * kEpsilon);  // A contracted product.
  cpu::fix_pixels_adjoint({}, {view(drgb.data()), view(mask.data(), 1)});
  cuda::fix_pixels_adjoint(device_, {view(d_drgb.data()), view(d_mask.data(), 1)});
  EXPECT_TRUE(same_bits(d_drgb.values(), drgb));
}

TEST_F(ImageParity, StridedCopy) {
  constexpr int kRows = 3, kCount = 5001, kFromStride = 5010, kToStride = 6000;
  const Floats from = random_values(kRows * kFromStride, -1, 1, 23);
  Floats host(kRows * kToStride, 7);
  const DeviceArray<float> device_from(from), to(host);
  cpu::strided_copy({}, {from.data(), kFromStride, host.data(), kToStride, kRows, kCount});
  cuda::strided_copy(device_, {device_from.data(), kFromStride, to.data(), kToStride, kRows, kCount});
  EXPECT_TRUE(same_bits(to.values(), host));
}

TEST_F(ImageParity, PyramidSum) {
  constexpr int kH = 97, kW = 70;
  const PyramidShape shape = pyramid_shape(kH, kW);
  const Floats parameters = random_values(static_cast<std::size_t>(9 * shape.count), -1, 1, 24);
  const Floats dlatent = random_values(size(kImages, 3, kH, kW), -1, 1, 25);
  Floats latent(dlatent.size()), dparameters(parameters.size());
  const DeviceArray<float> d_parameters(parameters), d_dlatent(dlatent), d_latent(latent),
      d_dparameters(dparameters);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  cpu::pyramid_sum({}, {parameters.data(), shape, view(latent.data())});
  cuda::pyramid_sum(device_, {d_parameters.data(), shape, view(d_latent.data())});
  // A coordinate below 128 is contracted with its cell's number, and a sample moves by at most two per pixel,
  // each way, on four levels.
  expect_near(d_latent.values(), latent, 4 * (2 * 2 * 128 + 8) * kEpsilon);
  cpu::pyramid_sum_adjoint({}, {view(dlatent.data()), shape, dparameters.data()});
  cuda::pyramid_sum_adjoint(device_, {view(std::as_const(d_dlatent).data()), shape, d_dparameters.data()});
  // Sums of up to 19 x 19 products with such weights.
  expect_near(d_dparameters.values(), dparameters, 19 * 19 * (2 * 128 + 2 * 19) * kEpsilon);
}

TEST_F(ImageParity, SharedLevels) {
  constexpr int kH = 97, kW = 70, kGap = 5;
  const std::vector<int> divisors = {4, 16, 1, 97};
  const SharedLevelShape shape = shared_level_shape(divisors, kH, kW);
  const std::int64_t stride = kGap + 3 * shape.count;
  const Floats base = random_values(size(kImages, 3, kH, kW), -1, 1, 26);
  const Floats copies = random_values(static_cast<std::size_t>(kImages * stride), -1, 1, 27);
  Floats sum(base.size()), gradient(copies.size()), rows(size(3, kH, shape.columns));
  const DeviceArray<float> d_base(base), d_copies(copies), d_sum(sum), d_gradient(gradient), d_rows(rows);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  cpu::shared_levels({}, {view(base.data()), {copies.data() + kGap, stride}, shape, view(sum.data())});
  cuda::shared_levels(
      device_,
      {view(std::as_const(d_base).data()), {d_copies.data() + kGap, stride}, shape, view(d_sum.data())});
  expect_near(d_sum.values(), sum, 5 * (2 * 2 * 128 + 8) * kEpsilon);
  // One job of two images and a photo.
  cpu::shared_levels_adjoint({},
                             {view(base.data()), shape, 2, 3, rows.data(), {gradient.data() + kGap, stride}});
  cuda::shared_levels_adjoint(
      device_,
      {view(std::as_const(d_base).data()), shape, 2, 3, d_rows.data(), {d_gradient.data() + kGap, stride}});
  // Of two images up to 97 x 70 values times such weights, summed along rows and down columns.
  expect_near(d_gradient.values(), gradient, 2.0 * kH * kW * (2 * 128 + 2 * (kH + kW)) * kEpsilon);
}

TEST_F(ImageParity, Backdrop) {
  constexpr int kH = 13, kW = 37;
  const auto view = [](auto* data, int channels = 3) { return Planar{data, kImages, channels, kH, kW}; };
  const Floats picture = random_values(size(kImages, 4, kH, kW), 0, 1, 23);
  const Floats background = random_values(size(kImages, 3, kH, kW), 0, 1, 24);
  const Floats dshown = random_values(background.size(), -1, 1, 25);
  Floats shown(background.size()), dpicture(picture.size());
  const DeviceArray<float> d_picture(picture), d_background(background), d_dshown(dshown), d_shown(shown),
      d_dpicture(dpicture);
  cpu::backdrop({}, {view(picture.data(), 4), view(background.data()), view(shown.data())});
  cuda::backdrop(device_, {view(d_picture.data(), 4), view(d_background.data()), view(d_shown.data())});
  expect_near(d_shown.values(), shown, 2 * kEpsilon);  // A contracted product.
  cpu::backdrop_adjoint(
      {}, {view(picture.data(), 4), view(background.data()), view(dshown.data()), view(dpicture.data(), 4)});
  cuda::backdrop_adjoint(device_, {view(d_picture.data(), 4), view(d_background.data()),
                                   view(d_dshown.data()), view(d_dpicture.data(), 4)});
  expect_near(d_dpicture.values(), dpicture, 4 * kEpsilon);
}

/// The standard views, none and wild ones.
const std::vector<TransformList> kLists = {
    make_list({jitter(16), scale(0.9F, 1.1F), rotate(10), jitter(8)}),
    {},
    make_list({jitter(30), scale(0.5F, 2), rotate(180), between(TransformKind::shear, -20, 20), flip(),
               jitter(60)})};
/// The same, with what only a ViewWarp shows. Blur is drawn on the side.
const std::vector<TransformList> kViewLists = {
    make_list({jitter(16), homography(3), between(TransformKind::blur, 0.5F, 2)}),
    {},
    make_list({rotate(180), homography(10), between(TransformKind::contrast, 0.5F, 1.5F),
               between(TransformKind::hue, -90, 90), fixed(TransformKind::brightness, 0.8F),
               fixed(TransformKind::saturation, 1.3F), fixed(TransformKind::noise, 0.1F)})};
constexpr int kPictureH = 61, kPictureW = 70, kNetworkH = 48, kNetworkW = 57;
constexpr int kDraws = 2;
constexpr int kViews = kImages * kDraws;

std::vector<AffineMap> host_maps() {
  std::vector<AffineMap> maps(kImages);
  cpu::draw_augmentation(
      {}, {kKeys.data(), kLists.data(), maps.data(), kImages, kPictureH, kPictureW, kNetworkH, kNetworkW});
  return maps;
}

std::vector<View> host_views(Floats& blur) {
  std::vector<View> views(kViews);
  DrawAugmentation op{kKeys.data(), kViewLists.data(), nullptr,   kImages,
                      kPictureH,    kPictureW,         kNetworkH, kNetworkW};
  op.draws = kDraws;
  op.views = views.data();
  op.blur = blur.data();
  cpu::draw_augmentation({}, op);
  for (std::size_t i = 0; i < views.size(); ++i) views[i].reflect = static_cast<std::int32_t>(9 * i);
  return views;
}

TEST_F(ImageParity, DrawAugmentation) {
  const std::vector<AffineMap> expected = host_maps();
  const DeviceArray<SlotKey> keys(kKeys);
  const DeviceArray<TransformList> lists(kLists);
  const DeviceArray<AffineMap> maps{std::vector<AffineMap>(kImages)};
  cuda::draw_augmentation(
      device_, {keys.data(), lists.data(), maps.data(), kImages, kPictureH, kPictureW, kNetworkH, kNetworkW});
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
  Floats expected_blur(kImages, -1);
  const std::vector<View> expected = host_views(expected_blur);
  const DeviceArray<SlotKey> keys(kKeys);
  const DeviceArray<TransformList> lists(kViewLists);
  const DeviceArray<View> views{std::vector<View>(kViews)};
  const DeviceArray<float> blur(Floats(kImages, -1));
  DrawAugmentation op{keys.data(), lists.data(), nullptr,   kImages,
                      kPictureH,   kPictureW,    kNetworkH, kNetworkW};
  op.draws = kDraws;
  op.views = views.data();
  op.blur = blur.data();
  cuda::draw_augmentation(device_, op);
  const std::vector<View> actual = views.values();
  expect_near(blur.values(), expected_blur, 4 * 2 * kEpsilon);
  for (std::size_t i = 0; i < kViews; ++i) {
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

/// Coordinates of up to 256 round a few times, and a bilinear sample moves by at most two values per pixel:
/// that, in parts of 255. A map that is the identity is exact.
constexpr double kSample = 2 * 256 * 4 * kEpsilon;

TEST_F(ImageParity, WarpAndItsAdjoint) {
  const std::vector<AffineMap> maps = host_maps();
  const Floats fill = {0.5F, 0, 1};
  const InputScaling scaling{255, {104, 117, 123}, {2, 1, 0}};
  const Floats picture = random_values(size(kImages, 3, kPictureH, kPictureW), 0, 1, 4);
  const Floats dnetwork = random_values(size(kImages, 3, kNetworkH, kNetworkW), -1, 1, 5);
  Floats network(dnetwork.size()), dpicture(picture.size());
  const DeviceArray<float> device_picture(picture), device_dnetwork(dnetwork), device_network(network),
      device_dpicture(dpicture), device_fill(fill);
  const DeviceArray<AffineMap> device_maps(maps);
  const auto picture_view = [](auto* data) { return Planar{data, kImages, 3, kPictureH, kPictureW}; };
  const auto network_view = [](auto* data) { return Planar{data, kImages, 3, kNetworkH, kNetworkW}; };

  cpu::warp({},
            {picture_view(picture.data()), network_view(network.data()), maps.data(), fill.data(), scaling});
  cuda::warp(device_, {picture_view(std::as_const(device_picture).data()),
                       network_view(device_network.data()), device_maps.data(), device_fill.data(), scaling});
  expect_near(device_network.values(), network, 255 * (kSample + 8 * kEpsilon));

  // A picture pixel sums the network pixels around it: fewer than 3 x 3 per unit of magnification, at most 2.
  cpu::warp_adjoint({}, {network_view(dnetwork.data()), picture_view(dpicture.data()), maps.data(), scaling});
  cuda::warp_adjoint(device_, {network_view(device_dnetwork.data()), picture_view(device_dpicture.data()),
                               device_maps.data(), scaling});
  expect_near(device_dpicture.values(), dpicture, 255 * 36 * (kSample + 8 * kEpsilon));
}

TEST_F(ImageParity, ViewWarpAndItsAdjoint) {
  Floats blur(kImages);
  const std::vector<View> views = host_views(blur);
  const InputScaling scaling{255, {104, 117, 123}, {2, 1, 0}};
  const Floats picture = random_values(size(kImages, 3, kPictureH, kPictureW), 0, 1, 14);
  const Floats dnetwork = random_values(size(kViews, 3, kNetworkH, kNetworkW), -1, 1, 15);
  Floats network(dnetwork.size()), dpicture(picture.size());
  const DeviceArray<float> device_picture(picture), device_dnetwork(dnetwork), device_network(network),
      device_dpicture(dpicture);
  const DeviceArray<View> device_views(views);
  const auto picture_view = [](auto* data) { return Planar{data, kImages, 3, kPictureH, kPictureW}; };
  const auto network_view = [](auto* data) { return Planar{data, kViews, 3, kNetworkH, kNetworkW}; };

  cpu::view_warp(
      {}, {picture_view(picture.data()), network_view(network.data()), views.data(), scaling, {}, kDraws});
  cuda::view_warp(device_, {picture_view(std::as_const(device_picture).data()),
                            network_view(device_network.data()),
                            device_views.data(),
                            scaling,
                            {},
                            kDraws});
  // Dividing by a depth of at least 1/16 and matrices of colours of at most 4 magnify the roundings; normal
  // values are good to a few units.
  const double tolerance = 4 * 16 * (kSample + 8 * kEpsilon) + 0.1 * 5.8 * 40 * kEpsilon;
  expect_near(device_network.values(), network, 255 * tolerance);

  cpu::view_warp_adjoint(
      {},
      {network_view(dnetwork.data()), picture_view(dpicture.data()), views.data(), scaling, {}, 1, kDraws});
  cuda::view_warp_adjoint(device_, {network_view(device_dnetwork.data()),
                                    picture_view(device_dpicture.data()),
                                    device_views.data(),
                                    scaling,
                                    {},
                                    1,
                                    kDraws});
  // A picture pixel and up to three mirror images of it.
  expect_near(device_dpicture.values(), dpicture, 255 * 36 * 4 * tolerance);
}

TEST_F(ImageParity, Resample) {
  constexpr int kH = 19, kW = 45, kToH = 31, kToW = 28;
  const std::vector<ResampleRule> rules = {{{1, -6, 0, 0}, {1, 9, 0, 0}, 0.5F},
                                           {{1, -6, 0, 6}, {1, -3, 0, 5}, 0.25F},
                                           {{19.0F / 31, 0, 1, 0}, {45.0F / 28, 0, 1, 0}, 0},
                                           {{0.6F, -0.2F, 1, 0}, {1.6F, 0.3F, 1, 0}, 0}};
  const DeviceArray<ResampleRule> device_rules(rules);
  const Floats from = random_values(size(kImages, 3, kH, kW), 0, 1, 21);
  const Floats dto = random_values(size(kImages, 3, kToH, kToW), -1, 1, 22);
  const DeviceArray<float> device_from(from), device_dto(dto);
  const auto small = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  const auto large = [](auto* data) { return Planar{data, kImages, 3, kToH, kToW}; };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    Floats to(dto.size()), dfrom(from.size());
    const DeviceArray<float> device_to(to), device_dfrom(dfrom);
    cpu::resample({}, {small(from.data()), large(to.data()), &rules[i]});
    cpu::resample_adjoint({}, {large(dto.data()), small(dfrom.data()), &rules[i]});
    cuda::resample(device_, {small(std::as_const(device_from).data()), large(device_to.data()),
                             device_rules.data() + i});
    cuda::resample_adjoint(device_, {large(std::as_const(device_dto).data()), small(device_dfrom.data()),
                                     device_rules.data() + i});
    expect_near(device_to.values(), to, 8 * (kH + kW) * kEpsilon);
    expect_near(device_dfrom.values(), dfrom, 36 * 8 * (kH + kW) * kEpsilon);
  }
}

TEST_F(ImageParity, NearestTurn) {
  constexpr int kH = 19, kW = 45;
  std::vector<AffineMap> maps;
  for (int i = 0; i < kImages; ++i) {
    const float radians = 0.1F * static_cast<float>(i) - 0.13F, cosine = std::cos(radians),
                sine = std::sin(radians);
    const float x = kW - 1, y = kH - 1;
    maps.push_back(
        {cosine, -sine, (x - (cosine * x - sine * y)) / 2, sine, cosine, (y - (sine * x + cosine * y)) / 2});
  }
  const DeviceArray<AffineMap> device_maps(maps);
  const Floats from = random_values(size(kImages, 3, kH, kW), -1, 1, 23);
  const DeviceArray<float> device_from(from);
  Floats to(from.size()), dfrom(from.size());
  const DeviceArray<float> device_to(to), device_dfrom(dfrom);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  cpu::nearest_turn({}, {view(from.data()), view(to.data()), maps.data()});
  cpu::nearest_turn_adjoint({}, {view(from.data()), view(dfrom.data()), maps.data()});
  cuda::nearest_turn(device_,
                     {view(std::as_const(device_from).data()), view(device_to.data()), device_maps.data()});
  cuda::nearest_turn_adjoint(
      device_, {view(std::as_const(device_from).data()), view(device_dfrom.data()), device_maps.data()});
  // Both round positions by the same fused operations, and sum in the same order.
  EXPECT_EQ(device_to.values(), to);
  EXPECT_EQ(device_dfrom.values(), dfrom);
}

TEST_F(ImageParity, GaussianBlur) {
  constexpr int kH = 19, kW = 45;
  const Floats deviations = {0, 0.8F, 6};
  const Floats picture = random_values(size(kImages, 3, kH, kW), -1, 1, 16);
  const DeviceArray<float> device_picture(picture), device_deviations(deviations);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  for (const BlurAxis axis : {BlurAxis::rows, BlurAxis::columns}) {
    for (const bool adjoint : {false, true}) {
      Floats host(picture.size());
      const DeviceArray<float> out(host);
      cpu::gaussian_blur({}, {view(picture.data()), view(host.data()), deviations.data(), axis, adjoint});
      cuda::gaussian_blur(device_, {view(std::as_const(device_picture).data()), view(out.data()),
                                    device_deviations.data(), axis, adjoint});
      // The first ratio is good to two units, its powers to the square of their exponent, where they count.
      expect_near(out.values(), host, 2 * 18 * 37 * kEpsilon);
    }
  }
}

TEST_F(ImageParity, ImagePenalty) {
  struct Shape {
    int h, w;
  };
  for (const Shape& s : {Shape{1, 1}, Shape{3, 40}, Shape{61, 70}}) {
    const Floats rgb = random_values(size(kImages, 4, s.h, s.w), 0, 1, 8);
    Floats drgb = random_values(rgb.size(), -1, 1, 9), residual(rgb.size());
    constexpr int kTerms = 7;
    std::vector<PenaltyTerm> terms(size(kImages, kTerms));
    for (std::size_t i = 0; i < terms.size(); ++i) {
      terms[i].penalty = static_cast<Penalty>(1 + i % kTerms);
      terms[i].weight = 0.5F;
      terms[i].width = 5;
      terms[i].column = i % 4 == 3 ? 1 : 0;
    }
    std::vector<double> values(size(kImages, 2), 3), sums(penalty_sums(kImages, kTerms));
    const DeviceArray<float> device_rgb(rgb), device_drgb(drgb), device_residual(residual);
    const DeviceArray<PenaltyTerm> device_terms(terms);
    const DeviceArray<double> device_values(values), device_sums(sums);
    const auto view = [&](auto* data) { return Planar{data, kImages, 4, s.h, s.w}; };
    cpu::image_penalty({}, {view(rgb.data()), view(drgb.data()), terms.data(), values.data(), sums.data(),
                            residual.data(), kTerms, 2});
    cuda::image_penalty(
        device_, {view(std::as_const(device_rgb).data()), view(device_drgb.data()), device_terms.data(),
                  device_values.data(), device_sums.data(), device_residual.data(), kTerms, 2});
    // Slopes are below 8, of up to 32 operations.
    expect_near(device_drgb.values(), drgb, 8 * 32 * kEpsilon);
    const std::vector<double> actual = device_values.values();
    // Residuals, at most one, to 32 operations; what is summed of them twice that.
    const double error = 64 * kEpsilon * static_cast<double>(size(3, s.h, s.w));
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(actual[i], values[i], error) << i;
  }
}

template <class T>
void expect_grouped_warp(const Stream& device, double rounding) {
  SCOPED_TRACE(name_of(DTypeOf<T>::value));
  const std::vector<AffineMap> maps = host_maps();
  const Floats fill = {0.5F, 0, 1};
  const InputScaling scaling{255, {104, 117, 123}, {2, 1, 0}};
  const Floats picture = random_values(size(kImages, 3, kPictureH, kPictureW), 0, 1, 4);
  const DeviceArray<float> device_picture(picture), device_fill(fill);
  const DeviceArray<AffineMap> device_maps(maps);
  BasicActivations<T> host({kImages, 8, kNetworkH, kNetworkW, Layout::nhwc, {1, 0}});
  DeviceActivations<T> grouped(host);
  const auto picture_view = [](auto* data) { return Planar{data, kImages, 3, kPictureH, kPictureW}; };
  cpu::warp({}, {picture_view(picture.data()), {}, maps.data(), fill.data(), scaling, host.tensor()});
  cuda::warp(device, {picture_view(std::as_const(device_picture).data()),
                      {},
                      device_maps.data(),
                      device_fill.data(),
                      scaling,
                      grouped.tensor()});
  BasicActivations<T> actual = grouped.download();
  host.for_each([&](T element, int n, int c, int h, int w) {
    const double difference =
        static_cast<double>(to_f32(actual.at(n, c, h, w))) - static_cast<double>(to_f32(element));
    ASSERT_LE(std::abs(difference), c < 3 ? 255 * (kSample + 8 * kEpsilon) + 151 * 2 * rounding : 0.0);
  });

  // The adjoint of what the CPU made, so that both read the same.
  DeviceActivations<T> gradient(host);
  Floats dpicture(picture.size());
  const DeviceArray<float> device_dpicture(dpicture);
  cpu::warp_adjoint({}, {{}, picture_view(dpicture.data()), maps.data(), scaling, host.tensor(), 0.125F});
  cuda::warp_adjoint(
      device,
      {{}, picture_view(device_dpicture.data()), device_maps.data(), scaling, gradient.tensor(), 0.125F});
  expect_near(device_dpicture.values(), dpicture, 0.125 * 151 * 255 * 36 * (kSample + 8 * kEpsilon));
}

TEST_F(ImageParity, GroupedWarpAndItsAdjoint) {
  expect_grouped_warp<float>(device_, 0);
  expect_grouped_warp<f16>(device_, 0x1p-11);
  expect_grouped_warp<bf16>(device_, 0x1p-8);
}

template <class T>
void expect_packed(const Stream& device) {
  SCOPED_TRACE(name_of(DTypeOf<T>::value));
  constexpr int kH = 9, kW = 45;
  const Floats picture = random_values(size(kImages, 3, kH, kW), -120, 150, 13);
  Floats back(picture.size());
  const DeviceArray<float> device_picture(picture), device_back(back);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  BasicActivations<T> host({kImages, 8, kH, kW, Layout::nhwc, {0, 1}});
  DeviceActivations<T> grouped(host);
  cpu::pack_picture({}, {view(picture.data()), host.tensor()});
  cuda::pack_picture(device, {view(std::as_const(device_picture).data()), grouped.tensor()});
  BasicActivations<T> actual = grouped.download();
  host.for_each([&](T element, int n, int c, int h, int w) {
    ASSERT_TRUE(same_element(actual.at(n, c, h, w), element)) << n << " " << c << " " << h << " " << w;
  });
  cpu::unpack_picture({}, {host.tensor(), view(back.data()), 0.25F});
  cuda::unpack_picture(device, {grouped.tensor(), view(device_back.data()), 0.25F});
  EXPECT_TRUE(same_bits(device_back.values(), back));
}

TEST_F(ImageParity, PackPicture) {
  expect_packed<float>(device_);
  expect_packed<f16>(device_);
  expect_packed<bf16>(device_);
}

TEST_F(ImageParity, AdvanceSlots) {
  const std::vector<double> values = {1.5, std::numeric_limits<double>::quiet_NaN(), -2};
  const std::vector<std::int32_t> non_finite = {0, 0, 1};
  const std::vector<ReluGradient> relu_rules(kImages, ReluGradient::redirected);
  const std::vector<std::uint32_t> relu_steps = {1, 42, 5000};
  std::vector<SlotKey> keys = kKeys;
  std::vector<double> curve(size(kImages, 50), -1);
  std::vector<std::int32_t> failed(kImages);
  std::vector<ReluGradient> relu(kImages, ReluGradient{-1});
  const DeviceArray<double> d_values(values), d_curve(curve);
  const DeviceArray<std::int32_t> d_non_finite(non_finite), d_failed(failed);
  const DeviceArray<ReluGradient> d_relu_rules(relu_rules), d_relu(relu);
  const DeviceArray<std::uint32_t> d_relu_steps(relu_steps);
  const DeviceArray<SlotKey> d_keys(keys);
  std::vector<UpdateRule> rules(kImages);
  rules[0].optimiser = Optimiser::nadam;
  rules[1].schedule = RateSchedule::cosine;
  rules[1].steps = 100;
  rules[2].warmup_steps = 4000;
  Floats rate(kImages), momentum(kImages, 1);
  const DeviceArray<UpdateRule> d_rules(rules);
  const DeviceArray<float> d_rate(rate), d_momentum(momentum);
  for (int step = 0; step < 2; ++step) {
    cpu::advance_slots(
        {}, {keys.data(), values.data(), non_finite.data(), curve.data(), failed.data(), relu_rules.data(),
             relu_steps.data(), relu.data(), rules.data(), rate.data(), momentum.data(), kImages, 50});
    cuda::advance_slots(device_, {d_keys.data(), d_values.data(), d_non_finite.data(), d_curve.data(),
                                  d_failed.data(), d_relu_rules.data(), d_relu_steps.data(), d_relu.data(),
                                  d_rules.data(), d_rate.data(), d_momentum.data(), kImages, 50});
  }
  EXPECT_EQ(d_failed.values(), failed);
  EXPECT_EQ(d_relu.values(), relu);
  // Cosines and exponentials of order one differ in their last bits.
  expect_near(d_rate.values(), rate, 0.05 * 8 * kEpsilon);
  expect_near(d_momentum.values(), momentum, 2 * 8 * kEpsilon);
  const std::vector<SlotKey> actual_keys = d_keys.values();
  for (std::size_t i = 0; i < kImages; ++i) EXPECT_EQ(actual_keys[i].step, kKeys[i].step + 2);
  const std::vector<double> actual_curve = d_curve.values();
  EXPECT_EQ(std::memcmp(actual_curve.data(), curve.data(), curve.size() * sizeof(double)), 0);
}

TEST_F(ImageParity, GradientNorm) {
  constexpr int kPlanes = 3;
  constexpr std::int64_t kCount = 2047;
  const Floats gradient = random_values(kImages * kPlanes * kCount, -2, 2, 10);
  const Floats scale = random_values(kCount, 0.1F, 3, 6);
  const std::vector<double> parts(kImages * kGradientNormParts);
  for (const bool scaled : {false, true}) {
    std::vector<double> sums = parts;
    Floats factor(kImages);
    const DeviceArray<double> d_parts(parts);
    const DeviceArray<float> d_gradient(gradient), d_scale(scale), d_factor(factor);
    cpu::gradient_norm({}, {gradient.data(), scaled ? scale.data() : nullptr, sums.data(), factor.data(),
                            kImages, kPlanes, kCount});
    cuda::gradient_norm(device_, {d_gradient.data(), scaled ? d_scale.data() : nullptr, d_parts.data(),
                                  d_factor.data(), kImages, kPlanes, kCount});
    // Sums in double precision, in other orders: one rounding to fp32 apart.
    expect_near(d_factor.values(), factor, 2 * 2 * kEpsilon);
  }
}

TEST_F(ImageParity, ParameterUpdate) {
  constexpr int kPlanes = 3;
  constexpr std::int64_t kCount = 2047;
  constexpr std::size_t kElements = kImages * kPlanes * kCount;
  const Floats rates = {0.05F, 0.01F, 0.02F}, momentum = {1, 0.01F, 0}, factors = {1, 2, 0.5F};
  const Floats scale = random_values(kCount, 0.1F, 3, 6);
  for (const Optimiser optimiser : {Optimiser::adam, Optimiser::nadam, Optimiser::ascent}) {
    for (const bool scaled : {false, true}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(optimiser) << (scaled ? " scaled" : ""));
      Floats parameters = random_values(kElements, -1, 1, 7), first = random_values(kElements, -1, 1, 8),
             second = random_values(kElements, 0.01F, 1, 9), gradient = random_values(kElements, -2, 2, 10);
      gradient[kPlanes * kCount + 1000] = std::numeric_limits<float>::quiet_NaN();  // In image 1.
      std::fill(gradient.begin() + 2 * kPlanes * kCount, gradient.end(), 0.0F);
      std::vector<UpdateRule> rules(kImages);
      for (UpdateRule& rule : rules) rule.optimiser = optimiser;
      rules[2].epsilon_form = EpsilonForm::uncorrected;
      std::vector<std::int32_t> flags(kImages), moved = {0, 7, 0};
      const DeviceArray<float> d_parameters(parameters), d_first(first), d_second(second),
          d_gradient(gradient), d_scale(scale), d_rates(rates), d_momentum(momentum), d_factors(factors);
      const DeviceArray<SlotKey> d_keys(kKeys);
      const DeviceArray<UpdateRule> d_rules(rules);
      const DeviceArray<std::int32_t> d_flags(flags), d_moved(moved);
      cpu::parameter_update(
          {}, {parameters.data(), first.data(), second.data(), gradient.data(),
               scaled ? scale.data() : nullptr, kKeys.data(), rules.data(), rates.data(), momentum.data(),
               factors.data(), flags.data(), moved.data(), kImages, kPlanes, kCount});
      cuda::parameter_update(device_, {d_parameters.data(), d_first.data(), d_second.data(),
                                       d_gradient.data(), scaled ? d_scale.data() : nullptr, d_keys.data(),
                                       d_rules.data(), d_rates.data(), d_momentum.data(), d_factors.data(),
                                       d_flags.data(), d_moved.data(), kImages, kPlanes, kCount});
      EXPECT_EQ(d_flags.values(), flags);
      EXPECT_EQ(flags, (std::vector<std::int32_t>{0, 1, 0}));
      EXPECT_EQ(d_moved.values(), moved);
      EXPECT_EQ(moved, (std::vector<std::int32_t>{1, 7, 0}));
      Floats p = d_parameters.values(), m = d_first.values(), v = d_second.values();
      for (auto* values : {&parameters, &first, &second, &p, &m, &v}) {
        if (optimiser != Optimiser::ascent || values == &parameters || values == &p) {
          EXPECT_TRUE(std::isnan((*values)[kPlanes * kCount + 1000]));
        }
        (*values)[kPlanes * kCount + 1000] = 0;
      }
      expect_near(m, first, 2 * 4 * kEpsilon);
      expect_near(v, second, 2 * 4 * kEpsilon);
      // A step is the rate times m_hat / sqrt(v_hat), here at most 1 / sqrt(0.01) times the corrections'
      // ratio, below 4, and some twenty roundings; adding it rounds a parameter of at most 4.
      expect_near(p, parameters, (0.05 * 40 * 20 + 4) * kEpsilon);
    }
  }
}

TEST_F(ImageParity, FftAndItsAdjoint) {
  for (const FftShape& shape : {FftShape{3, 224, 224}, FftShape{6, 15, 21}, FftShape{3, 8, 9},
                                FftShape{2, 1, 1}, FftShape{1, 97, 64}}) {
    SCOPED_TRACE(testing::Message() << shape.planes << " x " << shape.h << " x " << shape.w);
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
