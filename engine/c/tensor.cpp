#include "engine/c/tensor.h"

#include <cstddef>
#include <vector>

#include "engine/c/call.h"

namespace limpid::c {
namespace {

struct Checked {
  float* data;
  std::array<std::int64_t, 4> shape{}, strides{};
};

Checked checked(const DLTensor* tensor, int dimensions, const char* name) {
  require(tensor, name);
  if (tensor->ndim != dimensions)
    fail_usage("{} has {} dimensions, and not {}", name, tensor->ndim, dimensions);
  if (tensor->shape == nullptr) fail_usage("the shape of {} is null", name);
  if (tensor->data == nullptr) fail_usage("the data of {} are null", name);
  if (tensor->device.device_type != kDLCPU)
    fail_usage("{} is on a device of type {}: only host memory is taken", name,
               static_cast<int>(tensor->device.device_type));
  const DLDataType type = tensor->dtype;
  if (type.code != kDLFloat || type.bits != 32 || type.lanes != 1) fail_usage("{} is not fp32", name);
  Checked result{reinterpret_cast<float*>(static_cast<std::byte*>(tensor->data) + tensor->byte_offset)};
  std::int64_t dense = 1;
  for (int i = dimensions - 1; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    if (tensor->shape[i] < 0 || tensor->shape[i] > (std::int64_t{1} << 31))
      fail_usage("{} has {} values along dimension {}", name, tensor->shape[i], i);
    result.shape[at] = tensor->shape[i];
    result.strides[at] = tensor->strides == nullptr ? dense : tensor->strides[i];
    if (dense <= (std::int64_t{1} << 31)) dense *= tensor->shape[i];
  }
  return result;
}

}  // namespace

TensorView<float> view_of(const DLTensor* tensor, const char* name) {
  const Checked t = checked(tensor, 4, name);
  return {t.data, t.shape, t.strides};
}

TensorView<float> picture_of(const DLTensor* tensor, const char* name) {
  const Checked t = checked(tensor, 3, name);
  return {t.data, {1, t.shape[2], t.shape[0], t.shape[1]}, {0, t.strides[2], t.strides[0], t.strides[1]}};
}

}  // namespace limpid::c
