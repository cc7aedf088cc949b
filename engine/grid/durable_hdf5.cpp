#include "engine/grid/durable_hdf5.h"

#include <cerrno>
#include <utility>

#include "kernels/core/file_errors.h"
#include "weights/hdf5_memory_file.h"

namespace limpid {
namespace {

void require_written(bool success, const DurableFile& file) {
  // HDF5 keeps the reason to itself; the system left it in `errno`.
  if (!success) fail_write(file.path(), errno == 0 ? EIO : errno);
}

}  // namespace

DurableHdf5::DurableHdf5(DurableFile& file, std::uint64_t most_bytes) : file_(file) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Locks fail on file systems without them, and nobody else knows the temporary file.
  H5Pset_file_locking(access.get(), 0, 1);
  const Hdf5Handle creation = timeless_creation(H5P_FILE_CREATE);
  // HDF5 writes at once, so a full disk must be met before; and it empties the file, so the space must be
  // taken once more.
  file.reserve(most_bytes);
  errno = 0;
  handle_ = Hdf5Handle(H5Fcreate(file.path().c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  require_written(static_cast<bool>(handle_), file);
  file.reserve(most_bytes);
}

void DurableHdf5::finish() {
  haddr_t end = 0;
  errno = 0;
  require_written(H5Fflush(handle_.get(), H5F_SCOPE_LOCAL) >= 0 && H5Fget_eoa(handle_.get(), &end) >= 0,
                  file_);
  { const Hdf5Handle closed = std::move(handle_); }
  file_.resize(end);
}

void write_attribute(hid_t object, const char* name, hid_t type, const void* value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  require(attribute && H5Awrite(attribute.get(), type, value) >= 0, "attribute");
}

}  // namespace limpid
