#include "engine/c/tensor.h"

#include <cstdint>

#include "kernels/core/error.h"

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
  std::byte* const data = static_cast<std::byte*>(tensor->data) + tensor->byte_offset;
  if (reinterpret_cast<std::uintptr_t>(data) % alignof(float) != 0)
    fail_usage("the values of {} do not lie at multiples of their size: copy them", name);
  Checked result{reinterpret_cast<float*>(data)};
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

void check_picture(const TensorView<float>& view, const std::array<int, 2>& size) {
  const auto [batch, channels, height, width] = view.extents;
  if (view.extents == Extents{1, 3, size[0], size[1]}) return;
  fail_usage("the picture is {}x{}x3, and a tensor of {}x{}x{} was given", size[0], size[1], height, width,
             channels);
}

void copy_picture(const Image& image, const TensorView<float>& view) {
  const float* next = image.rgb.data();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) *view.at(0, c, y, x) = *next++;
    }
  }
}

}  // namespace limpid::c
