// A planned network: flat lists of operations over symbolic buffers, before any memory or backend is chosen.
//
// A plan names shapes, slices and lifetimes only; the executor gives it memory and a backend. It holds no
// weights, only references to the model it was planned for.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/core/window.h"
#include "kernels/ops/lrn.h"
#include "kernels/ops/pool_gradient.h"
#include "weights/channel_map.h"

namespace limpid {

/// What a buffer holds.
enum class BufferKind {
  activation,
  gradient,
  argmax,
  workspace,  ///< Scratch memory of one operation; the executor adds these, for backends know their sizes.
  tangent,
};

/// A map of images of the batch: groups x 8 channels, h x w.
struct PlanBuffer {
  std::string name;
  BufferKind kind = BufferKind::activation;
  int groups = 0, h = 0, w = 0;
  // Liveness in the times of operations.
  int first_use = -1;
  int last_use = -1;
  int images = 1;  ///< That have a place in it: the whole batch, or those of a micro-batch after one another.
};

/// Channel groups [first, first + groups) of a buffer.
struct Slice {
  int buffer = -1;
  int first = 0;
  int groups = 0;
};

/// A ReLU on the way back: the gradient of its output, and that output, whose sign is all its derivative
/// needs. One per convolution, for RuledRelu looks at each ReLU by itself.
struct ReluPoint {
  Slice gradient;
  Slice output;
};

/// A convolution of the plan: one layer, or siblings that read the same input, computed as one.
struct PlanConv {
  std::string name;
  ConvShape shape;
  bool relu = true;
  std::vector<FilterPart> parts;
  ChannelMap inputs;
};

struct StemFpropOp {
  int conv;
  Slice y;
};
struct ConvFpropOp {
  int conv;
  Slice x, y;
};
/// Of convolutions whose values before the ReLU are wanted too; all others have their ReLU built in.
struct ReluFpropOp {
  Slice x, y;
};
/// Gates of a ReLU's outputs, in place, before anything reads them.
struct TopKOp {
  Slice y;
  int kept;
};
struct JumpReluOp {
  Slice y;
  FilterPart channels;  ///< Whose thresholds hold where.
};
struct MaxPoolFpropOp {
  Slice x, y;
  int argmax;
  Window window;
};
struct LrnFpropOp {
  Slice x, y;
  LrnConstants rule;
};
/// The two in one: what is between them is not kept.
struct LrnPoolFpropOp {
  Slice x, y;
  int argmax;
  LrnConstants rule;
  Window window;
};
struct AveragePoolFpropOp {
  Slice x, y;
};
struct SoftmaxFpropOp {
  Slice x, y;
  int channels;  ///< Logical ones: the first of the slice's.
};

/// Value of the objective on one target map, and the first gradient. `target` counts the plan's targets.
struct SeedOp {
  int target;
};
/// Adds the terms whose gradient takes sums over the whole map first.
struct CaricatureSeedOp {
  int target;
};
/// Adds the terms on the map's Gram matrix.
struct GramSeedOp {
  int target;
};
struct StemDgradOp {
  int conv;
  Slice dy;
};
struct ConvDgradOp {
  int conv;
  Slice dy, dx;
  bool accumulate;
};
struct MaxPoolBpropOp {
  Slice x, dy, dx;
  int argmax;
  PoolGradient rule;  ///< `max` alone reads the argmax, `l2` alone reads x.
  Window window;
  bool accumulate;
};
struct LrnBpropOp {
  Slice x, dy, dx;
  LrnConstants rule;
  bool accumulate;
};
struct LrnPoolBpropOp {
  Slice x, dy, dx;
  int argmax;
  LrnConstants rule;
  Window window;
  bool accumulate;
};
struct AveragePoolBpropOp {
  Slice dy, dx;
  bool accumulate;
};
struct SoftmaxBpropOp {
  Slice y, dy, dx;
};
/// Only the ReLU points it carries.
struct ReluBackwardOp {};
/// Adds dy to dx: gradients of the same values by two ways.
struct AddGradientOp {
  Slice dy, dx;
};

/// Along a tangent of the picture or of the plan's start: a convolution without its bias and ReLU.
struct StemPushOp {
  int conv;
  Slice dy;
};
struct ConvPushOp {
  int conv;
  Slice dx, dy;
};
/// Passes what the forward pass let pass; in place where dx is dy.
struct ReluPushOp {
  Slice y, dx, dy;
};
struct MaxPoolPushOp {
  Slice dx, dy;
  int argmax;
  Window window;
};
/// The pool of a linear plan; windows of one pixel are the identity in place of a ReLU.
struct WindowMeanPushOp {
  Slice dx, dy;
  Window window;
};
struct LrnPushOp {
  Slice x, dx, dy;
  LrnConstants rule;
};
struct AveragePoolPushOp {
  Slice dx, dy;
};
struct SoftmaxPushOp {
  Slice y, dx, dy;
};

using AnyOp =
    std::variant<StemFpropOp, ConvFpropOp, ReluFpropOp, TopKOp, JumpReluOp, MaxPoolFpropOp, LrnFpropOp,
                 LrnPoolFpropOp, AveragePoolFpropOp, SoftmaxFpropOp, SeedOp, CaricatureSeedOp, GramSeedOp,
                 StemDgradOp, ConvDgradOp, MaxPoolBpropOp, LrnBpropOp, LrnPoolBpropOp, AveragePoolBpropOp,
                 SoftmaxBpropOp, ReluBackwardOp, AddGradientOp, StemPushOp, ConvPushOp, ReluPushOp,
                 MaxPoolPushOp, WindowMeanPushOp, LrnPushOp, AveragePoolPushOp, SoftmaxPushOp>;

struct PlanOp {
  std::string name;  ///< Layer and direction, for messages and tables: "mixed4a_3x3 dgrad".
  AnyOp op;
  /// ReLUs whose gradient is complete once this operation has run, adjacent and in memory order. Pools, LRN
  /// and the average pool apply the plain mask as they write; RuledRelu is a pass of its own after
  /// them.
  std::vector<ReluPoint> relus;
  int time = 0;    ///< When it can run (see find_lifetimes).
  int images = 1;  ///< That it takes at a time (see split_batch).
};

/// How many terms of an objective each image has on one map, by the operation that takes them.
struct TermCounts {
  int seeds = 1;             ///< ObjectiveSeed.
  int caricatures = 0;       ///< CaricatureSeed.
  int grams = 0;             ///< Gram matrices.
  int vector_positions = 0;  ///< Positions for which the seeds hold a vector, all terms together.

  bool operator==(const TermCounts&) const = default;
};

/// What a plan begins with in place of the picture: the activations of a layer, which the caller writes.
struct PlanStart {
  std::string layer;    ///< Empty: the plan begins with the picture.
  Slice value;          ///< Stays as it was written.
  Slice gradient;       ///< Empty in a forward-only plan, and where no target depends on the start.
  Slice tangent = {};   ///< Stays as it was written; empty in a plan without a pass along one.
  ChannelMap channels;  ///< Of all logical channels.
  int logical_channels = 0;
  int h = 0, w = 0;
};

/// A map whose values the caller reads or an objective is defined on.
struct PlanTarget {
  std::string layer;
  bool pre_relu = false;
  Slice value;
  Slice gradient;            ///< Of the terms on it; empty in a forward-only plan.
  ChannelMap channels;       ///< Which logical channels are there, and where.
  int logical_channels = 0;  ///< Of the whole layer, pruned or not.
  int h = 0, w = 0;
  TermCounts terms = {};
  /// Where the caller's own gradient is: added to that of the terms, or, where there are none, the gradient itself,
  /// which a backward pass overwrites. Empty where it gives none.
  Slice given_gradient = {};
  Slice tangent = {};  ///< Of its values, once a pass along the start's has run.
};

struct Plan {
  int batch = 1;
  int columns = 1;        ///< Values of each image: of its objective, then of those that are only watched.
  int micro_batch = 1;    ///< See MicroBatches.
  bool one_pass = false;  ///< See MicroBatches.
  int height = 0, width = 0;  ///< Of the picture, or of the map the plan begins with.
  PlanStart start;
  std::vector<PlanBuffer> buffers;
  std::vector<PlanConv> convs;
  std::vector<PlanOp> forward;
  std::vector<PlanOp> backward;
  std::vector<PlanOp> push;  ///< Along a tangent: how the targets change as what the plan begins with does.
  std::vector<PlanTarget> targets;
};

}  // namespace limpid
