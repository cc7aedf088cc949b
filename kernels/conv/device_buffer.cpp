#include "kernels/conv/device_buffer.h"

#include <cuda_runtime.h>
#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

template <class T>
DeviceBuffer upload(const Stream& stream, const std::string& layer, const std::vector<T>& host) {
  DeviceBuffer device(host.size() * sizeof(T), "the filter of layer " + layer);
  const auto native = static_cast<cudaStream_t>(stream.cuda);
  cudaError_t status =
      cudaMemcpyAsync(device.data(), host.data(), device.bytes(), cudaMemcpyHostToDevice, native);
  if (status == cudaSuccess) status = cudaStreamSynchronize(native);
  if (status != cudaSuccess) {
    fail_runtime("layer {}: the filter could not be copied to the device: {}", layer,
                 cudaGetErrorString(status));
  }
  return device;
}

template <class T>
std::vector<T> rounded(const std::vector<float>& values) {
  std::vector<T> result;
  result.reserve(values.size());
  for (const float value : values) result.push_back(from_f32<T>(value));
  return result;
}

}  // namespace

DeviceBuffer::DeviceBuffer(std::size_t bytes, const std::string& what) : bytes_(bytes) {
  if (bytes == 0) return;
  const cudaError_t status = cudaMalloc(&data_, bytes);
  if (status == cudaSuccess) return;
  const std::string reason =
      fmt::format("{} bytes of device memory for {}: {}", bytes, what, cudaGetErrorString(status));
  cudaGetLastError();  // What memory does not hold is no fault of the next call.
  if (status == cudaErrorMemoryAllocation) throw OutOfMemory(reason);
  fail_runtime("{}", reason);
}

DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

DeviceBuffer::~DeviceBuffer() {
  cudaFree(data_);
}

DeviceBuffer upload_filter(const Stream& stream, const std::string& layer, DType dtype,
                           const std::vector<float>& values) {
  switch (dtype) {
    case DType::f16:
      return upload(stream, layer, rounded<f16>(values));
    case DType::bf16:
      return upload(stream, layer, rounded<bf16>(values));
    case DType::f32:
      break;
  }
  return upload(stream, layer, values);
}

std::vector<float> to_krsc(const ConvShape& shape, const float* weights) {
  const int taps = shape.window.size * shape.window.size;
  std::vector<float> result(static_cast<std::size_t>(shape.k) * static_cast<std::size_t>(taps * shape.c));
  for (int k = 0; k < shape.k; ++k) {
    for (int c = 0; c < shape.c; ++c) {
      const float* source = weights + (std::int64_t{k} * shape.c + c) * taps;
      float* target = result.data() + std::int64_t{k} * taps * shape.c + c;
      for (int tap = 0; tap < taps; ++tap) target[std::int64_t{tap} * shape.c] = source[tap];
    }
  }
  return result;
}

}  // namespace limpid::cuda
