#include "engine/c/tensor.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "engine/options/image_options.h"
#include "engine/pictures/picture_limits.h"
#include "kernels/core/error.h"

namespace limpid::c {
namespace {

struct Checked {
  std::byte* data;
  DType dtype = DType::f32;
  std::array<std::int64_t, 4> shape{}, strides{};

  float* values() const { return reinterpret_cast<float*>(data); }
};

std::optional<DType> type_of(const DLDataType& type) {
  if (type.lanes != 1) return std::nullopt;
  if (type.code == kDLFloat && type.bits == 32) return DType::f32;
  if (type.code == kDLFloat && type.bits == 16) return DType::f16;
  if (type.code == kDLBfloat && type.bits == 16) return DType::bf16;
  return std::nullopt;
}

void check_place(const DLDevice& device, int gpu, const char* name) {
  const int type = static_cast<int>(device.device_type);
  if (gpu < 0) {
    if (!is_on_host(device))
      fail_usage("{} is on a device of type {}: only host memory is taken here", name, type);
    return;
  }
  if (is_on_host(device)) fail_usage("{} is in host memory: all tensors of a call lie in one place", name);
  if (type != kDLCUDA && type != kDLCUDAManaged)
    fail_usage("{} is on a device of type {}, and not CUDA's", name, type);
  if (type == kDLCUDA && device.device_id != gpu)
    fail_usage("{} is on cuda:{}, and the session on cuda:{}", name, device.device_id, gpu);
}

/// `gpu`: whose memory it must be in; below 0 the host's.
Checked checked(const DLTensor* tensor, int dimensions, const char* name, int gpu = -1) {
  require(tensor, name);
  if (tensor->ndim != dimensions)
    fail_usage("{} has {} dimensions, and not {}", name, tensor->ndim, dimensions);
  if (tensor->shape == nullptr) fail_usage("the shape of {} is null", name);
  if (tensor->data == nullptr) fail_usage("the data of {} are null", name);
  check_place(tensor->device, gpu, name);
  const std::optional<DType> type = type_of(tensor->dtype);
  if (gpu < 0 && type != DType::f32) fail_usage("{} is not fp32", name);
  if (!type) fail_usage("{} is not fp32, fp16 or bf16", name);
  std::byte* const data = static_cast<std::byte*>(tensor->data) + tensor->byte_offset;
  if (reinterpret_cast<std::uintptr_t>(data) % size_of(*type) != 0)
    fail_usage("the values of {} do not lie at multiples of their size: copy them", name);
  Checked result{data, *type};
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
  return {t.values(), t.shape, t.strides};
}

DeviceView device_view_of(const DLTensor* tensor, const char* name, int gpu) {
  const Checked t = checked(tensor, 4, name, gpu);
  return {t.data, t.dtype, t.shape, t.strides};
}

bool is_on_host(const DLDevice& device) {
  return device.device_type == kDLCPU || device.device_type == kDLCUDAHost;
}

TensorView<float> picture_of(const DLTensor* tensor, const char* name) {
  const Checked t = checked(tensor, 3, name);
  return {t.values(), {1, t.shape[2], t.shape[0], t.shape[1]}, {0, t.strides[2], t.strides[0], t.strides[1]}};
}

TensorView<float> parameters_of(const DLTensor* tensor, const char* name) {
  const Checked t = checked(tensor, 3, name);
  return {t.values(), {t.shape[0], t.shape[1], t.shape[2], 1}, {t.strides[0], t.strides[1], t.strides[2], 0}};
}

std::array<int, 3> picture_shape(const RenderOptions& options) {
  const auto [height, width] = picture_size(options);
  return {height, width, options.colour.alpha ? 4 : 3};
}

void check_picture(const TensorView<float>& view, const std::array<int, 3>& shape) {
  const auto [batch, channels, height, width] = view.extents;
  const bool known = channels == 3 || channels == shape[2];
  if (known && height == shape[0] && width == shape[1]) return;
  fail_usage("the picture is {}x{}x{}, and a tensor of {}x{}x{} was given", shape[0], shape[1], shape[2],
             height, width, channels);
}

void copy_picture(const Image& image, const TensorView<float>& view) {
  const bool alpha = view.extents[1] == 4;
  const float* colour = image.rgb.data();
  const float* opacity = image.alpha.data();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) *view.at(0, c, y, x) = *colour++;
      if (alpha) *view.at(0, 3, y, x) = *opacity++;
    }
  }
}

Image image_of(const TensorView<float>& view) {
  const auto [batch, channels, height, width] = view.extents;
  const bool fits = std::min(height, width) >= 1 && std::max(height, width) <= kMaxPictureSide;
  if (!fits || (channels != 3 && channels != 4)) {
    fail_usage(
        "a picture is height x width x 3 or 4, of 1 to {} pixels a side, and a tensor of {}x{}x{} was given",
        kMaxPictureSide, height, width, channels);
  }
  Image image{static_cast<int>(height), static_cast<int>(width), {}};
  image.rgb.reserve(static_cast<std::size_t>(height * width * 3));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) image.rgb.push_back(*view.at(0, c, y, x));
      if (channels == 4) image.alpha.push_back(*view.at(0, 3, y, x));
    }
  }
  return image;
}

}  // namespace limpid::c
