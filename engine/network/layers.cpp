#include "engine/network/layers.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/network/stages.h"
#include "kernels/core/error.h"
#include "weights/topology.h"

namespace limpid {
namespace {

std::vector<std::string> collect_names() {
  static constexpr std::array<const char*, 7> parts = {
      "1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool", "pool_reduce"};
  std::vector<std::string> names;
  for (const Stage& stage : kStages) {
    if (stage.kind == StageKind::module) {
      for (const char* part : parts) names.push_back(std::string(stage.name) + "_" + part);
    }
    names.emplace_back(stage.name);
  }
  return names;
}

/// Levenshtein distance.
int edit_distance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// Channels of a stage's output; pools and norms keep those of the stage before.
int stage_channels(const Model& model, int stage) {
  const Stage& s = kStages[static_cast<std::size_t>(stage)];
  switch (s.kind) {
    case StageKind::conv:
    case StageKind::classifier:
      return model.layer(s.name).k;
    case StageKind::module: {
      int sum = 0;
      for (const std::string_view branch : kBranches) {
        sum += model.layer(std::string(s.name) + "_" + std::string(branch)).k;
      }
      return sum;
    }
    default:
      return stage_channels(model, stage - 1);
  }
}

bool is_convolution(const std::string& layer) {
  const auto& layers = inception_layers();
  return std::any_of(layers.begin(), layers.end(), [&](const LayerSpec& spec) { return spec.name == layer; });
}

}  // namespace

const std::vector<std::string>& layer_names() {
  static const std::vector<std::string> names = collect_names();
  return names;
}

std::string nearest_layer_name(const std::string& name) {
  const auto& names = layer_names();
  return *std::min_element(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
}

std::string require_layer_name(const std::string& name) {
  const std::string canonical = canonical_layer_name(name);
  if (canonical.empty()) {
    fail_usage("unknown layer '{}': did you mean '{}'? ('limpid layers' lists them all)", name,
               nearest_layer_name(name));
  }
  return canonical;
}

int channel_count(const Model& model, const std::string& layer) {
  if (is_convolution(layer)) return model.layer(layer).k;
  const int stage = stage_of(layer);
  const bool pool_of_module = layer != kStages[static_cast<std::size_t>(stage)].name;
  return stage_channels(model, pool_of_module ? stage - 1 : stage);
}

std::vector<int> branch_channels(const Model& model, const std::string& layer, int channel) {
  if (std::find(kModules.begin(), kModules.end(), layer) == kModules.end()) return {};
  int first = 0;
  for (const std::string_view branch : kBranches) {
    const int width = model.layer(layer + "_" + std::string(branch)).k;
    if (channel < first + width) {
      std::vector<int> channels(static_cast<std::size_t>(width));
      std::iota(channels.begin(), channels.end(), first);
      return channels;
    }
    first += width;
  }
  return {};
}

bool has_relu(const std::string& layer) {
  if (layer == "logits") return false;
  return is_convolution(layer) || std::find(kModules.begin(), kModules.end(), layer) != kModules.end();
}

}  // namespace limpid
