#include "engine/network/layers.h"

#include <algorithm>
#include <numeric>

#include "engine/network/infer_shapes.h"
#include "kernels/core/error.h"
#include "weights/inception_v1.h"

namespace limpid {
namespace {

/// The layers of every member of the family: they differ in rules, not in names.
const Network& layers() {
  static const Network network = inception_v1({});
  return network;
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

}  // namespace

const std::vector<std::string>& layer_names() {
  static const std::vector<std::string> names = layers().layer_names();
  return names;
}

std::string nearest_layer_name(const std::string& name) {
  const auto& names = layer_names();
  return *std::min_element(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
}

std::string require_layer_name(const std::string& name) {
  const std::string canonical = layers().canonical(name);
  if (canonical.empty()) {
    fail_usage("unknown layer '{}': did you mean '{}'? ('limpid layers' lists them all)", name,
               nearest_layer_name(name));
  }
  return canonical;
}

int channel_count(const Model& model, const std::string& layer) {
  return infer_channels(layers(), model)[static_cast<std::size_t>(layers().find(layer))];
}

std::vector<int> branch_channels(const Model& model, const std::string& layer, int channel) {
  const ValueId id = layers().find(layer);
  if (layers().as<ConcatNode>(id) == nullptr) return {};
  const std::vector<int> widths = infer_channels(layers(), model);
  int first = 0;
  for (const ValueId part : layers().node(id).inputs) {
    const int width = widths[static_cast<std::size_t>(part)];
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
  const ValueId id = layers().find(layer);
  return id >= 0 && layers().has_relu(id);
}

}  // namespace limpid
