#include "engine/optimize/step_cost.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "engine/image/network_input.h"
#include "engine/network/dependencies.h"
#include "engine/optimize/lane_plan.h"
#include "engine/step/step_binder.h"

namespace limpid {
namespace {

/// Every operand read once, and every result written once.
OperationCost cost_of(const StepPlan& plan, const StepOp& op) {
  OperationCost cost{op.name, {}, op.flops, Arithmetic::scalar, {}};
  for (const StepUse& use : op.uses) {
    const StepBuffer& buffer = plan.buffer(use.buffer);
    if (cost.shape.empty()) cost.shape = buffer.shape;
    if (buffer.memory == StepMemory::transform) continue;
    const double bytes = use.bytes < 0 ? static_cast<double>(buffer.bytes) : use.bytes;
    if (use.read || use.workspace) cost.operands.push_back({buffer.name, bytes, false, {}, {}});
    if (use.write && !use.consumed) cost.operands.push_back({buffer.name, bytes, true, {}, {}});
  }
  return cost;
}

void append(std::vector<OperationCost>& to, std::vector<OperationCost> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// What an operation touches, as `dependencies` takes it. Memories outside the arena are told apart by name.
std::vector<MemoryUse> uses_of(const Plan& plan, const OperationCost& operation,
                               std::map<std::string, int>& resources) {
  std::vector<MemoryUse> uses;
  for (const OperandCost& operand : operation.operands) {
    if (!operand.offset) {
      const int next = -1 - static_cast<int>(resources.size());
      uses.push_back(
          whole_memory(resources.try_emplace(operand.memory, next).first->second, operand.written));
      continue;
    }
    const Slice& slice = operand.slice;
    const PlanBuffer& buffer = plan.buffers[static_cast<std::size_t>(slice.buffer)];
    const auto whole =
        static_cast<std::size_t>(operand.bytes / slice.groups * buffer.groups / plan.batch * buffer.images);
    uses.push_back(
        {slice.buffer, *operand.offset, *operand.offset + whole, slice.first, slice.groups, operand.written});
  }
  return uses;
}

int chain_of(const Plan& plan, const std::vector<OperationCost>& operations) {
  std::map<std::string, int> resources;
  std::vector<std::vector<MemoryUse>> uses;
  for (const OperationCost& operation : operations) uses.push_back(uses_of(plan, operation, resources));
  return longest_chain(dependencies(uses));
}

}  // namespace

DType storage_of(Precision precision) {
  if (precision == Precision::fp16) return DType::f16;
  return precision == Precision::bf16 ? DType::bf16 : DType::f32;
}

StepCost step_cost(const LaneStep& step, const Plan& network, const StepCostOptions& options) {
  const CostOptions network_options{storage_of(options.precision), options.grouped_input};
  NetworkCost inner = network_cost(network, network_options);
  StepCost cost;
  for (const StepOp& op : step.plan.before) cost.operations.push_back(cost_of(step.plan, op));
  append(cost.operations, std::move(inner.forward));
  append(cost.operations, std::move(inner.backward));
  for (const StepOp& op : step.plan.after) cost.operations.push_back(cost_of(step.plan, op));
  const std::size_t network_arena =
      options.network_arena_bytes == 0 ? inner.arena_bytes : options.network_arena_bytes;
  const StepLayout layout = lay_out(step.plan, options.concurrency, network_arena);
  cost.arena_bytes = static_cast<double>(layout.scratch_bytes);
  cost.filter_bytes = inner.filter_bytes;
  cost.kept_bytes = static_cast<double>(layout.kept_bytes);
  cost.input_bytes = 2 * network_input_bytes(network, network_options);
  cost.longest_chain = chain_of(network, cost.operations);
  return cost;
}

StepCost step_cost(const Model& model, const LaneSpec& spec, const StepCostOptions& options) {
  const std::vector<ViewStage> stages = first_stages(spec);
  const Plan network = plan_of(model, spec, stages, options.concurrency);
  const double input = network_input_bytes(network, {storage_of(options.precision), options.grouped_input});
  const LaneStep step = plan_step(spec, input_scaling(model.input), stages, static_cast<std::size_t>(input));
  return step_cost(step, network, options);
}

StepFloor step_floor(const StepCost& cost, const Card& card, Precision precision) {
  StepFloor sum;
  for (const OperationCost& operation : cost.operations) {
    const Floor floor = operation.floor(card, precision);
    sum.seconds += floor.seconds();
    sum.math_seconds += floor.math_seconds;
    sum.bytes_seconds += floor.bytes_seconds;
  }
  return sum;
}

}  // namespace limpid
