// Every kind of what is optimised: its gradient, its start, and a lane of it on either sort of device.
#include "engine/image/image_kinds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "engine/image/maco_images.h"
#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"
#include "kernels/core/names.h"
#include "kernels/device_array.h"
#include "tests/engine/bound_images.h"
#include "tests/engine/lane_run.h"
#include "tests/engine/refusal.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/engine/some_decoder.h"
#include "weights/synthetic.h"

namespace limpid::image_kinds_test {
namespace {

using test::LaneOutcome;
using test::refusal;
using test::run_among;

constexpr int kHeight = 33, kWidth = 46, kBatch = 2;

const Model& model() {
  static const Model instance = synthetic_model("limpid_default", 1);
  return instance;
}

std::shared_ptr<const MagnitudePrior> some_prior() {
  MagnitudePrior prior{"prior.h5", "", 16, 19, {}};
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(0.5F, 2);
  for (int i = 0; i < 3 * 16 * 10; ++i) prior.magnitude.push_back(uniform(random));
  return std::make_shared<const MagnitudePrior>(prior);
}

struct Kind {
  const char* name;
  ImageForm form;
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const auto& [kind, name] : enumerators<Parameterisation>()) {
    all.push_back({name.data(), {test::parameters_for(kind, kHeight, kWidth)}});
    if (auto* decoded = std::get_if<Decoded>(&all.back().form.parameters)) {
      decoded->penalty = 0;  // Which is no part of the latent's gradient.
      continue;              // It makes three colours.
    }
    all.push_back({name.data(), {parameters_of(kind), true}});
    if (kind == Parameterisation::maco) continue;
    all.push_back({name.data(), {parameters_of(kind)}});
    all.back().form.alpha = true;
  }
  all.push_back({"prior", {Maco{some_prior()}}});
  all.push_back({"DecoderOfAMap", {Decoded{test::some_map_decoder(0), 0}}});
  return all;
}

class ImageKinds : public ::testing::TestWithParam<Kind> {
 protected:
  ImageKinds()
      : backend_(cpu::make_backend()),
        images_(test::bind_images(*backend_, threads_.stream(), form_, kBatch, kHeight, kWidth)),
        count_(static_cast<std::size_t>(kBatch * images_->layout().total())) {}

  std::vector<float> start() {
    std::vector<float> parameters(count_);
    const SlotKey keys[kBatch] = {{7, 0, 0}, {8, 0, 0}};
    RenderOptions options;
    options.parameters = parameters_of(kind());
    for (int i = 0; i < kBatch; ++i) {
      images_->initialise(threads_.stream(), parameters.data() + i * images_->layout().total(), keys + i,
                          initial_deviation(options));
    }
    return parameters;
  }

  /// A start moved about, so that no weight is zero.
  std::vector<float> some_parameters() {
    std::vector<float> parameters = start();
    std::mt19937 random(5);
    std::normal_distribution<float> normal(0, 0.1F);
    for (float& value : parameters) value += normal(random);
    return parameters;
  }

  std::vector<float> latent_of(const std::vector<float>& parameters) {
    const Planar<const float> latent = images_->decode(threads_.stream(), parameters.data());
    EXPECT_EQ(latent.n, kBatch);
    EXPECT_EQ(latent.c, form_.latent_planes());
    EXPECT_EQ(latent.h, kHeight);
    EXPECT_EQ(latent.w, kWidth);
    return {latent.data, latent.data + latent.elements()};
  }

  Parameterisation kind() const { return kind_of(form_.parameters); }

  const ImageForm form_ = GetParam().form;
  HostThreads threads_{2};
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<test::BoundImages> images_;
  std::size_t count_;
};

TEST_P(ImageKinds, GradientAgreesWithFiniteDifferences) {
  const std::vector<float> parameters = some_parameters();
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  std::vector<float> weights(latent_of(parameters).size());
  for (float& weight : weights) weight = normal(random);
  latent_of(parameters);
  std::vector<float> dlatent = weights;
  const Planar<float> planes{dlatent.data(), kBatch, form_.latent_planes(), kHeight, kWidth};
  const float* result = images_->decode_adjoint(threads_.stream(), planes);
  std::vector<double> gradient(result, result + count_);
  const float* scale = images_->gradient_scale();
  const auto per_plane = static_cast<std::size_t>(images_->layout().count);
  for (std::size_t i = 0; scale != nullptr && i < count_; ++i) {
    gradient[i] *= static_cast<double>(scale[i % per_plane]);
  }
  // Along the gradient itself the value moves most, and along noise by chance.
  for (const bool along_gradient : {true, false}) {
    std::vector<double> direction(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      direction[i] = along_gradient ? gradient[i] : static_cast<double>(normal(random));
    }
    const double length =
        std::sqrt(std::inner_product(direction.begin(), direction.end(), direction.begin(), 0.0));
    const double size =
        std::sqrt(std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0));
    ASSERT_GT(length, 0);
    // Behind eight layers, values bend at a fiftieth of the step that the others can take; of thousands of ReLUs some turn on
    // or off in it.
    const bool bends = kind() == Parameterisation::cppn || kind() == Parameterisation::decoder;
    const double bend = bends ? 0.02 : 1;
    const double step =
        2e-3 * bend * std::sqrt(static_cast<double>(count_)) / length * (along_gradient ? 0.2 : 1);
    const auto value_at = [&](double distance) {
      std::vector<float> moved(count_);
      for (std::size_t i = 0; i < count_; ++i) {
        moved[i] = static_cast<float>(static_cast<double>(parameters[i]) + distance * direction[i]);
      }
      const std::vector<float> latent = latent_of(moved);
      double sum = 0;
      for (std::size_t i = 0; i < latent.size(); ++i) {
        sum += static_cast<double>(latent[i]) * static_cast<double>(weights[i]);
      }
      return sum;
    };
    const double difference = (value_at(step) - value_at(-step)) / (2 * step);
    const double expected = std::inner_product(gradient.begin(), gradient.end(), direction.begin(), 0.0);
    EXPECT_LE(std::abs(difference - expected), 0.01 * (along_gradient ? size * length : size * length / 10))
        << along_gradient;
  }
}

TEST_P(ImageKinds, AStartDependsOnItsSeedAlone) {
  const std::vector<float> together = start();
  const std::size_t of_image = count_ / kBatch;
  EXPECT_FALSE(std::equal(together.begin(), together.begin() + static_cast<std::ptrdiff_t>(of_image),
                          together.begin() + static_cast<std::ptrdiff_t>(of_image)));
  EXPECT_EQ(start(), together);
  EXPECT_EQ(images_->layout().total(), parameter_layout(form_, kHeight, kWidth).total());
}

TEST_P(ImageKinds, OnlySpectralAndPixelTakeAPhoto) {
  std::vector<float> latent(static_cast<std::size_t>(form_.latent_planes() * kHeight * kWidth), 0.25F);
  latent[17] = -3;
  if (kind() != Parameterisation::spectral && kind() != Parameterisation::pixel) {
    EXPECT_THROW(images_->encode(latent), Error);
    return;
  }
  std::vector<float> twice = images_->encode(latent);
  EXPECT_EQ(twice.size(), count_ / kBatch);
  twice.insert(twice.end(), twice.begin(), twice.end());
  const std::vector<float> back = latent_of(twice);
  for (std::size_t i = 0; i < back.size(); ++i) ASSERT_NEAR(back[i], latent[i % latent.size()], 1e-5);
}

std::string name_of_case(const ::testing::TestParamInfo<Kind>& info) {
  return std::string(info.param.name) + (info.param.form.grayscale ? "InGray" : "") +
         (info.param.form.alpha ? "WithAlpha" : "");
}
INSTANTIATE_TEST_SUITE_P(All, ImageKinds, ::testing::ValuesIn(kinds()), name_of_case);

RenderOptions options(Parameterisation kind) {
  RenderOptions o;
  o.objective = parse_objective("conv2d2:5", model());
  o.height = kHeight;
  o.width = kWidth;
  o.steps = 12;
  o.parameters = test::parameters_for(kind, kHeight, kWidth);
  o.compute.threads = 2;
  return o;
}

class KindsOfJobs : public ::testing::TestWithParam<std::pair<Parameterisation, std::string_view>> {};

TEST_P(KindsOfJobs, SameBytesWhateverTheSlotAndTheThreads) {
  RenderOptions o = options(GetParam().first);
  o.seed = 40;
  const auto backend = cpu::make_backend();
  const LaneOutcome alone = run_among(*backend, model(), o, 1, 0, 1);
  EXPECT_TRUE(run_among(*backend, model(), o, 1, 0, 3) == alone) << "threads";
  EXPECT_TRUE(run_among(*backend, model(), o, 3, 2, 2) == alone) << "slot";
}

TEST_P(KindsOfJobs, ClimbOnTheCpuAndOnADevice) {
  RenderOptions o = options(GetParam().first);
  o.view.transforms = {};
  const auto gpu = test::make_simulated_gpu();
  const auto cpu = cpu::make_backend();
  for (Backend* backend : {cpu.get(), gpu.get()}) {
    const LaneOutcome outcome = run_among(*backend, model(), o, 2, 1, 2);
    EXPECT_GT(outcome.values.back(), outcome.values.front()) << backend->name();
    EXPECT_TRUE(std::all_of(outcome.image.rgb.begin(), outcome.image.rgb.end(),
                            [](float v) { return v >= 0 && v <= 1; }));
  }
}

INSTANTIATE_TEST_SUITE_P(All, KindsOfJobs, ::testing::ValuesIn(enumerators<Parameterisation>()),
                         [](const auto& info) { return std::string(info.param.second); });

TEST(CppnJob, MakesItsFinalPictureAtAnySize) {
  RenderOptions o = options(Parameterisation::cppn);
  o.thresholds = {5};
  const RenderResult usual = render(model(), o);
  o.parameters = Cppn{.output_size = {{kHeight, kWidth}}};
  const RenderResult same = render(model(), o);
  EXPECT_EQ(same.snapshots.back().image.rgb, usual.snapshots.back().image.rgb);
  constexpr int kTall = 2 * (kHeight - 1) + 1, kWide = 2 * (kWidth - 1) + 1;
  o.parameters = Cppn{.output_size = {{kTall, kWide}}};
  const RenderResult twice = render(model(), o);
  EXPECT_EQ(twice.snapshots.front().image.height, kHeight) << "a snapshot is not enlarged";
  const Image& small = usual.snapshots.back().image;
  const Image& large = twice.snapshots.back().image;
  ASSERT_EQ(large.height, kTall);
  ASSERT_EQ(large.width, kWide);
  // Every other pixel lies where the small picture has one.
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth * 3; ++x) {
      const int column = 2 * (x / 3) * 3 + x % 3;
      const float expected = small.rgb[static_cast<std::size_t>(y * kWidth * 3 + x)];
      ASSERT_NEAR(large.rgb[static_cast<std::size_t>(2 * y * kWide * 3 + column)], expected, 1e-4);
    }
  }
}

TEST(MacoMagnitude, OfThePriorsSizeIsThePriorUpToAFactor) {
  const auto prior = some_prior();
  const std::vector<float> magnitude = maco_magnitude({Maco{prior}}, prior->height, prior->width);
  ASSERT_EQ(magnitude.size(), prior->magnitude.size());
  const float factor = magnitude[0] / prior->magnitude[0];
  EXPECT_GT(factor, 0);
  for (std::size_t i = 0; i < magnitude.size(); ++i) {
    ASSERT_NEAR(magnitude[i], factor * prior->magnitude[i], 1e-6 * static_cast<double>(magnitude[i])) << i;
  }
}

TEST(MacoMagnitude, WithoutAPriorFallsWithFrequencyToThePowerOfMinusOnePointFour) {
  const int h = 60, w = 81, columns = w / 2 + 1;
  const std::vector<float> magnitude = maco_magnitude({Maco{}}, h, w);
  const auto at = [&](int ky, int kx) {
    return static_cast<double>(magnitude[static_cast<std::size_t>(ky * columns + kx)]);
  };
  EXPECT_EQ(at(0, 0), 0);
  EXPECT_NEAR(at(4, 0) / at(16, 0), std::pow(4, 1.4), 1e-4);
  EXPECT_NEAR(at(0, 5) / at(0, 10), std::pow(2, 1.4), 1e-4);
  EXPECT_EQ(at(4, 3), at(h - 4, 3));
}

/// Deviation 1 for random phases, all planes together.
TEST(MacoJob, StartsWithAStandardisedPicture) {
  const auto backend = cpu::make_backend();
  HostThreads threads(1);
  const auto images = test::bind_images(*backend, threads.stream(), {Maco{}}, 1, kHeight, kWidth);
  std::vector<float> parameters(static_cast<std::size_t>(images->layout().total()));
  const SlotKey key{3, 0, 0};
  images->initialise(threads.stream(), parameters.data(), &key, 1);
  const Planar<const float> latent = images->decode(threads.stream(), parameters.data());
  double sum = 0, square = 0;
  for (std::int64_t i = 0; i < latent.elements(); ++i) {
    sum += static_cast<double>(latent.data[i]);
    square += static_cast<double>(latent.data[i]) * static_cast<double>(latent.data[i]);
  }
  const auto count = static_cast<double>(latent.elements());
  EXPECT_NEAR(sum / count, 0, 1e-5);
  EXPECT_NEAR(square / count, 1, 1e-3);
}

std::string message_of(const RenderOptions& o) {
  return refusal([&] { check_render_options(o); });
}

TEST(ImageKindOptions, RefuseWhatCannotBe) {
  RenderOptions o = options(Parameterisation::cppn);
  o.start.deviation = 0.1F;
  EXPECT_EQ(message_of(o), "an initial deviation has no effect on a CPPN: its layers have their own");
  o = options(Parameterisation::maco);
  o.start.deviation = 0.0F;
  EXPECT_EQ(message_of(o), "phases that start alike (deviation 0) cannot be standardised");
  o = options(Parameterisation::cppn);
  o.parameters = Cppn{.output_size = {{20000, 20000}}};
  EXPECT_EQ(message_of(o), "output_size 20000: expected N or HxW, each side from 1 to 16384 pixels");
  o = options(Parameterisation::maco);
  o.parameters = Maco{some_prior()};
  EXPECT_EQ(message_of(o), "no error");
  MagnitudePrior cut = *some_prior();
  cut.magnitude.pop_back();
  o.parameters = Maco{std::make_shared<const MagnitudePrior>(cut)};
  EXPECT_EQ(message_of(o), "the prior 'prior.h5' has 479 magnitudes, not those of 16x19 pixels: 480");
  o = options(Parameterisation::pyramid);
  o.start.photo = std::make_shared<const Photo>(
      Photo{"a.png", "", {kHeight, kWidth, std::vector<float>(kHeight * kWidth * 3)}});
  EXPECT_EQ(message_of(o),
            "a photo to start from needs the parameterisation spectral or pixel: others cannot show every "
            "picture");
}

}  // namespace
}  // namespace limpid::image_kinds_test
