// The names and types of the HDF5 weights file, described for readers of the file in weights/README.md.
#pragma once

#include <cstddef>

#include "weights/hdf5_handle.h"
#include "weights/model_schema.h"

namespace limpid::schema {

inline constexpr const char* kFilter = "filter";
inline constexpr const char* kBias = "bias";
inline constexpr const char* kThreshold = "threshold";

/// IEEE binary16, little endian, which HDF5 has no name for.
inline Hdf5Handle half_type() {
  Hdf5Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type.get(), 15, 10, 5, 0, 10);
  H5Tset_size(type.get(), 2);
  H5Tset_ebias(type.get(), 15);
  return type;
}

/// Strings of `size` bytes, UTF-8, padded with zeros.
inline Hdf5Handle string_type(std::size_t size) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), size);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

}  // namespace limpid::schema
