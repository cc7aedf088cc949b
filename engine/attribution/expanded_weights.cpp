#include "engine/attribution/expanded_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "engine/network/describe.h"
#include "engine/network/layers.h"
#include "engine/session/session.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Sides of the lower map that are tried, until a field lies within it.
constexpr int kFirstSide = 31, kLargestField = 255;

SessionOptions linear_between(const std::string& upper, const std::string& lower,
                              const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = {upper};
  options.start = lower;
  options.linear = true;
  options.compute = compute;
  return options;
}

/// Times the largest weight: smaller ones are roundings of Winograd's transform, at places that no path reaches.
constexpr float kNoWeight = 0x1p-20F;

void clear_residue(std::vector<float>& weights) {
  float most = 0;
  for (const float value : weights) most = std::max(most, std::abs(value));
  for (float& value : weights) {
    if (std::abs(value) <= kNoWeight * most) value = 0;
  }
}

ExpandedWeights gradient_of_the_middle(Session& session, int channel, int side) {
  const Extents target = session.target_extents(0, 1, side, side);
  if (channel < 0 || channel >= target[1])
    fail_usage("the layer has no channel {}: they are 0 to {}", channel, target[1] - 1);
  std::vector<float> cotangent(static_cast<std::size_t>(target[1] * target[2] * target[3]));
  cotangent[static_cast<std::size_t>((channel * target[2] + target[2] / 2) * target[3] + target[3] / 2)] = 1;
  ExpandedWeights map{session.input_channels(), side, side, {}};
  map.values.resize(static_cast<std::size_t>(map.channels) * static_cast<std::size_t>(side * side));
  const std::vector<TensorView<const float>> views = {dense_view<const float>(cotangent.data(), target)};
  session.backward(views, dense_view(map.values.data(), {1, map.channels, side, side}));
  clear_residue(map.values);
  return map;
}

/// Rows and columns from `top` and `left` on.
ExpandedWeights part_of_map(const ExpandedWeights& map, int top, int left, int height, int width) {
  ExpandedWeights part{map.channels, height, width, {}};
  for (int c = 0; c < map.channels; ++c) {
    for (int y = top; y < top + height; ++y) {
      const auto first = map.values.begin() + (std::ptrdiff_t{c} * map.height + y) * map.width + left;
      part.values.insert(part.values.end(), first, first + width);
    }
  }
  return part;
}

/// First and last row, first and last column with a weight.
struct Field {
  int top, bottom, left, right;
};

std::optional<Field> field_of(const ExpandedWeights& map) {
  Field field{map.height, -1, map.width, -1};
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    if (map.values[i] == 0) continue;
    const int x = static_cast<int>(i % static_cast<std::size_t>(map.width));
    const int y = static_cast<int>(i / static_cast<std::size_t>(map.width)) % map.height;
    field = {std::min(field.top, y), std::max(field.bottom, y), std::min(field.left, x),
             std::max(field.right, x)};
  }
  if (field.bottom < 0) return std::nullopt;
  return field;
}

/// Whether the layer is one position however large the map below: logits, which take a mean over all of it.
bool sees_whole_map(Session& session) {
  const auto one = [&](int side) {
    const Extents target = session.target_extents(0, 1, side, side);
    return target[2] == 1 && target[3] == 1;
  };
  return one(kFirstSide) && one(2 * kFirstSide + 1);
}

/// Of the layer's map for an input of the network's own size, which is square.
int own_side(const Model& model, const std::string& layer) {
  const std::vector<LayerReport> layers = describe_layers(model, model.input.size, model.input.size);
  return std::ranges::find(layers, require_layer(model, layer).layer, &LayerReport::name)->height;
}

}  // namespace

std::vector<double> ExpandedWeights::lengths() const {
  std::vector<double> squares(static_cast<std::size_t>(channels));
  const std::size_t positions = values.size() / squares.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    squares[i / positions] += double{values[i]} * double{values[i]};
  for (double& value : squares) value = std::sqrt(value);
  return squares;
}

ExpandedWeights expanded_weights(const std::shared_ptr<const Model>& model, const std::string& upper,
                                 int channel, const std::string& lower, const ComputeOptions& compute) {
  Session session(model, linear_between(upper, lower, compute));
  if (sees_whole_map(session)) return gradient_of_the_middle(session, channel, own_side(*model, lower));
  for (int side = kFirstSide; side <= kLargestField; side = 2 * side + 1) {
    const ExpandedWeights map = gradient_of_the_middle(session, channel, side);
    const std::optional<Field> field = field_of(map);
    if (!field) fail_usage("channel {} of {} does not depend on {}", channel, upper, lower);
    const auto [top, bottom, left, right] = *field;
    // A field that touches the border may go on beyond it.
    if (top > 0 && left > 0 && bottom < side - 1 && right < side - 1)
      return part_of_map(map, top, left, bottom - top + 1, right - left + 1);
  }
  fail_usage("{} depends on more than {} x {} positions of {}: choose layers that are nearer to each other",
             upper, kLargestField, kLargestField, lower);
}

ExpandedWeights centre_of(const ExpandedWeights& weights, int extent) {
  const int height = std::min(extent, weights.height), width = std::min(extent, weights.width);
  return part_of_map(weights, (weights.height - height) / 2, (weights.width - width) / 2, height, width);
}

}  // namespace limpid
