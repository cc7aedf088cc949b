#include "engine/c/call.h"
#include "engine/c/managed_picture.h"
#include "engine/c/tensor.h"
#include "engine/pictures/image_file.h"

namespace {

using limpid::c::guarded;
using limpid::c::require;

}  // namespace

limpid_status limpid_read_picture(const char* path, DLManagedTensor** picture) {
  return guarded([&] {
    require(picture, "picture");
    *picture = nullptr;
    require(path, "path");
    *picture = limpid::c::managed(limpid::read_image(path));
  });
}

limpid_status limpid_write_picture(const char* path, const DLTensor* picture) {
  return guarded([&] {
    require(path, "path");
    limpid::write_image(path, limpid::c::image_of(limpid::c::picture_of(picture, "picture")));
  });
}
