// Texts in attributes of HDF5 files.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "weights/hdf5_handle.h"

namespace limpid {

/// The text that an attribute of a file or group holds, up to its first zero. Nothing where it is missing, damaged, or anything
/// but one string of a fixed length of 1 to `longest` bytes: an array of strings would be read beyond the one.
std::optional<std::string> read_text_attribute(hid_t object, const char* name, std::size_t longest);

}  // namespace limpid
