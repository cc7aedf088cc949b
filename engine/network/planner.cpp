#include "engine/network/planner.h"

#include <algorithm>
#include <utility>

#include "engine/network/liveness.h"
#include "engine/network/micro_batches.h"
#include "engine/network/plan_draft.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

void check_targets(const Network& network, ValueId start, const PlanRequest& request) {
  if (request.targets.empty()) fail_usage("a plan needs at least one target layer");
  const MapSize size{request.height, request.width};
  for (const TargetRequest& target : request.targets) {
    const ValueId id = network.find(target.layer);
    if (id < 0) fail_usage("unknown layer '{}'", target.layer);
    if (target.pre_relu && !network.has_relu(id)) {
      fail_usage("{} has no ReLU, so ':pre' means nothing there", target.layer);
    }
    if (!network.depends(id, start) || reaches(network, start, size, id)) continue;
    const int least = least_size(network, start, id);
    fail_usage("an input of {}x{} is too small for {}: the least is {}x{}", request.height, request.width,
               target.layer, least, least);
  }
}

}  // namespace

Plan make_plan(const Model& model, const PlanRequest& request) {
  const Network& network = model.network;
  const ValueId start = request.start.empty() ? 0 : network.find(request.start);
  if (start < 0) fail_usage("unknown layer '{}'", request.start);
  PlanDraft draft{model, network, request, start, {}, {}, {}, {}, {}, {}, {}};
  draft.plan.batch = request.batch;
  draft.plan.columns = request.columns;
  draft.plan.height = request.height;
  draft.plan.width = request.width;
  check_targets(network, draft.start, request);
  draft.widths = infer_channels(network, model);
  draft.sizes = infer_sizes(network, draft.start, {request.height, request.width});
  fuse(draft);
  find_demand(draft);
  schedule(draft);
  place(draft);
  emit_forward(draft);
  if (request.backward) emit_backward(draft);
  if (request.push) emit_push(draft.plan, request.linear);
  if (request.linear) draft.plan.forward.clear();
  // Devices that run tasks side by side are GPUs, which wait for memory there; a CPU would compute again what they exchange.
  if (request.concurrency == Concurrency::parallel) fuse_lrn_pools(draft.plan);
  find_lifetimes(draft.plan, request.concurrency, request.repeats);
  split_batch(draft.plan, request.micro_batches);
  return std::move(draft.plan);
}

int least_input_size(const Model& model, const std::string& layer) {
  const Network& network = model.network;
  const ValueId id = network.find(layer);
  if (id < 0) fail_usage("unknown layer '{}'", layer);
  return least_size(network, 0, id);
}

}  // namespace limpid
