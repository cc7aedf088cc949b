// Objectives of several terms in plans and lanes.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane.h"
#include "kernels/core/error.h"
#include "weights/synthetic.h"

namespace limpid::goals_test {
namespace {

constexpr int kHeight = 48, kWidth = 56;

const Model& model() {
  static const Model instance = synthetic_model("bvlc_googlenet", 3);
  return instance;
}

/// Smooth and without ties.
std::shared_ptr<const Image> photo(int height = kHeight, int width = kWidth) {
  auto image = std::make_shared<Image>();
  image->height = height;
  image->width = width;
  for (int i = 0; i < height * width * 3; ++i) {
    image->rgb.push_back(
        0.5F + 0.45F * std::sin(0.37F * static_cast<float>(i) + 1e-4F * static_cast<float>(i * i % 971)));
  }
  return image;
}

/// Every photo is the one above, every file of vectors a ramp.
class GivenFiles final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override { return goals_test::photo(); }
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override {
    auto vectors = std::make_shared<FeatureVectors>();
    vectors->channels = channels;
    if (path == "patch") vectors->height = 2;
    for (int i = 0; i < vectors->height * channels; ++i)
      vectors->values.push_back(std::cos(static_cast<float>(i)));
    return vectors;
  }
};

Objective objective(const std::string& text) {
  GivenFiles files;
  return parse_objective(text, model(), &files);
}

std::string message_of(const std::string& text, const std::vector<std::string>& watched = {}) {
  Goals goals{objective(text), {}};
  for (const std::string& other : watched) goals.watched.push_back(objective(other));
  try {
    const GoalShape shape = shape_of(goals);
    bind_terms(goals, make_plan(model(), {shape.targets, kHeight, kWidth, 1}), {});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

TEST(Goals, TargetsAreLayersAndHoldAllTheirTerms) {
  const GoalShape shape =
      shape_of({objective("mixed3a:3 - 2*mixed3b + mixed3a:1@0,0 + dir(mixed3b, v) + "
                          "style(a, mixed3a) + caricature(b, mixed3b) - tv - distance(a)"),
                {objective("mixed3a:7")}});
  ASSERT_EQ(shape.targets.size(), 2U);
  EXPECT_EQ(shape.targets[0].layer, "mixed3a");
  EXPECT_EQ(shape.targets[0].terms, (TermCounts{3, 0, 1, 0}));
  EXPECT_TRUE(shape.targets[0].channels.empty()) << "a Gram matrix is of all channels";
  EXPECT_EQ(shape.targets[1].terms, (TermCounts{2, 1, 0, 1}));
  EXPECT_EQ(shape.penalties, 2);
  EXPECT_EQ(shape.photos, 2);
  EXPECT_EQ(shape.columns, 2);
  EXPECT_EQ(shape_of({objective("mixed3a:7 + mixed3a:3"), {}}).targets[0].channels, (std::vector<int>{3, 7}));
}

TEST(Goals, ALayerBeforeAndAfterItsReluIsTwoTargets) {
  const Goals goals{objective("mixed3a:1 + mixed3a:2:pre + mixed3a:3"), {objective("mixed3a_3x3:2:pre")}};
  const GoalShape shape = shape_of(goals);
  EXPECT_EQ(shape.targets, (std::vector<TargetRequest>{{"mixed3a", false, {1, 3}, {2, 0, 0, 0}},
                                                       {"mixed3a", true, {2}, {1, 0, 0, 0}},
                                                       {"mixed3a_3x3", true, {2}, {1, 0, 0, 0}}}));
  const Plan plan = make_plan(model(), {shape.targets, kHeight, kWidth, 1});
  const std::vector<TargetTerms> terms = bind_terms(goals, plan, {});
  ASSERT_EQ(terms.size(), 3U);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    ASSERT_EQ(terms[i].seeds.size(), i == 0 ? 2U : 1U);
    EXPECT_EQ(plan.targets[i].channels.logical(terms[i].seeds[0].term.channel), shape.targets[i].channels[0]);
    EXPECT_EQ(terms[i].seeds[0].term.column, i == 2 ? 1 : 0);
  }
}

TEST(Goals, SayWhatCannotBeTogether) {
  EXPECT_EQ(message_of("mix(mixed3a:1, mixed3a:2)"),
            "a mixture without t= changes over the images of a job: give it t=, or ask for more images");
  EXPECT_EQ(message_of("dir(mixed3a, v)@6,0"),
            "position 6,0 lies outside mixed3a, which is 6x7 (y,x) at this input size");
}

/// The gradient of a sum is the sum of the gradients, whatever layers and operations the terms are of.
TEST(Goals, AGradientIsTheSumOfItsTermsGradients) {
  const std::vector<std::string> terms = {"mixed3a:3",
                                          "mixed3b",
                                          "dir(mixed3a, random:5, cossim=1)",
                                          "conv2d2:7",
                                          "patch(mixed3b, patch)",
                                          "mixed3a:9@2,3",
                                          "cosine(mixed3a, v)"};
  const std::vector<double> weights = {1, 0.5, -2, 3, 0.25, 1.5, 20};
  std::string sum;
  double value = 0;
  std::vector<double> expected(static_cast<std::size_t>(kHeight * kWidth * 3));
  for (std::size_t i = 0; i < terms.size(); ++i) {
    sum += (i > 0 ? " + " : "") + fmt::format("{}*{}", std::abs(weights[i]), terms[i]);
    if (weights[i] < 0) sum.replace(sum.rfind(" + "), 3, " - ");
    const InputGradient one = input_gradient(model(), *photo(), objective(terms[i]));
    value += weights[i] * one.value;
    for (std::size_t j = 0; j < expected.size(); ++j) expected[j] += weights[i] * double{one.gradient[j]};
  }
  const InputGradient all = input_gradient(model(), *photo(), objective(sum));
  EXPECT_NEAR(all.value, value, 1e-5 * std::abs(value));
  double error = 0, norm = 0;
  for (std::size_t j = 0; j < expected.size(); ++j) {
    error += std::pow(double{all.gradient[j]} - expected[j], 2);
    norm += std::pow(expected[j], 2);
  }
  // Sums over up to 192 x 25 products in fp32, in another order.
  EXPECT_LE(std::sqrt(error), 1e-5 * std::sqrt(norm)) << sum;
}

LaneSpec spec_of(const Goals& goals, int slots, int images = 1) {
  LaneSpec spec;
  spec.goals = shape_of(goals);
  spec.height = kHeight;
  spec.width = kWidth;
  spec.slots = slots;
  spec.images = images;
  return spec;
}

SlotJob job_of(const Goals& goals) {
  SlotJob job;
  job.goals = goals;
  job.seed = 5;
  return job;
}

struct Outcome {
  std::vector<float> rgb;
  std::vector<std::vector<double>> curves;
  bool operator==(const Outcome&) const = default;
};

Outcome run(const SlotJob& job, int slots, int slot, int images = 1, int steps = 8) {
  HostThreads host(2);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), model(), spec_of(job.goals, slots, images));
  for (int i = 0; i < slots; ++i) {
    SlotJob other = job;
    other.seed = 100 + static_cast<std::uint64_t>(i);
    lane.start(i, i == slot ? job : other);
  }
  for (int i = 0; i < steps; ++i) lane.step();
  lane.evaluate();
  lane.synchronise();
  EXPECT_EQ(lane.failed_step(slot), 0);
  Outcome outcome;
  outcome.rgb = lane.picture(slot).rgb;
  for (int column = 0; column < lane.spec().goals.columns; ++column) {
    outcome.curves.push_back(lane.curve(slot, column));
    outcome.curves.back().push_back(lane.value(slot, column));
  }
  return outcome;
}

TEST(Goals, WhatIsWatchedChangesNothing) {
  const SlotJob plain = job_of({objective("mixed3a:3 - 0.01*tv"), {}});
  SlotJob watched = plain;
  watched.goals.watched = {objective("mixed3a:4"), objective("match(a, conv2d2)"),
                           objective("mixed3b:1 - l2")};
  const Outcome alone = run(plain, 1, 0);
  const Outcome beside = run(watched, 1, 0);
  EXPECT_EQ(beside.rgb, alone.rgb);
  EXPECT_EQ(beside.curves[0], alone.curves[0]);
  for (std::size_t i = 1; i < beside.curves.size(); ++i) EXPECT_NE(beside.curves[i][0], beside.curves[0][0]);
  EXPECT_EQ(run(job_of({objective("mixed3a:4"), {}}), 1, 0, 1, 0).curves[0][0], beside.curves[1][0])
      << "its first value is that of the same start";
}

TEST(Goals, EveryTermGivesTheSameBytesInEverySlot) {
  for (const char* text :
       {"mixed3a:3 - 0.01*tv - 0.1*blur - 0.1*boundary(frame=5)", "match(a, mixed3a)",
        "caricature(a, mixed3a, cossim=1) - 0.1*distance(a)", "style(a, conv2d2, mixed3a)"}) {
    const SlotJob job = job_of({objective(text), {}});
    EXPECT_TRUE(run(job, 3, 2) == run(job, 1, 0)) << text;
  }
  const SlotJob pair = job_of({objective("mixed3a:3 + diversity(mixed3a) + align(conv2d2)"), {}});
  EXPECT_TRUE(run(pair, 2, 1, 2) == run(pair, 1, 0, 2));
}

TEST(Goals, ImagesOfAJobAreThoseOfItsSeed) {
  SlotJob job = job_of({objective("mixed3a:3"), {}});
  const Outcome both = run(job, 1, 0, 2);
  const Outcome first = run(job, 1, 0);
  job.image = 1;
  const Outcome second = run(job, 1, 0);
  ASSERT_NE(first.rgb, second.rgb);
  for (int y = 0; y < kHeight; ++y) {
    for (int i = 0; i < 3 * kWidth; ++i) {
      ASSERT_EQ(both.rgb[static_cast<std::size_t>(y * 6 * kWidth + i)],
                first.rgb[static_cast<std::size_t>(y * 3 * kWidth + i)]);
      ASSERT_EQ(both.rgb[static_cast<std::size_t>(y * 6 * kWidth + 3 * kWidth + i)],
                second.rgb[static_cast<std::size_t>(y * 3 * kWidth + i)]);
    }
  }
  EXPECT_EQ(both.curves[0][0], (first.curves[0][0] + second.curves[0][0]) / 2);
}

TEST(Goals, AMixtureGoesFromOneEndToTheOther) {
  const Outcome ends =
      run(job_of({objective("mix(mixed3a:3, mixed3a:7)"), {objective("mixed3a:3"), objective("mixed3a:7")}}),
          1, 0, 2, 0);
  SlotJob one = job_of({objective("mixed3a:3"), {}});
  const double first = run(one, 1, 0, 1, 0).curves[0][0];
  one = job_of({objective("mixed3a:7"), {}});
  one.image = 1;
  EXPECT_EQ(ends.curves[0][0], (first + run(one, 1, 0, 1, 0).curves[0][0]) / 2);
}

TEST(Goals, EachKindOfTermCanBeClimbed) {
  for (const char* text :
       {"match(a, mixed3a)", "caricature(a, mixed3a, cossim=1)", "style(a, conv2d2, mixed3a)",
        "dir(mixed3a, random:3, cossim=1)", "patch(mixed3a, patch)", "0.001*mixed3a:1 - distance(a)",
        "0.0001*mixed3a:1 - l1", "0.0001*mixed3a:1 - tv", "0.0001*mixed3a:1 - blur",
        "0.0001*mixed3a:1 - boundary"}) {
    SlotJob job = job_of({objective(text), {}});
    job.transforms.list.clear();
    const std::vector<double> curve = run(job, 1, 0, 1, 24).curves[0];
    EXPECT_GT(curve.back(), curve.front()) << text;
  }
}

TEST(Goals, DiversityMakesImagesUnlike) {
  const auto last_diversity = [](const char* text) {
    SlotJob job = job_of({objective(text), {objective("diversity(mixed3a)")}});
    return run(job, 1, 0, 3, 24).curves[1].back();
  };
  EXPECT_GT(last_diversity("mixed3a:3 + 100*diversity(mixed3a)"),
            last_diversity("mixed3a:3 + 0*diversity(mixed3a)"));
}

TEST(Goals, APhotoOfAnotherSizeIsRefused) {
  SlotJob job = job_of({objective("match(a, mixed3a)"), {}});
  HostThreads host(1);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), model(), spec_of(job.goals, 1));
  job.goals.objective.terms[0].photo = photo(40, 56);
  try {
    lane.start(0, job);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "the photo of an objective is 40x56 (height x width) and the picture 48x56: make them the same");
  }
}

}  // namespace
}  // namespace limpid::goals_test
