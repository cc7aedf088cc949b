#include "weights/hdf5_text.h"

namespace limpid {

std::optional<std::string> read_text_attribute(hid_t object, const char* name, std::size_t longest) {
  if (H5Aexists(object, name) <= 0) return std::nullopt;
  const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose);
  const Hdf5Handle space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose);
  const std::size_t size = type ? H5Tget_size(type.get()) : 0;
  if (size == 0 || size > longest || H5Tget_class(type.get()) != H5T_STRING ||
      H5Tis_variable_str(type.get()) != 0 || H5Sget_simple_extent_npoints(space.get()) != 1) {
    return std::nullopt;
  }
  std::string value(size, '\0');
  if (H5Aread(attribute.get(), type.get(), value.data()) < 0) return std::nullopt;
  return value.substr(0, value.find('\0'));
}

}  // namespace limpid
