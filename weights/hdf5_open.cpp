#include "weights/hdf5_open.h"

#include <cerrno>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_structure.h"

namespace limpid {

void check_hdf5_failure(const std::filesystem::path& path) {
  const int error = errno;
  if (is_system_error(error)) fail_read(path, error);
}

Hdf5Handle open_hdf5(const std::filesystem::path& path) {
  check_hdf5_structure(path);
  const Hdf5Silence silence;
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Locks fail on file systems without them, and a file replaced by rename needs none.
  H5Pset_file_locking(access.get(), 0, 1);
  errno = 0;
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file) {
    check_hdf5_failure(path);
    fail_input("'{}': the HDF5 file is damaged or cut short: HDF5 cannot open it", path.string());
  }
  return file;
}

}  // namespace limpid
