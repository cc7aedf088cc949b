// Cases of the operations from latent planes to the pictures that are looked at.
#include <string>

#include "kernels/ops/backdrop.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gaussian_blur.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/pack_picture.h"
#include "tests/image/support.h"
#include "tests/kernels/terms_of_table.h"
#include "tests/ops/image_parts.h"

namespace limpid::test {
namespace {

struct Colours {
  const char* name;
  ColourMatrix matrix;
  Squash squash;
  int latent, rgb;
};

OpCase colour_squash(const Colours& c, Size size) {
  return OpCase(c.name,
                [=](Operands& m) {
                  return ColourSquash{
                      m.planes("latent", kInput, kImages, c.latent, size.h, size.w, uniform(-8, 8)),
                      m.planes("rgb", kOutput, kImages, c.rgb, size.h, size.w), c.matrix, c.squash,
                      c.squash == Squash::clip ? kMeanColour : ColourOffset{}};
                })
      // The argument, of up to 16, rounds a few times; the logistic function's slope is at most 1/4, the
      // clip's is 1.
      .devices("rgb", {0, (16 * 4 + 4) * kEpsilon});
}

OpCase colour_squash_adjoint(const Colours& c, Size size) {
  return OpCase(c.name,
                [=](Operands& m) {
                  return ColourSquashAdjoint{
                      m.planes("rgb", kInput, kImages, c.rgb, size.h, size.w, uniform(0, 1)),
                      m.planes("drgb", kInput, kImages, c.rgb, size.h, size.w, uniform(-1, 1)),
                      m.planes("dlatent", kOutput, kImages, c.latent, size.h, size.w), c.matrix, c.squash};
                })
      .devices("dlatent", {0, 3 * 6 * kEpsilon});
}

/// Values of [0, 1] of which a third are its ends.
Draw with_ends() {
  return [](std::mt19937& random, const Place& place) {
    const float value = uniform(0, 1)(random, place);
    return place.w % 3 == 2 ? value : static_cast<float>(place.w % 3);
  };
}

OpCase fix_pixels(const char* name, int masks, const Draw& fixed) {
  constexpr Size kSize{13, 37};
  return OpCase(name,
                [=](Operands& m) {
                  return FixPixels{m.planes("rgb", kInPlace, kImages, 3, kSize.h, kSize.w, uniform(0, 1)),
                                   m.planes("fixed", kInput, kImages, 3, kSize.h, kSize.w, fixed),
                                   m.planes("mask", kInput, kImages, masks, kSize.h, kSize.w, with_ends())};
                })
      .devices("rgb", {2 * kEpsilon});  // A contracted product.
}

OpCase fix_pixels_adjoint(const char* name, int masks) {
  constexpr Size kSize{13, 37};
  return OpCase(name, [=](Operands& m) {
    return FixPixelsAdjoint{m.planes("drgb", kInPlace, kImages, 3, kSize.h, kSize.w, uniform(-1, 1)),
                            m.planes("mask", kInput, kImages, masks, kSize.h, kSize.w, with_ends())};
  });
}

OpCase backdrop() {
  constexpr Size kSize{13, 37};
  return OpCase("odd",
                [=](Operands& m) {
                  return Backdrop{m.planes("picture", kInput, kImages, 4, kSize.h, kSize.w, with_ends()),
                                  m.planes("background", kInput, kImages, 3, kSize.h, kSize.w, uniform(0, 1)),
                                  m.planes("shown", kOutput, kImages, 3, kSize.h, kSize.w)};
                })
      .devices("shown", {2 * kEpsilon});  // A contracted product.
}

OpCase backdrop_adjoint() {
  constexpr Size kSize{13, 37};
  return OpCase("odd",
                [=](Operands& m) {
                  return BackdropAdjoint{
                      m.planes("picture", kInput, kImages, 4, kSize.h, kSize.w, with_ends()),
                      m.planes("background", kInput, kImages, 3, kSize.h, kSize.w, uniform(0, 1)),
                      m.planes("dshown", kInput, kImages, 3, kSize.h, kSize.w, uniform(-1, 1)),
                      m.planes("dpicture", kOutput, kImages, 4, kSize.h, kSize.w)};
                })
      .devices("dpicture", {0, 4 * kEpsilon});
}

OpCase gaussian_blur(BlurAxis axis, bool adjoint) {
  constexpr Size kSize{19, 45};
  return OpCase(std::string(axis == BlurAxis::rows ? "rows" : "columns") + (adjoint ? "_adjoint" : ""),
                [=](Operands& m) {
                  return GaussianBlur{
                      m.planes(adjoint ? "dout" : "in", kInput, kImages, 3, kSize.h, kSize.w, uniform(-1, 1)),
                      m.planes(adjoint ? "din" : "out", kOutput, kImages, 3, kSize.h, kSize.w),
                      m.array<float>("deviation", kInput, {0, 0.8F, 6}), axis, adjoint};
                })
      // The first ratio is good to two units, its powers to the square of their exponent, where they count.
      .devices(adjoint ? "din" : "out", {0, 2 * 18 * 37 * kEpsilon});
}

OpCase image_penalty(const char* name, Size s) {
  const std::vector<TermKind> kinds = kinds_of(TermOperation::penalty);
  const int per_image = static_cast<int>(kinds.size());
  return OpCase(name,
                [=](Operands& m) {
                  std::vector<PenaltyTerm> terms(kImages * kinds.size());
                  for (std::size_t i = 0; i < terms.size(); ++i) {
                    terms[i].kind = kinds[i % kinds.size()];
                    terms[i].weight = 0.5F;
                    terms[i].width = 5;
                    terms[i].column = i % 4 == 3 ? 1 : 0;
                  }
                  const std::vector<double> values(kImages * 2, 3), sums(penalty_sums(kImages, per_image));
                  return ImagePenalty{m.planes("rgb", kInput, kImages, 4, s.h, s.w, uniform(0, 1)),
                                      m.planes("drgb", kInPlace, kImages, 4, s.h, s.w, uniform(-1, 1)),
                                      m.array("terms", kInput, terms),
                                      m.array("values", kInPlace, values),
                                      m.array("sums", kScratch, sums),
                                      m.floats("residual", kScratch, std::int64_t{kImages} * 4 * s.h * s.w),
                                      per_image,
                                      2};
                })
      .devices("drgb", {0, 8 * 32 * kEpsilon})  // Slopes are below 8, of up to 32 operations.
      // Residuals, at most one, to 32 operations; what is summed of them twice that.
      .devices("values", {0, 64 * kEpsilon * 3 * s.h * s.w});
}

constexpr Size kPacked{9, 45};

OpCase pack_picture() {
  return OpCase("odd", [](Operands& m) {
    return PackPicture{
        m.planes("planar", kInput, kImages, 3, kPacked.h, kPacked.w, uniform(-120, 150)),
        m.tensor("grouped", kOutput, {kImages, 8, kPacked.h, kPacked.w, Layout::nhwc, {0, 1}})};
  });
}

OpCase unpack_picture() {
  return OpCase("odd", [](Operands& m) {
    return UnpackPicture{
        m.tensor("dgrouped", kInput, {kImages, 8, kPacked.h, kPacked.w, Layout::nhwc, {0, 1}},
                 uniform(-120, 150)),
        m.planes("dplanar", kOutput, kImages, 3, kPacked.h, kPacked.w), 1};
  });
}

const std::vector<Colours> kColours = {{"plain", kPlainColours, Squash::sigmoid, 3, 3},
                                       {"decorrelated", kDecorrelatedColours, Squash::sigmoid, 3, 3},
                                       {"clipped", kDecorrelatedColours, Squash::clip, 3, 3},
                                       {"gray", kPlainColours, Squash::sigmoid, 1, 3},
                                       {"opacity", kDecorrelatedColours, Squash::sigmoid, 4, 4},
                                       {"gray_opacity", kPlainColours, Squash::clip, 2, 4}};

}  // namespace

OpCases picture_cases() {
  OpCases cases;
  for (const Colours& c : kColours) {
    cases.push_back(colour_squash(c, {13, 37}));
    cases.push_back(colour_squash_adjoint(c, {13, 37}));
  }
  cases.push_back(fix_pixels("one_mask", 1, uniform(0, 1)));
  cases.push_back(fix_pixels("three_masks", 3, uniform(0, 1)));
  cases.push_back(fix_pixels_adjoint("one_mask", 1));
  cases.push_back(fix_pixels_adjoint("three_masks", 3));
  cases.push_back(backdrop());
  cases.push_back(backdrop_adjoint());
  cases.push_back(image_penalty("pixel", {1, 1}));
  cases.push_back(image_penalty("low", {3, 40}));
  cases.push_back(image_penalty("odd", {61, 70}));
  for (const BlurAxis axis : {BlurAxis::rows, BlurAxis::columns}) {
    for (const bool adjoint : {false, true}) cases.push_back(gaussian_blur(axis, adjoint));
  }
  cases.push_back(pack_picture());
  cases.push_back(unpack_picture());
  return cases;
}

OpCases full_size_picture_cases() {
  const Colours colours{"224x224", kDecorrelatedColours, Squash::sigmoid, 3, 3};
  return {colour_squash(colours, {224, 224}), colour_squash_adjoint(colours, {224, 224})};
}

std::vector<AdjointPair> picture_pairs() {
  std::vector<AdjointPair> pairs = {
      {pack_picture(), unpack_picture(), "planar", "grouped", "dgrouped", "dplanar"},
      {fix_pixels("nothing", 3, {}), fix_pixels_adjoint("nothing", 3), "rgb", "rgb", "drgb", "drgb"}};
  for (const BlurAxis axis : {BlurAxis::rows, BlurAxis::columns}) {
    pairs.push_back({gaussian_blur(axis, false), gaussian_blur(axis, true), "in", "out", "dout", "din"});
  }
  return pairs;
}

}  // namespace limpid::test
