// Cases of the operations that show the network views of pictures.
#include <cmath>

#include "kernels/ops/nearest_turn.h"
#include "kernels/ops/resample.h"
#include "kernels/ops/view_warp.h"
#include "kernels/ops/warp.h"
#include "tests/image/support.h"
#include "tests/ops/image_parts.h"

namespace limpid::test {
namespace {

const InputScaling kBgr{255, {104, 117, 123}, {2, 1, 0}};
/// Linear.
const InputScaling kNoMean{2, {0, 0, 0}, {2, 0, 1}};

/// Coordinates of up to 256 round a few times, and a bilinear sample moves by at most two values per pixel:
/// that, in parts of 255. A map that is the identity is exact.
constexpr double kSample = 2 * 256 * 4 * kEpsilon;

/// The maps and blurs of views, of the first picture and the last by the first's numbers. What a view holds
/// besides is numbers and words side by side: draw_augmentation_test.cpp and image_parity_test.cpp read it by name.
OpCase draw_augmentation() {
  return OpCase("maps",
                [](Operands& m) {
                  static_assert(sizeof(AffineMap) == 6 * sizeof(float));
                  DrawAugmentation op = draw_maps(
                      m.array("keys", kInput, kKeys), m.array("lists", kInput, kAffineLists),
                      reinterpret_cast<AffineMap*>(m.floats("maps", kOutput, 6 * kImages * kDraws)));
                  op.draws = kDraws;
                  op.blur = m.floats("blur", kOutput, kImages);
                  op.follow = m.array<std::int32_t>("follow", kInput, {0, 1, 0});
                  return op;
                })
      // Sine, cosine, tangent and scale to a few units; offsets are sums of terms below 256.
      .devices("maps", {0, 256 * 8 * kEpsilon});
}

OpCase warp(const char* name, const InputScaling& scaling, const std::vector<float>& fill) {
  return OpCase(name,
                [=](Operands& m) {
                  return Warp{m.planes("picture", kInput, kImages, 3, kPicture.h, kPicture.w, uniform(0, 1)),
                              m.planes("network", kOutput, kImages, 3, kNetwork.h, kNetwork.w),
                              m.array("maps", kInput, affine_maps()),
                              m.array("fill", kInput, fill),
                              scaling,
                              {},
                              1};
                })
      .devices("network", {0, 255 * (kSample + 8 * kEpsilon)});
}

OpCase warp_adjoint(const char* name, const InputScaling& scaling) {
  return OpCase(name,
                [=](Operands& m) {
                  return WarpAdjoint{
                      m.planes("dnetwork", kInput, kImages, 3, kNetwork.h, kNetwork.w, uniform(-1, 1)),
                      m.planes("dpicture", kOutput, kImages, 3, kPicture.h, kPicture.w),
                      m.array("maps", kInput, affine_maps()),
                      scaling,
                      {},
                      1,
                      1};
                })
      // A picture pixel sums the network pixels around it: fewer than 3 x 3 per unit of magnification, at
      // most 2.
      .devices("dpicture", {0, 255 * 36 * (kSample + 8 * kEpsilon)});
}

OpCase grouped_warp() {
  return OpCase("grouped",
                [=](Operands& m) {
                  return Warp{m.planes("picture", kInput, kImages, 3, kPicture.h, kPicture.w, uniform(0, 1)),
                              {},
                              m.array("maps", kInput, affine_maps()),
                              m.array<float>("fill", kInput, {0.5F, 0, 1}),
                              kBgr,
                              m.tensor("grouped", kOutput,
                                       {kImages, 8, kNetwork.h, kNetwork.w, Layout::nhwc, {1, 0}}),
                              1};
                })
      .devices("grouped", {0, 255 * (kSample + 8 * kEpsilon)});
}

OpCase grouped_warp_adjoint() {
  return OpCase("grouped",
                [=](Operands& m) {
                  const Draw draw = [](std::mt19937& random, const Place& place) {
                    return place.c < 3 ? uniform(-150, 150)(random, place) : 0.0F;
                  };
                  return WarpAdjoint{
                      {},
                      m.planes("dpicture", kOutput, kImages, 3, kPicture.h, kPicture.w),
                      m.array("maps", kInput, affine_maps()),
                      kBgr,
                      m.tensor("grouped", kInput, {kImages, 8, kNetwork.h, kNetwork.w, Layout::nhwc, {0, 1}},
                               draw),
                      0.125F,
                      1};
                })
      .devices("dpicture", {0, 0.125 * 151 * 255 * 36 * (kSample + 8 * kEpsilon)});
}

/// Dividing by a depth of at least 1/16 and matrices of colours of at most 4 magnify the roundings; normal
/// values are good to a few units.
constexpr double kView = 4 * 16 * (kSample + 8 * kEpsilon) + 0.1 * 5.8 * 40 * kEpsilon;

OpCase view_warp() {
  return OpCase("two_draws",
                [=](Operands& m) {
                  return ViewWarp{
                      m.planes("picture", kInput, kImages, 3, kPicture.h, kPicture.w, uniform(0, 1)),
                      m.planes("network", kOutput, kImages * kDraws, 3, kNetwork.h, kNetwork.w),
                      m.array("views", kInput, mirrored_views()),
                      kBgr,
                      {},
                      kDraws};
                })
      .devices("network", {0, 255 * kView});
}

OpCase view_warp_adjoint() {
  return OpCase("two_draws",
                [=](Operands& m) {
                  return ViewWarpAdjoint{m.planes("dnetwork", kInput, kImages * kDraws, 3, kNetwork.h,
                                                  kNetwork.w, uniform(-1, 1)),
                                         m.planes("dpicture", kOutput, kImages, 3, kPicture.h, kPicture.w),
                                         m.array("views", kInput, mirrored_views()),
                                         kBgr,
                                         {},
                                         1,
                                         kDraws};
                })
      .devices("dpicture", {0, 255 * 36 * 4 * kView});  // A picture pixel and up to three mirror images.
}

constexpr Size kSource{19, 45}, kTarget{31, 28};

struct NamedRule {
  const char* name;
  ResampleRule rule;
};
const std::vector<NamedRule> kRules = {{"moved", {{1, -6, 0, 0}, {1, 9, 0, 0}, 0}},
                                       {"mirrored", {{1, -6, 0, 6}, {1, -3, 0, 5}, 0}},
                                       {"resized", {{19.0F / 31, 0, 1, 0}, {45.0F / 28, 0, 1, 0}, 0}},
                                       {"clamped", {{0.6F, -0.2F, 1, 0}, {1.6F, 0.3F, 1, 0}, 0}}};

OpCase resample(const NamedRule& r, float fill) {
  ResampleRule rule = r.rule;
  rule.fill = fill;
  return OpCase(r.name,
                [=](Operands& m) {
                  return Resample{m.planes("from", kInput, kImages, 3, kSource.h, kSource.w, uniform(0, 1)),
                                  m.planes("to", kOutput, kImages, 3, kTarget.h, kTarget.w),
                                  m.array<ResampleRule>("rule", kInput, {rule})};
                })
      .devices("to", {0, 8 * (kSource.h + kSource.w) * kEpsilon});
}

OpCase resample_adjoint(const NamedRule& r) {
  return OpCase(r.name,
                [=](Operands& m) {
                  return ResampleAdjoint{
                      m.planes("dto", kInput, kImages, 3, kTarget.h, kTarget.w, uniform(-1, 1)),
                      m.planes("dfrom", kOutput, kImages, 3, kSource.h, kSource.w),
                      m.array<ResampleRule>("rule", kInput, {r.rule})};
                })
      .devices("dfrom", {0, 36 * 8 * (kSource.h + kSource.w) * kEpsilon});
}

/// About the middle of a picture of kSource.
std::vector<AffineMap> turns() {
  std::vector<AffineMap> maps;
  for (int i = 0; i < kImages; ++i) {
    const float radians = 0.1F * static_cast<float>(i) - 0.13F, cosine = std::cos(radians),
                sine = std::sin(radians);
    const float x = kSource.w - 1, y = kSource.h - 1;
    maps.push_back(
        {cosine, -sine, (x - (cosine * x - sine * y)) / 2, sine, cosine, (y - (sine * x + cosine * y)) / 2});
  }
  return maps;
}

/// All round positions by the same fused operations, and sum in the same order: the same bits.
OpCase nearest_turn() {
  return OpCase("odd", [](Operands& m) {
    return NearestTurn{m.planes("from", kInput, kImages, 3, kSource.h, kSource.w, uniform(-1, 1)),
                       m.planes("to", kOutput, kImages, 3, kSource.h, kSource.w),
                       m.array("maps", kInput, turns())};
  });
}

OpCase nearest_turn_adjoint() {
  return OpCase("odd", [](Operands& m) {
    return NearestTurnAdjoint{m.planes("dto", kInput, kImages, 3, kSource.h, kSource.w, uniform(-1, 1)),
                              m.planes("dfrom", kOutput, kImages, 3, kSource.h, kSource.w),
                              m.array("maps", kInput, turns())};
  });
}

}  // namespace

OpCases view_cases() {
  OpCases cases;
  cases.push_back(draw_augmentation());
  cases.push_back(warp("bgr", kBgr, {0.5F, 0, 1}));
  cases.push_back(warp_adjoint("bgr", kBgr));
  cases.push_back(grouped_warp());
  cases.push_back(grouped_warp_adjoint());
  cases.push_back(view_warp());
  cases.push_back(view_warp_adjoint());
  for (const NamedRule& rule : kRules) {
    cases.push_back(resample(rule, 0.5F));
    cases.push_back(resample_adjoint(rule));
  }
  cases.push_back(nearest_turn());
  cases.push_back(nearest_turn_adjoint());
  return cases;
}

std::vector<AdjointPair> view_pairs() {
  std::vector<AdjointPair> pairs = {{nearest_turn(), nearest_turn_adjoint(), "from", "to", "dto", "dfrom"},
                                    {warp("linear", kNoMean, {0, 0, 0}), warp_adjoint("linear", kNoMean),
                                     "picture", "network", "dnetwork", "dpicture"}};
  for (const NamedRule& rule : kRules) {
    pairs.push_back({resample(rule, 0), resample_adjoint(rule), "from", "to", "dto", "dfrom"});
  }
  return pairs;
}

}  // namespace limpid::test
