#include "engine/image/value_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_open.h"
#include "weights/hdf5_text.h"

namespace limpid {

ValueFile::ValueFile(const std::filesystem::path& path, const Kind& kind)
    : origin_(path.string()), kind_(kind.name) {
  constexpr std::uint64_t kSignatureBytes = 8;
  check_readable(path);
  if (!is_hdf5(read_bytes(path, kSignatureBytes)))
    fail_input("'{}' is not an HDF5 file; `{}` makes {}s", origin_, kind.maker, kind_);
  file_ = open_hdf5(path);
  if (H5Aexists(file_.get(), kind.version_name) <= 0)
    fail_input("'{}' is HDF5, but no {} (it has no attribute '{}')", origin_, kind_, kind.version_name);
  if (const int version = integer(kind.version_name); version != kind.version) {
    fail_input("'{}' is {} {} of version {}; this program reads version {}", origin_,
               *kind_ == 'a' ? "an" : "a", kind_, version, kind.version);
  }
}

int ValueFile::integer(const char* name) const {
  int value = 0;
  const Hdf5Handle attribute(H5Aopen(file_.get(), name, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose);
  const Hdf5Handle space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose);
  if (!attribute || H5Tget_class(type.get()) != H5T_INTEGER ||
      H5Sget_simple_extent_npoints(space.get()) != 1 ||
      H5Aread(attribute.get(), H5T_NATIVE_INT, &value) < 0) {
    fail_input("'{}': the attribute '{}' is missing or no whole number", origin_, name);
  }
  return value;
}

std::string ValueFile::text(const char* name) const {
  constexpr std::size_t kLongest = 1U << 16U;
  std::optional<std::string> value = read_text_attribute(file_.get(), name, kLongest);
  if (!value)
    fail_input("'{}': the attribute '{}' is missing or not one string of fixed length", origin_, name);
  return *std::move(value);
}

bool ValueFile::has(const std::string& name) const {
  H5L_info_t link{};
  return H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0 &&
         H5Lget_info(file_.get(), name.c_str(), &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD;
}

ValueFile::Floats ValueFile::floats(const std::string& name, const std::vector<int>& shape) const {
  const Hdf5Handle dataset(has(name) ? H5Dopen2(file_.get(), name.c_str(), H5P_DEFAULT) : -1, H5Dclose);
  if (!dataset) fail_input("'{}': the dataset '{}' is missing or damaged", origin_, name);
  const Hdf5Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const Hdf5Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
  std::vector<hsize_t> extents(shape.size());
  bool good = H5Sget_simple_extent_ndims(space.get()) == static_cast<int>(shape.size()) &&
              H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) >= 0 &&
              H5Tget_class(type.get()) == H5T_FLOAT && H5Pget_layout(creation.get()) == H5D_CONTIGUOUS &&
              H5Pget_external_count(creation.get()) == 0;
  hsize_t count = 1;
  Floats floats;
  for (std::size_t i = 0; good && i < shape.size(); ++i) {
    good = shape[i] == 0 ? extents[i] >= 1 && extents[i] <= kLargestSide
                         : extents[i] == static_cast<hsize_t>(shape[i]);
    count *= extents[i];
    floats.extents.push_back(static_cast<int>(extents[i]));
  }
  good = good && H5Dget_storage_size(dataset.get()) == count * H5Tget_size(type.get());
  if (!good) fail_input("'{}': the dataset '{}' has not the shape or type of a {}'s", origin_, name, kind_);
  floats.values.resize(count);
  errno = 0;
  if (H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, floats.values.data()) < 0) {
    check_hdf5_failure(origin_);
    fail_input("'{}': the dataset '{}' cannot be read; the file is damaged", origin_, name);
  }
  if (!std::ranges::all_of(floats.values, [](float value) { return std::isfinite(value); }))
    fail_input("'{}': the dataset '{}' holds values that are not finite", origin_, name);
  return floats;
}

}  // namespace limpid
