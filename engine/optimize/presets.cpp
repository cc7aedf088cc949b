#include "engine/optimize/presets.h"

#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Updates, beyond what any render takes.
constexpr int kThroughout = 1'000'000;

RenderOptions with_transforms(std::string_view transforms, int size = RenderOptions{}.height) {
  RenderOptions options;
  options.transforms = parse_transforms(transforms);
  options.height = options.width = size;
  return options;
}

RenderOptions deck() {
  return with_transforms("pad(2,reflect) jitter(1) scale(0.9090909..1.1^21) rotate(-5..5/11)");
}

RenderOptions none() {
  return with_transforms("none");
}

RenderOptions lucid() {
  RenderOptions options =
      with_transforms("lucid: pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)", 128);
  options.steps = 513;
  options.epsilon_form = EpsilonForm::uncorrected;
  return options;
}

RenderOptions lucent() {
  RenderOptions options =
      with_transforms("lucent: pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)", 128);
  options.relu_gradient = ReluGradient::leaky;
  options.redirected_relu = kThroughout;
  return options;
}

RenderOptions captum() {
  RenderOptions options = with_transforms("captum: scale(1,0.975,1.025,0.95,1.05) jitter(16)");
  options.learning_rate = 0.025F;
  options.amplitude = 1;
  options.initial_deviation = 0.02F;
  options.relu_gradient = ReluGradient::unmasked;
  options.redirected_relu = kThroughout;
  return options;
}

using Preset = std::pair<std::string_view, RenderOptions (*)()>;
constexpr std::array<Preset, 6> kPresets = {{
    {"limpid", [] { return RenderOptions{}; }},
    {"deck", deck},
    {"none", none},
    {"lucid", lucid},
    {"lucent", lucent},
    {"captum", captum},
}};

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : kPresets) names.emplace_back(name);
  return names;
}

void apply_preset(std::string_view name, RenderOptions& options) {
  for (const auto& [candidate, make] : kPresets) {
    if (candidate != name) continue;
    const RenderOptions preset = make();
    options.transforms = preset.transforms;
    options.height = preset.height;
    options.width = preset.width;
    options.steps = preset.steps;
    options.learning_rate = preset.learning_rate;
    options.epsilon_form = preset.epsilon_form;
    options.relu_gradient = preset.relu_gradient;
    options.redirected_relu = preset.redirected_relu;
    options.amplitude = preset.amplitude;
    options.initial_deviation = preset.initial_deviation;
    return;
  }
  fail_usage("no preset is named '{}': there are {}", name, fmt::join(preset_names(), ", "));
}

}  // namespace limpid
