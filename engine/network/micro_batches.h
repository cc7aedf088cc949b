// A batch that goes through its plan in parts, each as far as it can alone: depth first.
#pragma once

namespace limpid {

struct Plan;

/// How the images of a batch go through a plan. Operations of the network take each image by itself, so a few of them,
/// a micro-batch, can take one operation after the other while their maps are in the cache, before the next few begin.
/// Values are the same to the bit.
struct MicroBatches {
  static constexpr int kFittingCaches = -1;

  /// Of one, of which a batch's last may have fewer. 0: the whole batch takes each operation together. kFittingCaches:
  /// so many that their maps stay in a processor's caches.
  int images = 0;
  /// Nobody looks at the plan between its forward and its backward pass (NetworkExecutor::gradient runs both), which
  /// a micro-batch so takes in one.
  bool one_pass = false;
  /// The objective of an image reads no maps of other images, so that a micro-batch can take its operations too.
  bool separable = false;

  bool operator==(const MicroBatches&) const = default;
};

/// Says of every operation how many images it takes at a time, and of every buffer how many have a place in it. A section
/// is a stretch of operations that a micro-batch takes without waiting for the others; those that join images are
/// sections of their own. What is used within one section only has room for one micro-batch, which the next overwrites;
/// everything else has room for the whole batch, and its lifetime is extended to whole sections, for images are at
/// different places of one at different times. After find_lifetimes, whose times must be those of one operation after
/// the other wherever the batch is split.
void split_batch(Plan& plan, const MicroBatches& wanted);

}  // namespace limpid
