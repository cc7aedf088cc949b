// The largest of many values, in little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limpid {

/// Where a value was found; what its number means is up to who offers it.
struct TaggedValue {
  float value = 0;
  std::uint32_t tag = 0;
};

/// Of values that are offered one after another, in any order, those above a quantile: no more than 2 (rank + 1) are held at
/// a time.
class TopActivations {
 public:
  /// How many values may lie above the threshold.
  explicit TopActivations(std::size_t rank) : rank_(rank) {}

  /// Bytes that one of that rank takes at most.
  static std::size_t bytes(std::size_t rank) { return 2 * (rank + 1) * sizeof(TaggedValue); }

  /// A value that is finite.
  void offer(float value, std::uint32_t tag) {
    if (full_ && value <= least_) return;
    kept_.push_back({value, tag});
    if (kept_.size() == 2 * (rank_ + 1)) trim();
  }

  /// The (rank + 1)-th largest of all values that were offered, of which there are so many at least: the least T of them with
  /// rank values or fewer above it. Equal values count each.
  float threshold();

  /// Those above it, in no order: fewer than `rank` where values equal the threshold. What they are depends on the values,
  /// not on their order.
  std::vector<TaggedValue> above();

 private:
  /// Leaves the rank + 1 largest.
  void trim();

  std::size_t rank_;
  bool full_ = false;  ///< Whether `least_` is the (rank + 1)-th largest of some of the values.
  float least_ = 0;
  std::vector<TaggedValue> kept_;
};

}  // namespace limpid
