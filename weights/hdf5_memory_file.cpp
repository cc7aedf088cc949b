#include "weights/hdf5_memory_file.h"

#include <vector>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"

namespace limpid {

Hdf5MemoryFile::Hdf5MemoryFile() {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  constexpr std::size_t growth = 1U << 22U;
  constexpr hbool_t keep_in_memory = 0;
  require(H5Pset_fapl_core(access.get(), growth, keep_in_memory) >= 0, "file access");
  // The file keeps HDF5's oldest format: H5Fget_file_image clears a flag in the superblock, and those of
  // newer formats carry a checksum that it does not renew.
  const Hdf5Handle creation = timeless_creation(H5P_FILE_CREATE);
  file_ = Hdf5Handle(H5Fcreate("memory", H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  require(static_cast<bool>(file_), "file");
}

void Hdf5MemoryFile::save(const std::filesystem::path& path) const {
  require(H5Fflush(file_.get(), H5F_SCOPE_LOCAL) >= 0, "file");
  const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  require(size > 0, "file image");
  std::vector<char> image(static_cast<std::size_t>(size));
  require(H5Fget_file_image(file_.get(), image.data(), image.size()) == size, "file image");
  write_atomically(path, image);
}

Hdf5Handle timeless_creation(hid_t list_class) {
  Hdf5Handle list(H5Pcreate(list_class), H5Pclose);
  require(H5Pset_obj_track_times(list.get(), 0) >= 0, "creation properties");
  return list;
}

void require(bool success, const char* what) {
  if (!success) fail_runtime("HDF5 could not make a {} in memory", what);
}

}  // namespace limpid
