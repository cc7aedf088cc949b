// What shows the network views of a picture, on the CUDA device against the CPU's, as image_parity_test does for
// the picture's own operations.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/nearest_turn.h"
#include "kernels/ops/pack_picture.h"
#include "kernels/ops/resample.h"
#include "kernels/ops/view_warp.h"
#include "kernels/ops/warp.h"
#include "tests/gpu/parity_support.h"
#include "tests/image/support.h"
#include "tests/image/transform_lists.h"

namespace limpid {
namespace {

using namespace test;

class ViewParity : public DeviceTest {
 protected:
  Stream device_;
};

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

TEST_F(ViewParity, DrawAugmentation) {
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

TEST_F(ViewParity, DrawAugmentationOfWholeViews) {
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

TEST_F(ViewParity, WarpAndItsAdjoint) {
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

TEST_F(ViewParity, ViewWarpAndItsAdjoint) {
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

TEST_F(ViewParity, Resample) {
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

TEST_F(ViewParity, NearestTurn) {
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

TEST_F(ViewParity, GroupedWarpAndItsAdjoint) {
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

TEST_F(ViewParity, PackPicture) {
  expect_packed<float>(device_);
  expect_packed<f16>(device_);
  expect_packed<bf16>(device_);
}

}  // namespace
}  // namespace limpid
