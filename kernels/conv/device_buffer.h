// Memory of the CUDA device that convolutions own: filters, and the operands of tuning.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/core/dtype.h"
#include "kernels/core/stream.h"

namespace limpid::cuda {

/// Bytes on the calling thread's current device, owned; 256-byte aligned.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  /// Throws OutOfMemory saying what the bytes were for when memory is short.
  DeviceBuffer(std::size_t bytes, const std::string& what);
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer();

  void* data() const { return data_; }  ///< Null when empty.
  std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// `values` rounded to `dtype`, on the device. The copy goes in the stream's order and is waited for. Throws
/// Error{runtime} naming the layer.
DeviceBuffer upload_filter(const Stream& stream, const std::string& layer, DType dtype,
                           const std::vector<float>& values);

/// K x C x R x S as K x R x S x C, the order of NHWC filters.
std::vector<float> to_krsc(const ConvShape& shape, const float* weights);

}  // namespace limpid::cuda
