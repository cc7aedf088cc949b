#include "weights/hdf5_open.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "weights/hdf5_structure.h"

namespace limpid {
namespace {

/// What is opened with the access has its content from memory, of which HDF5 makes a copy.
void open_bytes(hid_t access, std::string_view bytes) {
  constexpr std::size_t growth = 1U << 16U;
  constexpr hbool_t keep = 0;
  if (H5Pset_fapl_core(access, growth, keep) < 0 ||
      H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size()) < 0)
    fail_runtime("HDF5 could not copy {} bytes: memory is short", bytes.size());
}

}  // namespace

void check_hdf5_failure(const std::filesystem::path& path) {
  const int error = errno;
  if (is_system_error(error)) fail_read(path, error);
}

Hdf5Handle open_hdf5(const Hdf5Source& source) {
  check_hdf5_structure(source);
  const Hdf5Silence silence;
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  std::string name = source.path;
  if (source.in_memory()) {
    open_bytes(access.get(), source.bytes);
    // HDF5 takes two files in memory for one where their names are equal.
    name = fmt::format("{}", static_cast<const void*>(source.bytes.data()));
  }
  // Locks fail on file systems without them, and a file replaced by rename needs none.
  H5Pset_file_locking(access.get(), 0, 1);
  errno = 0;
  Hdf5Handle file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file) {
    check_hdf5_failure(source.name);
    fail_input("{}: the HDF5 file is damaged or cut short: HDF5 cannot open it", source.quoted());
  }
  return file;
}

}  // namespace limpid
