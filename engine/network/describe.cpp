// The network's description: shapes, costs and receptive fields.
#include <string>

#include "engine/limpid.hpp"
#include "engine/network/layers.h"
#include "engine/network/map_size.h"
#include "engine/network/planner.h"
#include "engine/network/stages.h"
#include "weights/topology.h"

namespace limpid {
namespace {

/// What one position of a map sees of the input, along one dimension, in pixels.
struct Field {
  int size = 1;
  int step = 1;  ///< Between neighbouring positions.

  Field after(int window, int stride) const { return {size + (window - 1) * step, step * stride}; }
};

/// Field of a layer of a module, given that of the module's input.
Field module_field(Field input, const std::string& part) {
  if (part == "1x1" || part.ends_with("bottleneck")) return input;
  if (part == "3x3" || part == "pool" || part == "pool_reduce") return input.after(3, 1);
  return input.after(5, 1);  // The 5x5 branch, and so the module as a whole.
}

Field field_of(const Model& model, const std::string& layer, int final_extent) {
  Field field;
  const int last = stage_of(layer);
  for (int i = 0; i < last; ++i) {
    const Stage stage = stage_at(model, i);
    field = stage.kind == StageKind::module         ? module_field(field, "")
            : stage.kind == StageKind::average_pool ? field.after(final_extent, 1)
                                                    : field.after(stage.size, stage.stride);
  }
  const Stage stage = stage_at(model, last);
  if (stage.kind == StageKind::module) {
    const bool whole = layer == stage.name;
    return module_field(field, whole ? "" : layer.substr(stage.name.size() + 1));
  }
  if (stage.kind == StageKind::average_pool) return field.after(final_extent, 1);
  return field.after(stage.size, stage.stride);
}

std::string caffe_alias(const std::string& layer) {
  for (const LayerSpec& spec : inception_layers()) {
    if (spec.name == layer) return spec.caffe;
  }
  for (const std::string_view module : kModules) {
    const std::string caffe = "inception_" + std::string(module.substr(5));
    if (layer == module) return caffe + "/output";
    if (layer == std::string(module) + "_pool") return caffe + "/pool";
  }
  return layer == "softmax" ? "prob" : "";
}

double conv_macs(const Model& model, const std::string& layer, int h, int w) {
  const ConvLayer& conv = model.layer(layer);
  return 1.0 * conv.k * conv.c * conv.size * conv.size * h * w;
}

}  // namespace

std::vector<LayerReport> describe_layers(const Model& model, int height, int width) {
  PlanRequest request;
  for (const std::string& name : layer_names()) request.targets.push_back({name, false, {}});
  request.height = height;
  request.width = width;
  request.backward = false;
  const Plan plan = make_plan(model, request);

  std::vector<LayerReport> reports;
  int final_extent = 1;
  double module_macs = 0;
  for (const PlanTarget& target : plan.targets) {
    LayerReport report{
        target.layer, caffe_alias(target.layer), target.logical_channels, target.h, target.w, 0, 0};
    const bool module = stage_of(target.layer) >= 0 &&
                        kStages[static_cast<std::size_t>(stage_of(target.layer))].kind == StageKind::module;
    const bool whole_module =
        module && target.layer == kStages[static_cast<std::size_t>(stage_of(target.layer))].name;
    if (has_relu(target.layer) || target.layer == "logits") {
      report.macs = whole_module ? module_macs : conv_macs(model, target.layer, target.h, target.w);
    }
    module_macs = module && !whole_module ? module_macs + report.macs : 0;
    if (whole_module) final_extent = std::max(target.h, target.w);
    report.receptive_field = field_of(model, target.layer, final_extent).size;
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace limpid
