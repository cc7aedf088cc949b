// A picture's command line.
#include "engine/options/command_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/gallery/sample_pictures.h"

namespace limpid::testing {
namespace {

std::string command(const RenderOptions& options) {
  return command_line(options);
}

TEST(CommandLine, SaysObjectiveSizeStepsAndSeed) {
  EXPECT_EQ(command(channel_job("mixed4a", 11)), "limpid render mixed4a:11 --seed 0 --size 64 --steps 48");
}

TEST(CommandLine, MinimisedIsAnOption) {
  EXPECT_EQ(command(channel_job("mixed4a", 11, -1, 3)),
            "limpid render mixed4a:11 --negative --seed 3 --size 64 --steps 48");
}

TEST(CommandLine, EveryOptionThatDiffers) {
  RenderOptions options = channel_job("mixed4d", 139, 1, std::numeric_limits<std::uint64_t>::max());
  options.objective.terms.front().pre_relu = true;
  options.height = 240;
  options.width = 320;
  options.update.learning_rate = 0.1F;
  options.parameters = Pixel{};
  options.colour.decorrelate = false;
  options.view.transforms = {};
  options.gradient.relu_updates = 0;
  options.compute.device = "cuda:1";
  options.compute.precision = Precision::bf16;
  options.compute.threads = 3;
  options.thresholds = {1, 2};
  EXPECT_EQ(
      command(options),
      "limpid render mixed4d:139:pre --seed 18446744073709551615 --size 240x320 --steps 48 --learning-rate "
      "0.1 --param pixel --no-decorrelate --no-redirected-relu --no-transforms --device cuda:1 "
      "--precision bf16");
}

TEST(CommandLine, WhatAPresetSays) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.view.transforms = parse_transforms("lucid: jitter(3)");
  options.update.epsilon_form = EpsilonForm::uncorrected;
  options.gradient.relu = ReluGradient::leaky;
  options.gradient.relu_updates = 1000000;
  options.parameters = Spectral{.amplitude = 1};
  EXPECT_EQ(command(options),
            "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --redirected-relu 1000000 "
            "--transforms 'lucid: jitter(3)' --amplitude 1 --epsilon-form uncorrected --relu-gradient leaky");
  options.view.transforms = parse_transforms("lucent: none");
  EXPECT_NE(command(options).find("--transforms 'lucent: none'"), std::string::npos);
}

TEST(CommandLine, TheImageSide) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.colour.basis = std::make_shared<const ColourBasis>(
      ColourBasis{{{{1, 0.1F, 0}, {0, 1, 0}, {0, 0, -0.5F}}}, {0.48F, 0.46F, 0.41F}});
  options.colour.squash = Squash::clip;
  options.start.deviation = 0.2F;
  options.start.photo = std::make_shared<const Photo>(Photo{"my cat.jpg", "", {}});
  options.start.mask = std::make_shared<const Mask>(Mask{"m.png", "", 0, 0, {}});
  EXPECT_EQ(
      command(options),
      "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --colour '1,0.1,0;0,1,0;0,0,-0.5' --squash "
      "clip --init 'my cat.jpg' --mask m.png");
  options = channel_job("mixed4a", 11);
  options.colour.grayscale = true;
  EXPECT_EQ(command(options), "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --gray");
}

TEST(CommandLine, WhatHasNoEffectIsNotSaid) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.parameters = Cppn{};
  options.start.deviation = 0.2F;
  EXPECT_EQ(command(options), "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --param cppn");
}

TEST(CommandLine, WhatChangesThePictureIsAllThere) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.images = 3;
  options.parameters = Spectral{.shared = {2, 4}};
  options.colour.alpha = true;
  EXPECT_EQ(
      command_line(options, "my weights.h5"),
      "limpid render mixed4a:11 --images 3 --seed 0 --size 64 --steps 48 --alpha --shared 2,4 --weights "
      "'my weights.h5'");
}

TEST(CommandLine, TheUsualRateOfAKindIsNotSaid) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.parameters = Cppn{};
  options.update.learning_rate = 0.005F;
  EXPECT_EQ(command(options), "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --param cppn");
  options.update.learning_rate = 0.05F;
  EXPECT_EQ(command(options),
            "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --learning-rate 0.05 --param cppn");
}

TEST(CommandLine, FloatsReadBackAsTheSame) {
  RenderOptions options = channel_job("mixed4a", 1);
  options.update.learning_rate = std::nextafter(0.05F, 1.0F);
  const std::string text = command(options);
  const std::string name = "--learning-rate ";
  EXPECT_EQ(std::stof(text.substr(text.find(name) + name.size())), options.update.learning_rate) << text;
}

TEST(CommandLine, NeuronsAndLayers) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.objective.terms.front().position = Position{};
  EXPECT_EQ(command(options), "limpid render mixed4a:11@c --seed 0 --size 64 --steps 48");
  options.objective.terms.front().position = Position{7, 6};
  EXPECT_EQ(command(options), "limpid render mixed4a:11@7,6 --seed 0 --size 64 --steps 48");
  options.objective.terms.front().kind = TermKind::layer;
  options.objective.terms.front().position.reset();
  EXPECT_EQ(command(options), "limpid render mixed4a --seed 0 --size 64 --steps 48");
}

TEST(CommandLine, SumsAndWeightsAreQuoted) {
  EXPECT_EQ(command(channel_job("mixed4a", 11, -0.5F)),
            "limpid render '0.5*mixed4a:11' --negative --seed 0 --size 64 --steps 48");
}

TEST(CommandLine, TransformsInQuotes) {
  RenderOptions options = channel_job("mixed4a", 11);
  options.view.transforms = parse_transforms("jitter(8)  rotate( -5..5 )");
  EXPECT_EQ(command(options),
            "limpid render mixed4a:11 --seed 0 --size 64 --steps 48 --transforms 'jitter(8) rotate(-5..5)'");
}

TEST(ShellQuote, QuotesWhatShellsTreatSpecially) {
  EXPECT_EQ(shell_quote("mixed4a:11@7,7"), "mixed4a:11@7,7");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("é"), "'é'");
}

}  // namespace
}  // namespace limpid::testing
