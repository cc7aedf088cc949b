#include "tools/result_file.h"

#include <hdf5.h>

#include <vector>

namespace limpid {
namespace {

void write_dataset(hid_t file, const char* name, hid_t type, const Hdf5Handle& space, hid_t memory_type,
                   const void* values) {
  const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
  const Hdf5Handle dataset(
      H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Dclose);
  require(dataset && H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
          "dataset");
}

}  // namespace

void ResultFile::add(const char* name, std::initializer_list<int> shape, std::span<const float> values) {
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                         H5Sclose);
  write_dataset(file_.id(), name, H5T_IEEE_F32LE, space, H5T_NATIVE_FLOAT, values.data());
}

void ResultFile::add(const char* name, float value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  write_dataset(file_.id(), name, H5T_IEEE_F32LE, space, H5T_NATIVE_FLOAT, &value);
}

void ResultFile::attribute(const char* name, const std::string& value) {
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  require(H5Tset_size(type.get(), value.size() + 1) >= 0 && H5Tset_cset(type.get(), H5T_CSET_UTF8) >= 0,
          "string");
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(H5Acreate2(file_.id(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
  require(attribute && H5Awrite(attribute.get(), type.get(), value.c_str()) >= 0, "attribute");
}

}  // namespace limpid
