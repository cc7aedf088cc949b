#include "engine/optimize/presets.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "engine/options/option_table.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

// What a preset says and a render without one does not, each by its row's key and as the command line has it.

/// limpid's own method; bench/README.md says how it was found.
constexpr std::array<PresetValue, 6> limpids_in(std::string_view steps) {
  return {{{"steps", steps},
           {"decay", "1.5"},
           {"optimiser", "nadam"},
           {"schedule", "cosine"},
           {"transforms", "pad(12,0.5) jitter(32) scale(0.95..1.05) rotate(-5..5)"},
           {"settle", "0.05"}}};
}

constexpr std::array<PresetValue, 6> kLimpid = limpids_in("170");
constexpr std::array<PresetValue, 6> kFast = limpids_in("51");
constexpr std::array<PresetValue, 6> kBest = limpids_in("512");

constexpr std::array<PresetValue, 1> kDeck = {{
    {"transforms", "pad(2,reflect) jitter(1) scale(0.9090909..1.1^21) rotate(-5..5/11)"},
}};

constexpr std::array<PresetValue, 1> kNone = {{{"transforms", "none"}}};

constexpr std::array<PresetValue, 4> kLucid = {{
    {"transforms", "lucid: pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)"},
    {"size", "128"},
    {"steps", "513"},
    {"epsilon_form", "uncorrected"},
}};

constexpr std::array<PresetValue, 4> kLucent = {{
    {"transforms", "lucent: pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)"},
    {"size", "128"},
    {"relu_gradient", "leaky"},
    {"redirected_relu", "1000000"},  // Throughout.
}};

constexpr std::array<PresetValue, 6> kCaptum = {{
    {"transforms", "captum: scale(1,0.975,1.025,0.95,1.05) jitter(16)"},
    {"learning_rate", "0.025"},
    {"amplitude", "1"},
    {"sd", "0.02"},
    {"relu_gradient", "unmasked"},
    {"redirected_relu", "1000000"},
}};

struct Preset {
  std::string_view name;
  std::span<const PresetValue> values;
};

constexpr std::array<Preset, 9> kPresets = {{
    {kDefaultPreset, {}},
    {"limpid", kLimpid},
    {"fast", kFast},
    {"best", kBest},
    {"deck", kDeck},
    {"none", kNone},
    {"lucid", kLucid},
    {"lucent", kLucent},
    {"captum", kCaptum},
}};

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

std::span<const PresetValue> preset_values(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset.values;
  }
  fail_usage("no preset is named '{}': there are {}", name, fmt::join(preset_names(), ", "));
}

bool in_presets(std::string_view key) {
  return std::any_of(kPresets.begin(), kPresets.end(), [&](const Preset& preset) {
    return std::any_of(preset.values.begin(), preset.values.end(),
                       [&](const PresetValue& value) { return value.key == key; });
  });
}

std::string default_text(const OptionRow& row) {
  std::string text(row.default_text);
  if (text.empty()) text = option_text(row, row.get({}));
  if (in_presets(row.key)) text += ", or the preset's";
  return text;
}

void apply_preset(std::string_view name, RenderOptions& options) {
  const std::span<const PresetValue> values = preset_values(name);
  for (const OptionRow& row : option_table()) {
    if (in_presets(row.key)) row.set(options, {});
  }
  for (const auto& [key, text] : values) {
    const OptionRow& row = *find_option(key);
    row.set(options, parse_option(row, text));
  }
}

void settle_preset(RenderOptions& options, const std::function<bool(std::string_view)>& given) {
  const bool spectrum = options.kind() == Parameterisation::spectral;
  for (const OptionRow& row : option_table()) {
    if (!in_presets(row.key) || given(row.key)) continue;
    if (!has_effect(row, options) || (row.key == "sd" && !spectrum)) row.set(options, {});
  }
}

}  // namespace limpid
