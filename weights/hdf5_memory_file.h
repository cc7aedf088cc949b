// An HDF5 file made in memory and saved in one go.
#pragma once

#include <filesystem>

#include "weights/hdf5_handle.h"

namespace limpid {

/// A new HDF5 file that lives in memory until it is saved, so that a full disk is met by a plain write (HDF5
/// itself cannot close a file it failed to flush) and nothing half-written is ever seen. Objects created in
/// it with `creation()` carry no time stamps: the same content gives the same bytes.
class Hdf5MemoryFile {
 public:
  Hdf5MemoryFile();

  hid_t id() const noexcept { return file_.get(); }

  /// Throws as `write_atomically` does. Every handle on objects of the file must have been closed.
  void save(const std::filesystem::path& path) const;

 private:
  Hdf5Silence silence_;
  Hdf5Handle file_;
};

/// A dataset or group creation property list (`H5P_DATASET_CREATE`, ...) without time stamps.
Hdf5Handle timeless_creation(hid_t list_class);

/// Throws Error{runtime} naming `what` for an HDF5 call on a file in memory that failed: memory ran out, or a
/// mistake of ours.
void require(bool success, const char* what);

}  // namespace limpid
