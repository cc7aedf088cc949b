#include "kernels/conv/filter_arena.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstring>

#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

/// Two or three hold all filters of the network in 16 bits, both ways.
constexpr std::size_t kChunkBytes = std::size_t{16} << 20;
constexpr std::size_t kSliceAlignment = 256;

template <class T>
std::vector<std::byte> rounded_bytes(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = from_f32<T>(values[i]);
    std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return bytes;
}

std::vector<std::byte> rounded_bytes(DType dtype, const std::vector<float>& values) {
  if (dtype == DType::f16) return rounded_bytes<f16>(values);
  if (dtype == DType::bf16) return rounded_bytes<bf16>(values);
  return rounded_bytes<float>(values);
}

}  // namespace

void FilterSlice::ready(const Stream& stream) const {
  if (arena_ != nullptr && upload_ > arena_->done_) arena_->upload(stream);
}

FilterSlice FilterArena::add(const std::string& layer, DType dtype, const std::vector<float>& values) {
  FilterSlice slice;
  if (values.empty()) return slice;
  const std::vector<std::byte> bytes = rounded_bytes(dtype, values);
  const std::size_t room = (bytes.size() + kSliceAlignment - 1) / kSliceAlignment * kSliceAlignment;
  const std::lock_guard lock(mutex_);
  if (chunk_ == nullptr || used_ + room > chunk_->bytes()) {
    chunk_ =
        std::make_shared<const DeviceBuffer>(std::max(room, kChunkBytes), "the filter of layer " + layer);
    used_ = 0;
  }
  if (waiting_.empty() || waiting_.back().chunk != chunk_) waiting_.push_back({chunk_, used_, {}});
  std::vector<std::byte>& together = waiting_.back().bytes;
  together.resize(used_ - waiting_.back().begin);
  together.insert(together.end(), bytes.begin(), bytes.end());
  slice.arena_ = shared_from_this();
  slice.chunk_ = chunk_;
  slice.data_ = static_cast<std::byte*>(chunk_->data()) + used_;
  slice.upload_ = next_upload_;
  used_ += room;
  return slice;
}

void FilterArena::upload(const Stream& stream) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return;
  const auto native = static_cast<cudaStream_t>(stream.cuda);
  cudaError_t status = cudaSuccess;
  for (const Waiting& part : waiting_) {
    if (status != cudaSuccess) break;
    status = cudaMemcpyAsync(static_cast<std::byte*>(part.chunk->data()) + part.begin, part.bytes.data(),
                             part.bytes.size(), cudaMemcpyHostToDevice, native);
  }
  // Others may run on other streams.
  if (status == cudaSuccess) status = cudaStreamSynchronize(native);
  if (status != cudaSuccess) {
    fail_runtime("filters could not be copied to the device: {}", cudaGetErrorString(status));
  }
  waiting_.clear();
  done_ = next_upload_++;
}

DeviceFilter add_filter(FilterArena& arena, const ConvRequest& request, const ConvFilter& filter) {
  DeviceFilter result;
  result.weights = arena.add(request.layer, request.dtype, to_krsc(request.shape, filter.weights));
  if (request.direction == ConvDirection::dgrad) return result;
  const auto k = static_cast<std::size_t>(request.shape.k);
  std::vector<float> bias(k);
  if (filter.bias != nullptr) bias.assign(filter.bias, filter.bias + k);
  result.bias = arena.add(request.layer, request.dtype, bias);
  return result;
}

}  // namespace limpid::cuda
