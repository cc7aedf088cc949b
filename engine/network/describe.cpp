#include "engine/network/describe.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/network/infer_shapes.h"
#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "weights/validate.h"

namespace limpid {
namespace {

/// What one position of a map sees of the input, along one dimension, in pixels.
struct Field {
  int size = 1;
  int step = 1;  ///< Between neighbouring positions.

  Field after(int window, int stride) const { return {size + (window - 1) * step, step * stride}; }
};

/// Of every value.
std::vector<Field> fields_of(const Network& network, const std::vector<MapSize>& sizes) {
  std::vector<Field> fields(network.nodes.size());
  for (ValueId id = 1; id < network.size(); ++id) {
    Field& field = fields[static_cast<std::size_t>(id)];
    for (const ValueId input : network.node(id).inputs) {
      const Field& from = fields[static_cast<std::size_t>(input)];
      if (from.size > field.size) field = from;
    }
    if (const auto* conv = network.as<ConvNode>(id)) field = field.after(conv->size, conv->stride);
    if (const auto* pool = network.as<MaxPoolNode>(id)) field = field.after(pool->size, pool->stride);
    if (network.as<AveragePoolNode>(id) != nullptr) {
      const MapSize in = sizes[static_cast<std::size_t>(network.node(id).inputs.front())];
      field = field.after(std::max(in.h, in.w), 1);
    }
  }
  return fields;
}

/// Multiply-accumulates of the convolutions that make a layer: its own, or a concatenation's branches'.
double macs_of(const Network& network, ValueId id, const std::vector<int>& depths, const Model& model,
               const std::vector<MapSize>& sizes) {
  const bool whole_module = network.as<ConcatNode>(id) != nullptr;
  const ValueId maker = network.as<ReluNode>(id) != nullptr ? network.node(id).inputs.front() : id;
  double sum = 0;
  for (ValueId i = 1; i <= id; ++i) {
    const auto* node = network.as<ConvNode>(i);
    if (node == nullptr) continue;
    const bool of_branch = whole_module && network.depends(id, i) &&
                           depths[static_cast<std::size_t>(i)] == depths[static_cast<std::size_t>(id)];
    if (i != maker && !of_branch) continue;
    const ConvLayer& conv = model.layer(node->layer);
    const MapSize out = sizes[static_cast<std::size_t>(i)];
    sum += 1.0 * conv.k * conv.c * conv.size * conv.size * out.h * out.w;
  }
  return sum;
}

}  // namespace

std::vector<LayerReport> describe_layers(const Model& model, int height, int width) {
  check_structure(model, "the model");
  PlanRequest request;
  for (const std::string& name : layer_names(model)) request.targets.push_back({name, false, {}});
  request.height = height;
  request.width = width;
  request.backward = false;
  const Plan plan = make_plan(model, request);

  const Network& network = model.network;
  const std::vector<MapSize> sizes = infer_sizes(network, 0, {height, width});
  const std::vector<Field> fields = fields_of(network, sizes);
  const std::vector<int> depths = network.trunk_depths();
  std::vector<LayerReport> reports;
  for (const PlanTarget& target : plan.targets) {
    const ValueId id = network.find(target.layer);
    const std::vector<std::string>& aliases = network.node(id).aliases;
    reports.push_back({target.layer, aliases.empty() ? "" : aliases.front(), target.logical_channels,
                       target.h, target.w, macs_of(network, id, depths, model, sizes),
                       fields[static_cast<std::size_t>(id)].size});
  }
  return reports;
}

}  // namespace limpid
