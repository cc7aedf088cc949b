// Maps between a device and the caller's memory.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/network/tensor_view.h"
#include "kernels/backend.h"
#include "weights/channel_map.h"

namespace limpid {

/// Values from the first to the last of all images; strides may leap over neighbours in between.
std::size_t elements_spanned(const Tensor& tensor);

/// Copies maps of a device, physical channels in its layout and dtype, from and to fp32 host memory of any strides,
/// logical channels. Where the device's memory is not the host's it goes through host memory that is kept.
class MapTransfer {
 public:
  MapTransfer(Backend& backend, const Stream& stream) : backend_(backend), stream_(stream) {}

  void set_stream(const Stream& stream) { stream_ = stream; }

  /// to = factor * from, zero in padded channels, and everywhere where `from` has no data. Logical channels that the
  /// map does not hold are ignored.
  void write(const TensorView<const float>& from, const ChannelMap& channels, float factor, const Tensor& to);

  /// to = factor * from, for the logical channels that the map holds.
  void read(const Tensor& from, const ChannelMap& channels, float factor, const TensorView<float>& to);

 private:
  /// The same tensor in host memory.
  Tensor on_host(const Tensor& tensor);

  Backend& backend_;
  Stream stream_;
  std::vector<std::byte> staging_;
};

}  // namespace limpid
