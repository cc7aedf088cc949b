#include "engine/network/describe.h"

#include <string>
#include <vector>

#include "engine/network/infer_shapes.h"
#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "engine/network/receptive_field.h"
#include "weights/validate.h"

namespace limpid {
namespace {

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
  const std::vector<ReceptiveField> fields = receptive_fields(network, sizes);
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
