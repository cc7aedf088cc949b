#include "engine/grid/placed_dataset.h"

#include <array>
#include <cstddef>

#include "weights/hdf5_memory_file.h"

namespace limpid {

std::uint64_t place_dataset(hid_t group, const char* name, hid_t type, std::span<const hsize_t> shape) {
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
  const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
  require(H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY) >= 0 &&
              H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER) >= 0,
          "dataset properties");
  const Hdf5Handle dataset(
      H5Dcreate2(group, name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Dclose);
  require(static_cast<bool>(dataset), "dataset");
  const haddr_t place = H5Dget_offset(dataset.get());
  require(place != HADDR_UNDEF, "dataset");
  return place;
}

std::optional<std::uint64_t> find_placed_dataset(hid_t group, const char* name, hid_t type,
                                                 std::span<hsize_t> shape, std::uint64_t file_size) {
  H5L_info_t info{};
  if (H5Lexists(group, name, H5P_DEFAULT) <= 0 || H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ||
      info.type != H5L_TYPE_HARD) {
    return std::nullopt;
  }
  const Hdf5Handle dataset(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose);
  if (!dataset) return std::nullopt;
  const Hdf5Handle stored(H5Dget_type(dataset.get()), H5Tclose);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const Hdf5Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
  std::array<hsize_t, kMostPlacedDimensions> extents{};
  if (H5Tequal(stored.get(), type) <= 0 || H5Pget_layout(creation.get()) != H5D_CONTIGUOUS ||
      H5Pget_external_count(creation.get()) != 0 ||
      H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(shape.size()) ||
      H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) < 0) {
    return std::nullopt;
  }
  std::uint64_t bytes = H5Tget_size(type);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) shape[i] = extents[i];
    const bool overflow = __builtin_mul_overflow(bytes, std::uint64_t{extents[i]}, &bytes);
    if (shape[i] != extents[i] || shape[i] == 0 || overflow) return std::nullopt;
  }
  const haddr_t place = H5Dget_offset(dataset.get());
  if (place == HADDR_UNDEF || bytes > file_size || place > file_size - bytes) return std::nullopt;
  return place;
}

bool read_attribute(hid_t object, const char* name, hid_t type, void* value) {
  if (H5Aexists(object, name) <= 0) return false;
  const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return false;
  const Hdf5Handle stored(H5Aget_type(attribute.get()), H5Tclose);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
  return H5Tequal(stored.get(), type) > 0 && H5Sget_simple_extent_npoints(space.get()) == 1 &&
         H5Aread(attribute.get(), type, value) >= 0;
}

}  // namespace limpid
