// The one way in which limpid opens HDF5 files.
#pragma once

#include <filesystem>

#include "weights/hdf5_handle.h"
#include "weights/hdf5_source.h"

namespace limpid {

/// Looks at the whole structure of a file (see check_hdf5_structure), then opens it for reading. Throws
/// Error{input} where the file is damaged or not as limpid reads them, Error{runtime} where the system
/// failed.
Hdf5Handle open_hdf5(const Hdf5Source& source);

/// For a call of HDF5's that failed since `errno` was set to zero: throws Error{runtime} where the system
/// gave the reason; returns where it did not, and the file is to blame.
void check_hdf5_failure(const std::filesystem::path& path);

}  // namespace limpid
