// DLPack's tensors as the engine's views.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "engine/c/call.h"
#include "engine/dlpack.h"
#include "engine/image/image.h"
#include "engine/network/tensor_view.h"
#include "engine/options/render_options.h"

namespace limpid::c {

/// A tensor of four dimensions. Throws Error{usage} naming it where it is null, has no data, or is not fp32 in host
/// memory.
TensorView<float> view_of(const DLTensor* tensor, const char* name);

/// The same of fp32, fp16 or bf16 in the memory of a GPU, by its number.
DeviceView device_view_of(const DLTensor* tensor, const char* name, int gpu);

/// Whether the host reads it where it is: its own memory, and what CUDA has pinned of it.
bool is_on_host(const DLDevice& device);

/// A picture, height x width x channels, as 1 x channels x height x width.
TensorView<float> picture_of(const DLTensor* tensor, const char* name);

/// Parameters, images x planes x values, as a view of these extents and 1.
TensorView<float> parameters_of(const DLTensor* tensor, const char* name);

/// Height, width and channels of the picture a job makes: RGB, or with its alpha RGBA.
std::array<int, 3> picture_shape(const RenderOptions& options);

/// Throws Error{usage} where a picture's view has not this shape. The colours alone of one with alpha may be asked for.
void check_picture(const TensorView<float>& view, const std::array<int, 3>& shape);

/// The picture's colours, and its alpha where the view has four channels.
void copy_picture(const Image& image, const TensorView<float>& view);

/// The picture in a view of three or four channels. Throws Error{usage} for another number of them, and for more than
/// kMaxPictureSide pixels on a side, or none.
Image image_of(const TensorView<float>& view);

/// view(tensor, name) for each tensor; null ones are views without data.
template <class View, class Tensors, class Make>
std::vector<View> views_of(const Tensors& tensors, std::size_t count, const char* name, const Make& view) {
  if (count > 0) require(tensors, name);
  std::vector<View> views(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (tensors[i] != nullptr) views[i] = view(tensors[i], name);
  }
  return views;
}

/// The same, of host memory. Throws Error{usage} as `view_of`.
template <class View, class Tensors>
std::vector<View> views_of(const Tensors& tensors, std::size_t count, const char* name) {
  return views_of<View>(tensors, count, name, view_of);
}

}  // namespace limpid::c
