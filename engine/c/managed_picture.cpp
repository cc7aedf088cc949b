#include "engine/c/managed_picture.h"

#include <cstdint>
#include <utility>

namespace limpid::c {
namespace {

struct ManagedPicture {
  explicit ManagedPicture(Image given) : image(std::move(given)), shape{image.height, image.width, 3} {
    tensor.dl_tensor.data = image.rgb.data();
    tensor.dl_tensor.device = {kDLCPU, 0};
    tensor.dl_tensor.ndim = 3;
    tensor.dl_tensor.dtype = {kDLFloat, 32, 1};
    tensor.dl_tensor.shape = shape;
    tensor.manager_ctx = this;
    tensor.deleter = [](DLManagedTensor* self) { delete static_cast<ManagedPicture*>(self->manager_ctx); };
  }

  Image image;
  std::int64_t shape[3];
  DLManagedTensor tensor{};
};

}  // namespace

DLManagedTensor* managed(Image image) {
  return &(new ManagedPicture(std::move(image)))->tensor;
}

}  // namespace limpid::c
