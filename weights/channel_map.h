// Where a logical channel of the network lies in memory, and filters laid out to match.
//
// Kernels work on groups of eight channels, so every branch is padded to a multiple of eight with zero
// filters (inception5h's 204-wide mixed4a_3x3 becomes 208), and a pruned branch holds only the channels that
// were asked for. Users only ever see logical channels.
#pragma once

#include <vector>

#include "weights/model.h"

namespace limpid {

/// The physical channels of one map, in memory order.
class ChannelMap {
 public:
  /// A physical channel that holds no logical one: always zero.
  static constexpr int kPadding = -1;

  ChannelMap() = default;

  /// Logical channels first .. first + count - 1, padded to whole groups.
  static ChannelMap range(int first, int count);

  /// Logical channels 0 .. count - 1 as they are: the planes of the picture.
  static ChannelMap unpadded(int count);

  /// The given logical channels, in that order, padded to whole groups.
  static ChannelMap of(const std::vector<int>& channels);

  /// Appends the channels of `other`, their logical numbers raised by `logical_offset`.
  void append(const ChannelMap& other, int logical_offset);

  int physical_count() const { return static_cast<int>(logical_.size()); }
  int groups() const;

  /// The logical channel at a physical position, or kPadding.
  int logical(int physical) const { return logical_[static_cast<std::size_t>(physical)]; }

  /// Physical position of a logical channel, or -1 when the map does not hold it.
  int physical(int logical) const;

 private:
  std::vector<int> logical_;
};

/// One convolution, or several that share an input and are computed as one, in physical channels.
struct PackedFilter {
  int k = 0, c = 0, size = 0;
  std::vector<float> weights;  ///< K x C x R x S.
  std::vector<float> bias;     ///< K.
};

/// A layer's share of a packed filter.
struct FilterPart {
  const ConvLayer* layer;
  ChannelMap outputs;  ///< Which of its filters, where.
};

/// Lays `parts` one after the other over the input channels `inputs`; everything padded is zero.
PackedFilter pack_filter(const std::vector<FilterPart>& parts, const ChannelMap& inputs);

}  // namespace limpid
