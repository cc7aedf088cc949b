// Datasets of HDF5 files that lie in one piece, so that values are written and read without HDF5.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "weights/hdf5_handle.h"

namespace limpid {

/// The most dimensions of such a dataset.
inline constexpr int kMostPlacedDimensions = 4;

/// Makes a dataset whose place in the file is settled at once and whose values are left to the caller; returns the
/// place.
std::uint64_t place_dataset(hid_t group, const char* name, hid_t type, std::span<const hsize_t> shape);

/// Where the values of a dataset lie: in one piece, inside a file of `file_size` bytes, of this type and shape. An extent
/// of 0 in `shape` stands for any, and is filled in. Nothing where there is no such dataset, or it is damaged.
std::optional<std::uint64_t> find_placed_dataset(hid_t group, const char* name, hid_t type,
                                                 std::span<hsize_t> shape, std::uint64_t file_size);

/// A scalar attribute of a file or group; false where there is none of that type.
bool read_attribute(hid_t object, const char* name, hid_t type, void* value);

}  // namespace limpid
