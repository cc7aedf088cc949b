// Pictures of a job that share coarse terms: latents, starts and gradients against plain ones, and lanes of
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/image_kinds.h"
#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"
#include "kernels/core/names.h"
#include "tests/engine/bound_images.h"
#include "tests/engine/lane_run.h"
#include "tests/engine/refusal.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/image/resized.h"
#include "weights/synthetic.h"

namespace limpid::shared_images_test {
namespace {

using test::LaneOutcome;
using test::refusal;
using test::run_among;

constexpr int kHeight = 33, kWidth = 46;
const std::vector<int> kDivisors = {4, 7, 16};

/// Two jobs of two images and a photo.
constexpr JobPictures kJob = {2, 1};
constexpr int kJobs = 2, kBatch = 6;

/// Values of the levels above, for a plane.
std::size_t shared_count() {
  std::size_t count = 0;
  for (const int n : kDivisors)
    count += static_cast<std::size_t>(((kHeight + n - 1) / n) * ((kWidth + n - 1) / n));
  return count;
}

/// What a kind has in common with others stays when it becomes another.
Parameters with_shared(Parameterisation kind, const SharedTerms& shared) {
  return kind == Parameterisation::spectral ? Spectral{.shared = shared}
                                            : changed_to(kind, Spectral{.shared = shared});
}

struct Kind {
  Parameterisation kind;
  bool gray;
  const char* name;
};

class SharedParameters : public ::testing::TestWithParam<Kind> {
 protected:
  using Floats = std::vector<float>;

  SharedParameters()
      : backend_(cpu::make_backend()),
        images_(
            test::bind_images(*backend_, threads_.stream(), form(kDivisors), kBatch, kHeight, kWidth, kJob)),
        alone_(test::bind_images(*backend_, threads_.stream(), form({}), kBatch, kHeight, kWidth)),
        own_(static_cast<std::size_t>(alone_->layout().total())),
        total_(static_cast<std::size_t>(images_->layout().total())) {}

  static ImageForm form(const std::vector<int>& divisors) {
    return {with_shared(GetParam().kind, divisors), GetParam().gray};
  }
  int planes() const { return form({}).latent_planes(); }

  Floats start() {
    Floats parameters(kBatch * total_);
    for (int i = 0; i < kBatch; ++i) {
      const SlotKey key{7, static_cast<std::uint32_t>(i), 0};
      float* const picture = parameters.data() + static_cast<std::size_t>(i) * total_;
      images_->initialise(threads_.stream(), picture, &key, 0.01F);
      const int first = i / kJob.all() * kJob.all();
      if (i != first) {
        images_->share_start(threads_.stream(), parameters.data() + static_cast<std::size_t>(first) * total_,
                             picture);
      }
    }
    return parameters;
  }

  Floats own_part(const Floats& parameters, std::size_t picture) const {
    const auto first = parameters.begin() + static_cast<std::ptrdiff_t>(picture * total_);
    return {first, first + static_cast<std::ptrdiff_t>(own_)};
  }
  Floats shared_part(const Floats& parameters, std::size_t picture) const {
    const auto first = parameters.begin() + static_cast<std::ptrdiff_t>(picture * total_);
    return {first + static_cast<std::ptrdiff_t>(own_), first + static_cast<std::ptrdiff_t>(total_)};
  }

  Floats latent_of(const Floats& parameters) {
    const Planar<const float> latent = images_->decode(threads_.stream(), parameters.data());
    EXPECT_EQ(latent.elements(), std::int64_t{kBatch} * planes() * kHeight * kWidth);
    return {latent.data, latent.data + latent.elements()};
  }

  HostThreads threads_{2};
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<test::BoundImages> images_, alone_;
  std::size_t own_, total_;
};

TEST_P(SharedParameters, ALatentIsItsOwnPlusTheLevelsEnlarged) {
  ASSERT_EQ(total_, own_ + static_cast<std::size_t>(planes()) * shared_count());
  ASSERT_EQ(images_->layout().total(), parameter_layout(form(kDivisors), kHeight, kWidth).total());
  Floats parameters(kBatch * total_), own_parameters;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (float& value : parameters) value = normal(random);
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Floats own = own_part(parameters, i);
    own_parameters.insert(own_parameters.end(), own.begin(), own.end());
  }
  const Planar<const float> own_latent = alone_->decode(threads_.stream(), own_parameters.data());
  const Floats latent = latent_of(parameters);
  std::size_t pixel = 0;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Floats shared = shared_part(parameters, i);
    for (int plane = 0; plane < planes(); ++plane) {
      for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x, ++pixel) {
          double expected = static_cast<double>(own_latent.data[pixel]);
          const float* level = shared.data() + static_cast<std::size_t>(plane) * shared_count();
          for (const int n : kDivisors) {
            const int lh = (kHeight + n - 1) / n, lw = (kWidth + n - 1) / n;
            expected += test::resized(level, lh, lw, kHeight, kWidth, y, x);
            level += lh * lw;
          }
          // Coordinates below 12 round twice, in each of three levels, and values are below 6.
          ASSERT_NEAR(static_cast<double>(latent[pixel]), expected, 1e-4) << i << " " << y << "," << x;
        }
      }
    }
  }
}

TEST_P(SharedParameters, StartAsAloneWithTheSameSharedValuesInAJob) {
  const Floats parameters = start();
  for (std::size_t i = 0; i < kBatch; ++i) {
    const SlotKey key{7, static_cast<std::uint32_t>(i), 0};
    Floats alone(own_);
    alone_->initialise(threads_.stream(), alone.data(), &key, 0.01F);
    EXPECT_EQ(own_part(parameters, i), alone) << i;
    EXPECT_EQ(shared_part(parameters, i), shared_part(parameters, i / 3 * 3)) << i;
  }
  const Floats shared = shared_part(parameters, 0);
  EXPECT_NE(shared, shared_part(parameters, 3)) << "another job";
  const Floats own = own_part(parameters, 0);
  EXPECT_FALSE(std::equal(shared.begin(), shared.end(), own.begin())) << "drawn anew";
  const double squares = std::inner_product(shared.begin(), shared.end(), shared.begin(), 0.0);
  const auto count = static_cast<double>(shared.size());
  // The mean of n squares of normal values deviates by sqrt(2 / n).
  EXPECT_NEAR(squares / count / 1e-4, 1, 5 * std::sqrt(2 / count));
}

TEST_P(SharedParameters, GradientAgreesWithFiniteDifferencesOfTheWhole) {
  Floats parameters = start();
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  const auto pixels = static_cast<std::size_t>(planes() * kHeight * kWidth);
  Floats weights(kBatch * pixels);
  for (float& weight : weights) weight = normal(random);
  latent_of(parameters);
  Floats dlatent = weights;
  const Planar<float> view{dlatent.data(), kBatch, planes(), kHeight, kWidth};
  const float* result = images_->decode_adjoint(threads_.stream(), view);
  std::vector<double> gradient(result, result + kBatch * total_);
  const auto per_plane = static_cast<std::size_t>(images_->layout().count);
  const float* scale = images_->gradient_scale();
  EXPECT_EQ(scale != nullptr, GetParam().kind == Parameterisation::spectral);
  for (std::size_t i = 0; scale != nullptr && i < gradient.size(); ++i) {
    gradient[i] *= static_cast<double>(scale[i % per_plane]);
  }
  // What counts: the latents of images, not of photos.
  const auto value_of = [&](const Floats& at) {
    const Floats latent = latent_of(at);
    double sum = 0;
    for (std::size_t i = 0; i < latent.size(); ++i) {
      if (i / pixels % 3 < 2) sum += static_cast<double>(latent[i]) * static_cast<double>(weights[i]);
    }
    return sum;
  };
  // Own parameters freely, shared ones together; each sort by itself too, so that none hides the other.
  for (const auto& [move_own, move_shared] : {std::pair{true, true}, {true, false}, {false, true}}) {
    Floats direction(kBatch * total_);
    double expected = 0, length = 0, size = 0;
    for (std::size_t picture = 0; picture < kBatch; ++picture) {
      const bool photo = picture % 3 == 2;
      for (std::size_t i = 0; i < total_; ++i) {
        const std::size_t at = picture * total_ + i, first = picture / 3 * 3 * total_ + i;
        const bool shared = i >= own_;
        if (shared ? !move_shared : !move_own || photo) continue;
        direction[at] = shared && at != first ? direction[first] : normal(random);
        if (shared && at != first) continue;  // One variable, counted once.
        expected += gradient[at] * static_cast<double>(direction[at]);
        length += std::pow(static_cast<double>(direction[at]), 2);
        size += std::pow(gradient[at], 2);
      }
    }
    const auto moved = [&](float step) {
      Floats at = parameters;
      for (std::size_t i = 0; i < at.size(); ++i) at[i] += step * direction[i];
      return at;
    };
    // The value is linear; sums of thousands of latents round.
    const double difference = (value_of(moved(0.5F)) - value_of(moved(-0.5F))) / 1.0;
    EXPECT_LE(std::abs(difference - expected), 1e-5 * std::sqrt(length * size)) << move_own << move_shared;
  }
}

TEST_P(SharedParameters, APhotoToStartFromLeavesTheSharedTermsZero) {
  std::vector<float> latent(static_cast<std::size_t>(planes() * kHeight * kWidth), 0.25F);
  latent[17] = -3;
  if (GetParam().kind == Parameterisation::pyramid) {
    EXPECT_THROW(images_->encode(latent), Error);
    return;
  }
  const Floats once = images_->encode(latent);
  ASSERT_EQ(once.size(), total_);
  EXPECT_TRUE(std::all_of(once.begin() + static_cast<std::ptrdiff_t>(own_), once.end(),
                          [](float value) { return value == 0; }));
  Floats parameters;
  for (int i = 0; i < kBatch; ++i) parameters.insert(parameters.end(), once.begin(), once.end());
  const Floats back = latent_of(parameters);
  for (std::size_t i = 0; i < back.size(); ++i) ASSERT_NEAR(back[i], latent[i % latent.size()], 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SharedParameters,
                         ::testing::Values(Kind{Parameterisation::spectral, false, "spectral"},
                                           Kind{Parameterisation::spectral, true, "spectralInGray"},
                                           Kind{Parameterisation::pixel, false, "pixel"},
                                           Kind{Parameterisation::pixel, true, "pixelInGray"},
                                           Kind{Parameterisation::pyramid, false, "pyramid"}),
                         [](const auto& info) { return std::string(info.param.name); });

// ---- Jobs

const Model& model() {
  static const Model instance = synthetic_model("limpid_default", 1);
  return instance;
}

/// One photo for every name.
class GivenPhoto final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override {
    Image image{kHeight, kWidth, {}};
    for (int i = 0; i < kHeight * kWidth * 3; ++i) image.rgb.push_back(static_cast<float>(i * 7 % 256) / 255);
    return std::make_shared<const Image>(image);
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string&, int) override { return nullptr; }
};

RenderOptions options(Parameterisation kind, const std::string& objective) {
  GivenPhoto files;
  RenderOptions o;
  o.objective = parse_objective(objective, model(), &files);
  o.height = kHeight;
  o.width = kWidth;
  o.images = 3;
  o.steps = 12;
  o.parameters = with_shared(kind, kDivisors);
  o.compute.threads = 2;
  check_render_options(o);
  return o;
}

constexpr const char* kMixture = "mix(conv2d0:5, conv2d0:9)";

/// What image `image` of a slot has of the shared terms.
std::vector<float> shared_terms(Lane& lane, int slot, int image) {
  const std::vector<float> all = lane.parameters(slot);
  const auto of_image = static_cast<std::ptrdiff_t>(all.size() / 3);
  const auto end = all.begin() + (image + 1) * of_image;
  return {end - static_cast<std::ptrdiff_t>(3 * shared_count()), end};
}

class SharedJobs : public ::testing::TestWithParam<Parameterisation> {};

TEST_P(SharedJobs, CopiesStayTheSameOverSteps) {
  const auto cpu = cpu::make_backend();
  const auto gpu = test::make_simulated_gpu();
  for (const char* objective : {kMixture, "match(a, conv2d0)"}) {
    for (const Optimiser optimiser : {Optimiser::adam, Optimiser::nadam, Optimiser::ascent}) {
      for (Backend* backend : {cpu.get(), gpu.get()}) {
        SCOPED_TRACE(::testing::Message()
                     << objective << " " << static_cast<int>(optimiser) << " " << backend->name());
        RenderOptions o = options(GetParam(), objective);
        o.update.optimiser = optimiser;
        HostThreads threads(2);
        LaneSpec spec = lane_for(model(), o, false);
        spec.slots = 2;
        Lane lane(*backend, threads.stream(), model(), spec);
        RenderOptions other = o;
        other.seed = 9;
        lane.start(0, slot_job(other));
        lane.start(1, slot_job(o));
        std::vector<float> before = shared_terms(lane, 1, 0);
        for (int step = 0; step < 4; ++step) {
          lane.step();
          const std::vector<float> first = shared_terms(lane, 1, 0);
          for (int image = 1; image < 3; ++image) ASSERT_EQ(shared_terms(lane, 1, image), first) << step;
          EXPECT_NE(first, before) << "nothing moves";
          EXPECT_NE(first, shared_terms(lane, 0, 0)) << "another job";
          before = first;
        }
      }
    }
  }
}

TEST_P(SharedJobs, SameBytesWhateverTheSlotAndTheThreads) {
  RenderOptions o = options(GetParam(), kMixture);
  o.seed = 40;
  const auto backend = cpu::make_backend();
  const LaneOutcome alone = run_among(*backend, model(), o, 1, 0, 1);
  EXPECT_GT(alone.values.back(), alone.values.front());
  EXPECT_TRUE(run_among(*backend, model(), o, 1, 0, 3) == alone) << "threads";
  EXPECT_TRUE(run_among(*backend, model(), o, 3, 2, 2) == alone) << "slot";
}

TEST_P(SharedJobs, ClimbOnADeviceToo) {
  const auto gpu = test::make_simulated_gpu();
  const LaneOutcome outcome = run_among(*gpu, model(), options(GetParam(), kMixture), 2, 1, 2);
  EXPECT_GT(outcome.values.back(), outcome.values.front());
}

/// Correlation of the first image of a strip of three with the last.
double likeness(const Image& strip) {
  double sum[2] = {}, square[2] = {}, product = 0, count = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < 3 * kWidth; ++x, ++count) {
      const auto at = static_cast<std::size_t>(y * 9 * kWidth + x);
      const double a = static_cast<double>(strip.rgb[at]);
      const double b = static_cast<double>(strip.rgb[at + static_cast<std::size_t>(6 * kWidth)]);
      sum[0] += a;
      sum[1] += b;
      square[0] += a * a;
      square[1] += b * b;
      product += a * b;
    }
  }
  const auto deviation = [&](int i) { return std::sqrt(square[i] / count - std::pow(sum[i] / count, 2)); };
  return (product / count - sum[0] / count * sum[1] / count) / (deviation(0) * deviation(1));
}

TEST_P(SharedJobs, PicturesAreMoreAlike) {
  RenderOptions o = options(GetParam(), kMixture);
  o.steps = 40;
  const double with = likeness(render(model(), o).snapshots.back().image);
  o.parameters = parameters_of(GetParam());
  const double without = likeness(render(model(), o).snapshots.back().image);
  EXPECT_GT(with, without);
}

TEST_P(SharedJobs, AMaskKeepsWhatItCovers) {
  RenderOptions o = options(GetParam(), kMixture);
  Mask mask{"m.png", "", kHeight, kWidth, std::vector<float>(kHeight * kWidth)};
  std::fill_n(mask.values.begin(), kHeight / 2 * kWidth, 1.0F);
  o.start.mask = std::make_shared<const Mask>(mask);
  const auto backend = cpu::make_backend();
  HostThreads threads(2);
  Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
  lane.start(0, slot_job(o));
  const Image before = lane.picture(0);
  for (int i = 0; i < 5; ++i) lane.step();
  const Image after = lane.picture(0);
  const auto covered = static_cast<std::ptrdiff_t>(kHeight / 2 * 9 * kWidth);
  EXPECT_TRUE(std::equal(before.rgb.begin(), before.rgb.begin() + covered, after.rgb.begin()));
  EXPECT_FALSE(std::equal(before.rgb.begin() + covered, before.rgb.end(), after.rgb.begin() + covered));
  EXPECT_EQ(shared_terms(lane, 0, 0), shared_terms(lane, 0, 2));
}

INSTANTIATE_TEST_SUITE_P(Kinds, SharedJobs,
                         ::testing::Values(Parameterisation::spectral, Parameterisation::pixel,
                                           Parameterisation::pyramid),
                         [](const auto& info) {
                           for (const auto& [kind, name] : enumerators<Parameterisation>()) {
                             if (kind == info.param) return std::string(name);
                           }
                           return std::string();
                         });

TEST(SharedJob, LanesAreOfOneSetOfSharedTerms) {
  RenderOptions o = options(Parameterisation::spectral, kMixture);
  const LaneSpec spec = lane_for(model(), o, false);
  EXPECT_TRUE(fits(spec, spec));
  o.parameters = Spectral{.shared = {4, 7}};
  EXPECT_FALSE(fits(spec, lane_for(model(), o, false)));
  o.parameters = Spectral{};
  EXPECT_FALSE(fits(spec, lane_for(model(), o, false)));
}

std::string message_of(const RenderOptions& o) {
  return refusal([&] { check_render_options(o); });
}

TEST(SharedJob, RefusesWhatCannotBe) {
  const RenderOptions good = options(Parameterisation::spectral, kMixture);
  RenderOptions o = good;
  o.images = 1;
  EXPECT_EQ(message_of(o), "one image has nothing to share its terms with: --images 2 or more");
  o = good;
  o.update.optimiser = Optimiser::ascent;
  EXPECT_EQ(message_of(o), "no error");
  o.update.normalise_gradient = true;
  EXPECT_EQ(message_of(o), "a gradient normalised image by image would pull the terms they share apart");
  o = good;
  o.parameters = Spectral{.shared = {4, 0}};
  EXPECT_EQ(message_of(o), "shared 4,0: expected whole numbers from 1 to 8192, apart by commas");
  o.parameters = Spectral{.shared = {4, -4}};
  EXPECT_EQ(message_of(o), "shared 4,-4: expected whole numbers from 1 to 8192, apart by commas");
  o.parameters = Spectral{.shared = {4, kWidth + 1}};
  EXPECT_EQ(message_of(o), "shared term 47 is out of range: 1 to the longer side of the picture, 46");
  o.parameters = Spectral{.shared = {4, 46, 1}};
  EXPECT_EQ(message_of(o), "no error");
  o.parameters = Spectral{.shared = {4, 8, 4}};
  EXPECT_EQ(message_of(o), "shared term 4 is there twice");
  o.parameters = Spectral{.shared = {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  EXPECT_EQ(message_of(o), "9 shared terms are too many: at most 8");
}

}  // namespace
}  // namespace limpid::shared_images_test
