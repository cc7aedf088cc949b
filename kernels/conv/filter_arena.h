// Filters of many convolutions in few allocations of device memory, copied there together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/conv/device_buffer.h"

namespace limpid::cuda {

class FilterArena;

/// A part of an arena's memory, which lives as long as this does. 256-byte aligned.
class FilterSlice {
 public:
  FilterSlice() = default;

  void* data() const { return data_; }  ///< Null when empty.

  /// Sees to it that the values are on the device: the first time, all that the arena still has to copy is copied, in the
  /// stream's order, and waited for. Not within a capture.
  void ready(const Stream& stream) const;

 private:
  friend class FilterArena;

  std::shared_ptr<FilterArena> arena_;
  std::shared_ptr<const DeviceBuffer> chunk_;
  void* data_ = nullptr;
  std::int64_t upload_ = 0;  ///< Number of the upload that takes it along.
};

/// On the device that is current where it is used. For any number of threads. Of chunks whose slices are gone all but the last are
/// given back.
class FilterArena : public std::enable_shared_from_this<FilterArena> {
 public:
  /// Room for these values, rounded to `dtype`; empty for none. Throws Error{runtime} naming the layer when memory is short.
  FilterSlice add(const std::string& layer, DType dtype, const std::vector<float>& values);

 private:
  friend class FilterSlice;

  /// Bytes that wait, to be copied to `begin` of a chunk.
  struct Waiting {
    std::shared_ptr<const DeviceBuffer> chunk;
    std::size_t begin = 0;
    std::vector<std::byte> bytes;
  };

  void upload(const Stream& stream);

  std::mutex mutex_;
  std::shared_ptr<const DeviceBuffer> chunk_;
  std::size_t used_ = 0;
  std::vector<Waiting> waiting_;
  std::int64_t next_upload_ = 1;
  std::atomic<std::int64_t> done_ = 0;  ///< The last upload that was made.
};

/// A convolution's filter, K x R x S x C, and of fprop its bias, zeros where it has none, both in the request's dtype.
struct DeviceFilter {
  FilterSlice weights, bias;

  void ready(const Stream& stream) const {
    weights.ready(stream);
    bias.ready(stream);
  }
};

DeviceFilter add_filter(FilterArena& arena, const ConvRequest& request, const ConvFilter& filter);

}  // namespace limpid::cuda
