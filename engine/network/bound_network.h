// A plan with what its operations are bound to: memory, convolutions, and in the end the operations themselves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/network/dependencies.h"
#include "engine/network/executor_options.h"
#include "engine/network/plan.h"
#include "engine/network/target_terms.h"
#include "kernels/backend.h"
#include "kernels/device_array.h"
#include "kernels/ops/relu_gradient.h"
#include "weights/model.h"

namespace limpid {

/// Memories of an executor outside its arena, as `dependencies` tells them apart.
struct NetworkMemory {
  static constexpr int input = -1;
  static constexpr int input_gradient = -2;
  static constexpr int values = -3;
  static constexpr int relu_rules = -4;
  static constexpr int input_tangent = -5;
  /// Of a target, and their slopes.
  static constexpr int gram_matrices(int target) { return -100 - target; }
};

/// The images [first, first + count) of the batch.
struct ImageRange {
  int first = 0, count = 0;
};

/// An operation on the images that it takes at a time.
struct BoundPart {
  Tensor result;  ///< What it writes; no data for the input gradient.
  std::function<void(const Stream&)> run;
};

/// One operation as it will run, for programs, benchmarks and tables.
struct BoundOp {
  std::string name;
  std::string algorithm;         ///< Of convolutions; empty for the project's own kernels.
  double macs = 0;               ///< Multiply-accumulates per run, all images.
  std::vector<BoundPart> parts;  ///< One a micro-batch, in order; of what takes the whole batch one.
  std::vector<MemoryUse> uses;

  /// On the whole batch. In a plan of micro-batches one operation after the other is no pass (depth_first is), for
  /// each overwrites what the one before left in memory that images share.
  void run(const Stream& stream) const {
    for (const BoundPart& part : parts) part.run(stream);
  }
};

/// Runs visit(part, operation) for the operations of a pass in the order they run in: those that take micro-batches
/// stretch by stretch, of each all that the first micro-batch does, then all that the next does. `Ops`: a range of
/// BoundOp or of pointers to them.
template <class Ops, class Visit>
void depth_first(const Ops& ops, const Visit& visit) {
  const auto parts_at = [&](std::size_t i) -> const BoundOp& {
    if constexpr (std::is_pointer_v<typename Ops::value_type>)
      return *ops[i];
    else
      return ops[i];
  };
  for (std::size_t first = 0, end = 0; first < ops.size(); first = end) {
    const std::size_t parts = parts_at(first).parts.size();
    while (end < ops.size() && parts_at(end).parts.size() == parts) ++end;
    for (std::size_t part = 0; part < parts; ++part) {
      for (std::size_t i = first; i < end; ++i) visit(parts_at(i).parts[part], parts_at(i));
    }
  }
}

/// Terms of all images on one target, and what they point to.
struct BoundTarget {
  DeviceArray<SlotTerm> seeds, caricatures;  ///< Batch x as many as the plan has room for.
  DeviceArray<double> caricature_sums;
  DeviceArray<GramTerm> grams;
  DeviceArray<float> vectors;
  DeviceArray<float> matrices, slopes;  ///< Of Gram matrices.
  DeviceArray<double> gram_sums;
  std::size_t vectors_per_image = 0;
};

/// What PlanBinder reads and fills. The executor owns it and has allocated all memory but the arena's place.
struct BoundNetwork {
  Backend& backend;
  Stream stream;
  Plan plan;
  ExecutorOptions options;
  std::byte* arena = nullptr;
  std::vector<std::size_t> offsets = {};  ///< Of the plan's buffers in the arena.
  std::vector<std::size_t> bytes = {};
  Planar<float> input = {}, input_gradient = {}, input_tangent = {};
  Tensor grouped_input = {}, grouped_input_gradient = {}, grouped_input_tangent = {};
  std::vector<BoundTarget> targets = {};
  DeviceArray<double> values = {};
  DeviceArray<ReluGradient> relu_rules = {};
  // Made by the binder.
  DeviceArray<std::int32_t> relu_scratch = {};
  std::vector<DeviceArray<float>> thresholds = {};  ///< Of JumpReLUs.
  std::vector<std::unique_ptr<ConvPlan>> convs = {};
  std::unique_ptr<StemConvPlan> stem = {}, stem_push = {};
  std::vector<BoundOp> forward = {};
  std::vector<BoundOp> backward = {};
  std::size_t objective_ops = 0;  ///< How many of the backward operations make the objective's values.
  std::vector<BoundOp> push = {};
  std::vector<BoundOp> ruled = {};  ///< The backward operations with RuledRelu in place of the masks.

  /// Of the whole batch. Throws std::logic_error for memory that micro-batches share.
  Tensor tensor(const Slice& slice) const;
  Tensor tensor(const Slice& slice, const ImageRange& range) const;
  GroupView<std::uint8_t> argmax(int buffer, const ImageRange& range) const;
};

/// These images of a batch.
Tensor images_of(Tensor batch, const ImageRange& range);
Planar<float> images_of(Planar<float> batch, const ImageRange& range);

}  // namespace limpid
