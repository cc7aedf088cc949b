#include "engine/attribution/layers_between.h"

#include "engine/network/planner.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

void check_different(const std::string& upper, const std::string& lower) {
  if (upper == lower) fail_usage("{} and {} are one layer: name a layer below it", upper, lower);
}

}  // namespace

SessionOptions options_between(const std::string& upper, const std::string& lower,
                               const ComputeOptions& compute) {
  check_different(upper, lower);
  SessionOptions options;
  options.targets = {upper};
  options.start = lower;
  options.compute = compute;
  return options;
}

void check_layers_between(const Model& model, const std::string& upper, const std::string& lower, int size) {
  check_different(upper, lower);
  PlanRequest request;
  request.targets.emplace_back().layer = lower;
  request.height = request.width = size;
  request.backward = false;
  const Plan below = make_plan(model, request);
  request.targets.front().layer = upper;
  request.start = lower;
  request.height = below.targets.front().h;
  request.width = below.targets.front().w;
  make_plan(model, request);
}

}  // namespace limpid
