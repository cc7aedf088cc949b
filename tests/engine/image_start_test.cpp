// What a picture starts from: noise or a photo, and what a mask keeps of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "engine/image/colours.h"
#include "engine/image/quantise.h"
#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/options/fit_files.h"
#include "kernels/core/error.h"
#include "tests/engine/refusal.h"
#include "tests/engine/simulated_gpu.h"
#include "weights/synthetic.h"

namespace limpid::image_start_test {
namespace {

using test::refusal;

constexpr int kHeight = 45, kWidth = 62;

const Model& model() {
  static const Model instance = synthetic_model("limpid_default", 1);
  return instance;
}

RenderOptions options() {
  RenderOptions o;
  o.objective = parse_objective("conv2d2:5", model());
  o.height = kHeight;
  o.width = kWidth;
  o.steps = 8;
  o.compute.threads = 2;
  return o;
}

/// Eight-bit values: every one of them, black and white in all combinations next to each other.
Photo photo_of_all_values() {
  Photo photo{"all.png", "", {kHeight, kWidth, {}}};
  std::mt19937 random(7);
  for (int i = 0; i < kHeight * kWidth * 3; ++i) {
    const unsigned value = i % 2 == 0 ? random() % 256 : random() % 2 * 255;
    photo.image.rgb.push_back(static_cast<float>(value) / 255);
  }
  return photo;
}

std::shared_ptr<const ColourBasis> own_colours() {
  ColourBasis colours;
  colours.matrix = {{{1, 0.2F, 0}, {0, 1, 0.1F}, {-0.3F, 0, 0.5F}}};
  colours.mean = {0.3F, 0.5F, 0.6F};
  return std::make_shared<const ColourBasis>(colours);
}

/// The picture before its first step.
Image untouched(const RenderOptions& o, Backend& backend) {
  HostThreads threads(2);
  check_render_options(o);
  LaneSpec spec = lane_for(model(), o, false);
  spec.slots = 2;
  Lane lane(backend, threads.stream(), model(), spec);
  RenderOptions neighbour = o;
  neighbour.seed = 99;
  neighbour.start.photo = nullptr;
  lane.start(0, slot_job(neighbour));
  lane.start(1, slot_job(o));
  return lane.picture(1);
}
Image untouched(const RenderOptions& o) {
  return untouched(o, *cpu::make_backend());
}

TEST(InitPhoto, UntouchedIsThePhoto) {
  const Photo photo = photo_of_all_values();
  const auto simulated = test::make_simulated_gpu();
  for (const Parameterisation kind : {Parameterisation::spectral, Parameterisation::pixel}) {
    for (const Squash squash : {Squash::sigmoid, Squash::clip}) {
      for (const int colours : {0, 1, 2}) {
        SCOPED_TRACE(::testing::Message() << static_cast<int>(kind) << static_cast<int>(squash) << colours);
        RenderOptions o = options();
        o.parameters = parameters_of(kind);
        o.colour.squash = squash;
        o.colour.decorrelate = colours != 0;
        if (colours == 2) o.colour.basis = own_colours();
        o.start.photo = std::make_shared<const Photo>(photo);
        EXPECT_EQ(quantise(untouched(o)), quantise(photo.image));
        if (colours != 1) continue;
        EXPECT_EQ(quantise(untouched(o, *simulated)), quantise(photo.image)) << "on a device";
      }
    }
  }
}

TEST(InitPhoto, OddAndTinySizesToo) {
  for (const auto& [height, width] : {std::pair{33, 32}, {32, 33}, {47, 31}}) {
    SCOPED_TRACE(::testing::Message() << height << "x" << width);
    Photo photo = photo_of_all_values();
    photo.image.height = height;
    photo.image.width = width;
    photo.image.rgb.resize(static_cast<std::size_t>(height * width * 3));
    RenderOptions o = options();
    o.objective = parse_objective("conv2d0:5", model());
    o.height = height;
    o.width = width;
    o.start.photo = std::make_shared<const Photo>(photo);
    EXPECT_EQ(quantise(untouched(o)), quantise(photo.image));
  }
}

TEST(InitPhoto, InGrayIsTheMeanOfItsChannels) {
  const Photo photo = photo_of_all_values();
  RenderOptions o = options();
  o.colour.grayscale = true;
  o.start.photo = std::make_shared<const Photo>(photo);
  const Image image = untouched(o);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const float* in = photo.image.rgb.data() + i;
    ASSERT_NEAR(image.rgb[i], (in[0] + in[1] + in[2]) / 3, 1.0 / 255);
    ASSERT_EQ(image.rgb[i], image.rgb[i + 1]);
    ASSERT_EQ(image.rgb[i], image.rgb[i + 2]);
  }
}

TEST(InitPhoto, IsWhatTheClimbStartsFrom) {
  RenderOptions o = options();
  o.start.photo = std::make_shared<const Photo>(photo_of_all_values());
  const RenderResult result = render(model(), o);
  EXPECT_GT(result.objective.back(), result.objective.front());
  o.seed = 1;
  o.view.transforms.list.clear();
  const double first = render(model(), o).objective.front();
  o.seed = 2;
  EXPECT_EQ(render(model(), o).objective.front(), first) << "a start that no seed moves";
}

TEST(InitialDeviation, ScalesTheNoise) {
  RenderOptions o = options();
  o.parameters = Pixel{};
  o.colour.decorrelate = false;
  o.start.deviation = 0;
  const Image flat = untouched(o);
  EXPECT_TRUE(std::all_of(flat.rgb.begin(), flat.rgb.end(), [](float v) { return v == 0.5F; }));
  const auto deviation = [&](float wanted) {
    o.start.deviation = wanted;
    double square = 0;
    const Image noise = untouched(o);
    for (const float v : noise.rgb) {
      const double latent = std::log(static_cast<double>(v) / (1 - static_cast<double>(v)));
      square += latent * latent;
    }
    return std::sqrt(square / static_cast<double>(noise.rgb.size()));
  };
  // Of 8370 values, the deviation is known to 1 / sqrt(2 n) of itself: four of those.
  EXPECT_NEAR(deviation(0.01F), 0.01, 0.01 * 0.031);
  EXPECT_NEAR(deviation(0.5F), 0.5, 0.5 * 0.031);
}

Mask left_half() {
  Mask mask{"mask.png", "", kHeight, kWidth, {}};
  for (int i = 0; i < kHeight * kWidth; ++i) {
    const int x = i % kWidth;
    mask.values.push_back(x < 30 ? 1.0F : x < 34 ? 0.5F : 0.0F);
  }
  return mask;
}

/// Largest distance of two pictures' values in columns [first, end).
float distance(const Image& a, const Image& b, int first, int end) {
  float most = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    const int x = static_cast<int>(i / 3) % kWidth;
    if (x >= first && x < end) most = std::max(most, std::abs(a.rgb[i] - b.rgb[i]));
  }
  return most;
}

TEST(FrozenPixels, AreThePhotosToTheBit) {
  for (const bool gpu : {false, true}) {
    RenderOptions o = options();
    o.start.photo = std::make_shared<const Photo>(photo_of_all_values());
    o.start.mask = std::make_shared<const Mask>(left_half());
    const auto backend = gpu ? test::make_simulated_gpu() : cpu::make_backend();
    HostThreads threads(2);
    Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
    lane.start(0, slot_job(o));
    for (int i = 0; i < 5; ++i) lane.step();
    lane.synchronise();
    EXPECT_EQ(lane.failed_step(0), 0);
    const Image image = lane.picture(0);
    EXPECT_EQ(distance(image, o.start.photo->image, 0, 30), 0);
    EXPECT_GT(distance(image, o.start.photo->image, 34, kWidth), 0.01F);
  }
}

TEST(FrozenPixels, AreTheJobsOwnStartWithoutAPhoto) {
  RenderOptions o = options();
  const Image start = untouched(o);
  o.start.mask = std::make_shared<const Mask>(left_half());
  const RenderResult result = render(model(), o);
  const Image& image = result.snapshots.back().image;
  EXPECT_EQ(distance(image, start, 0, 30), 0);
  EXPECT_GT(distance(image, start, 34, kWidth), 0.01F);
  EXPECT_GT(result.objective.back(), result.objective.front());
}

/// A mask all of zeros computes the same picture as none, so neither its cost nor its rounding hides a
/// change.
TEST(FrozenPixels, AnEmptyMaskChangesNothing) {
  RenderOptions o = options();
  const Image without = render(model(), o).snapshots.back().image;
  Mask mask = left_half();
  std::fill(mask.values.begin(), mask.values.end(), 0.0F);
  o.start.mask = std::make_shared<const Mask>(mask);
  EXPECT_EQ(render(model(), o).snapshots.back().image.rgb, without.rgb);
}

TEST(Gray, ClimbsWithThreeLikeChannels) {
  for (const Squash squash : {Squash::sigmoid, Squash::clip}) {
    RenderOptions o = options();
    o.colour.grayscale = true;
    o.colour.squash = squash;
    if (squash == Squash::clip) o.start.deviation = 0.3F;
    const RenderResult result = render(model(), o);
    EXPECT_GT(result.objective.back(), result.objective.front());
    const std::vector<float>& rgb = result.snapshots.back().image.rgb;
    for (std::size_t i = 0; i < rgb.size(); i += 3) ASSERT_TRUE(rgb[i] == rgb[i + 1] && rgb[i] == rgb[i + 2]);
  }
}

std::string message_of(const RenderOptions& o) {
  return refusal([&] { check_render_options(o); });
}

/// A job of another size has the files that it would have been given at its own.
TEST(FitFiles, BringsEveryFileToThePicture) {
  const Photo photo = photo_of_all_values();
  for (const Fit fit : {Fit::crop, Fit::pad, Fit::stretch}) {
    SCOPED_TRACE(static_cast<int>(fit));
    RenderOptions o = options();
    o.height = 33;
    o.width = 40;
    o.start.fit = fit;
    o.start.photo = std::make_shared<const Photo>(photo);
    o.start.mask = std::make_shared<const Mask>(left_half());
    const auto shown = std::make_shared<const Image>(photo.image);
    ObjectiveTerm distance;
    distance.kind = TermKind::distance;
    distance.source = "all.png";
    distance.photo = shown;
    o.objective.terms.push_back(distance);
    o.watch.emplace_back(distance);
    check_render_options(o);
    EXPECT_EQ(fitting_notes(o).size(), 2U) << "one a file";
    const SlotJob job = slot_job(o);
    const Image wanted = fit_image(photo.image, 33, 40, fit);
    EXPECT_EQ(job.init->image.rgb, wanted.rgb);
    EXPECT_EQ(job.init->file, "all.png");
    EXPECT_EQ(job.mask->values, fit_plane(left_half().values, kHeight, kWidth, 33, 40, fit));
    const auto fitted = job.goals.objective.terms.back().photo;
    EXPECT_EQ(fitted->rgb, wanted.rgb);
    EXPECT_EQ(job.goals.watched[0].terms[0].photo, fitted) << "shared, as it was";
    EXPECT_EQ(shown->height, kHeight);
  }
  // What fits is not even copied.
  RenderOptions same = options();
  same.start.photo = std::make_shared<const Photo>(photo);
  EXPECT_EQ(slot_job(same).init, same.start.photo);
  EXPECT_TRUE(fitting_notes(same).empty());
  Photo broken = photo;
  broken.image.rgb.pop_back();
  same.height = 33;
  same.start.photo = std::make_shared<const Photo>(broken);
  EXPECT_THROW(slot_job(same), Error);
}

TEST(ImageOptions, RefusesToCompareOneImage) {
  for (const char* text : {"conv2d2:5 + diversity(conv2d2)", "conv2d2:5 - align(conv2d2)"}) {
    RenderOptions o = options();
    o.objective = parse_objective(text, model());
    EXPECT_NE(message_of(o).find("compares the images of a job"), std::string::npos) << text;
    o.images = 2;
    EXPECT_EQ(message_of(o), "no error");
  }
}

TEST(ImageOptions, RefuseWhatCannotBe) {
  RenderOptions o = options();
  Photo photo = photo_of_all_values();
  photo.image.height = kHeight - 1;
  o.start.photo = std::make_shared<const Photo>(photo);
  EXPECT_EQ(message_of(o), "the photo 'all.png' is 44x62 and has 8370 values of colour: 8184 are needed");
  o = options();
  Mask mask = left_half();
  mask.width = 61;
  o.start.mask = std::make_shared<const Mask>(mask);
  EXPECT_EQ(message_of(o), "the mask 'mask.png' is 45x61 and has 2790 values: 2745 are needed");
  mask = left_half();
  mask.values[3] = std::nanf("");
  o.start.mask = std::make_shared<const Mask>(mask);
  EXPECT_EQ(message_of(o), "the mask 'mask.png' must have values in [0, 1]");
  o = options();
  o.start.deviation = -1;
  EXPECT_EQ(message_of(o), "sd -1: expected a number from 0 to 1000000000");
  o = options();
  ColourBasis flat = *own_colours();
  flat.matrix[2] = flat.matrix[1];
  o.colour.basis = std::make_shared<const ColourBasis>(flat);
  EXPECT_EQ(message_of(o), "the colour matrix has no inverse: its columns span no three dimensions");
  o.colour.basis = own_colours();
  EXPECT_EQ(message_of(o), "no error");
  o.colour.grayscale = true;
  EXPECT_EQ(message_of(o), "a colour matrix has no effect on gray");
}

}  // namespace
}  // namespace limpid::image_start_test
