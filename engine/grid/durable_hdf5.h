// HDF5 files that appear whole and stay.
#pragma once

#include <cstdint>

#include "engine/grid/durable_file.h"
#include "weights/hdf5_handle.h"

namespace limpid {

/// Lets HDF5 write the structure of a file: groups, attributes, where datasets lie.
class DurableHdf5 {
 public:
  /// `most_bytes` is more than the file will have. HDF5 cannot close a file that it failed to write to, so
  /// the disk is asked for all of it first. Errors are those of `file`.
  DurableHdf5(DurableFile& file, std::uint64_t most_bytes);

  hid_t id() const { return handle_.get(); }

  /// Writes the structure out and closes it for HDF5; `file` is left to be filled and published. Every handle
  /// on objects of the file must have been closed. Throws Error{usage} where HDF5 could not write.
  void finish();

 private:
  Hdf5Silence silence_;
  DurableFile& file_;
  Hdf5Handle handle_;
};

/// A scalar attribute of a file or group.
void write_attribute(hid_t object, const char* name, hid_t type, const void* value);

}  // namespace limpid
