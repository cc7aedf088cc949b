#include <cstdint>
#include <memory>
#include <utility>

#include "engine/c/call.h"
#include "engine/c/tensor.h"
#include "engine/pictures/image_file.h"

namespace {

using limpid::c::guarded;
using limpid::c::require;

/// A picture with the tensor that shows it.
struct ManagedPicture {
  explicit ManagedPicture(limpid::Image read) : image(std::move(read)), shape{image.height, image.width, 3} {
    tensor.dl_tensor.data = image.rgb.data();
    tensor.dl_tensor.device = {kDLCPU, 0};
    tensor.dl_tensor.ndim = 3;
    tensor.dl_tensor.dtype = {kDLFloat, 32, 1};
    tensor.dl_tensor.shape = shape;
    tensor.manager_ctx = this;
    tensor.deleter = [](DLManagedTensor* self) { delete static_cast<ManagedPicture*>(self->manager_ctx); };
  }

  limpid::Image image;
  std::int64_t shape[3];
  DLManagedTensor tensor{};
};

}  // namespace

limpid_status limpid_read_picture(const char* path, DLManagedTensor** picture) {
  return guarded([&] {
    require(picture, "picture");
    *picture = nullptr;
    require(path, "path");
    *picture = &(new ManagedPicture(limpid::read_image(path)))->tensor;
  });
}

limpid_status limpid_write_picture(const char* path, const DLTensor* picture) {
  return guarded([&] {
    require(path, "path");
    limpid::write_image(path, limpid::c::image_of(limpid::c::picture_of(picture, "picture")));
  });
}
