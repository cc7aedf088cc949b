// Shapes along InceptionV1: a layer reads as many channels as its inputs, concatenated, have.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "weights/topology.h"

namespace limpid {

/// Parameters of a whole network, far above any InceptionV1's 7 M: a file of declared shapes and little data, or of
/// data that deflate made small, asks for no more memory.
inline constexpr std::uint64_t kMostParameters = 1U << 26U;

/// Walks the topology in forward order and checks each layer's tensor shapes against what the layers before
/// it produce. Readers call it with the shapes a file declares, before they allocate anything.
class LayerShapes {
 public:
  /// Errors name `origin`, the file.
  explicit LayerShapes(std::string origin);

  /// Checks the filter's K x C x R x S and the bias's K, remembers K, and returns it. `name` is the layer's
  /// name in the file, for errors. Throws Error{input} when a shape does not fit, or when the network as a
  /// whole grows beyond what any member of the family could be.
  int check(const LayerSpec& spec, std::string_view name, std::span<const std::uint64_t> filter,
            std::span<const std::uint64_t> bias);

  /// Input channels of the layer. Throws std::out_of_range unless every layer it reads has been checked.
  std::uint64_t input_channels(const LayerSpec& spec) const;

 private:
  std::string origin_;
  std::map<std::string, std::uint64_t, std::less<>> channels_;
  std::uint64_t parameters_ = 0;
};

/// "64x3x7x7".
std::string format_shape(std::span<const std::uint64_t> shape);

}  // namespace limpid
