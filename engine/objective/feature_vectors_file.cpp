// Directions and patches from .npy and HDF5 files.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "engine/objective/objective_data.h"
#include "kernels/core/dtype.h"
#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"
#include "weights/hdf5_open.h"
#include "weights/npy_header.h"

namespace limpid {
namespace {

/// 64 MiB: a patch of 128 x 128 positions of the widest layer. Anything larger is no patch.
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 24U;

/// An array as it stands in a file.
struct Array {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return shape.empty() ? "a single number" : fmt::format("{}", fmt::join(shape, " x "));
}

std::uint64_t element_count(const std::vector<std::uint64_t>& shape, const std::string& path) {
  std::uint64_t count = 1;
  for (const std::uint64_t extent : shape) {
    if (extent == 0 || extent > kMostElements / count) {
      fail_input("'{}' holds an array of {}, which is no direction", path, shape_text(shape));
    }
    count *= extent;
  }
  return count;
}

template <class T, class Widen>
std::vector<float> widened(std::string_view bytes, Widen widen) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value{};
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = widen(value);
  }
  return values;
}

Array read_npy(const std::string& path) {
  // Elements of at most eight bytes and a header of at most 64 KiB.
  const std::string file = read_bytes(path, kMostElements * 8 + (1U << 17U));
  std::string_view rest = file;
  NpyHeader header;
  try {
    header = take_npy_header(rest);
  } catch (const Error& error) {
    fail_input("'{}': {}", path, error.what());
  }
  if (header.fortran_order && header.shape.size() > 1) {
    fail_input("'{}' is in Fortran order; only C order is read", path);
  }
  const std::uint64_t count = element_count(header.shape, path);
  const std::size_t size = header.descr == "<f2"   ? 2
                           : header.descr == "<f4" ? 4
                           : header.descr == "<f8" ? 8
                                                   : 0;
  if (size == 0) fail_input("'{}' is of type '{}'; '<f2', '<f4' and '<f8' are read", path, header.descr);
  if (rest.size() != count * size) {
    fail_input("'{}' declares {} values and holds {} bytes", path, count, rest.size());
  }
  Array array{header.shape, {}};
  if (size == 2) array.values = widened<f16>(rest, [](f16 value) { return to_f32(value); });
  if (size == 4) array.values = widened<float>(rest, [](float value) { return value; });
  if (size == 8) array.values = widened<double>(rest, [](double value) { return static_cast<float>(value); });
  return array;
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t* info, void* names) noexcept {
  if (info->type == H5L_TYPE_HARD) static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

/// The dataset "direction", or the only one.
Array read_hdf5(const std::string& path) {
  const Hdf5Silence silence;
  const Hdf5Handle file = open_hdf5(Hdf5Source(path));
  std::vector<std::string> names;
  if (H5Literate(file.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names) < 0) {
    fail_input("'{}' is damaged: HDF5 cannot list it", path);
  }
  const bool named = std::find(names.begin(), names.end(), "direction") != names.end();
  if (!named && names.size() != 1) {
    fail_input("'{}' holds {} datasets and none is named 'direction'", path, names.size());
  }
  const std::string name = named ? "direction" : names.front();
  const Hdf5Handle dataset(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) fail_input("'{}': '{}' is no dataset", path, name);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const Hdf5Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const Hdf5Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
  const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (!type || H5Tget_class(type.get()) != H5T_FLOAT || rank < 0 || rank > 3 || !creation ||
      H5Pget_external_count(creation.get()) != 0) {
    fail_input("'{}': '{}' is no array of numbers of one to three dimensions", path, name);
  }
  std::array<hsize_t, 3> extents{};
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  Array array{{extents.begin(), extents.begin() + rank}, {}};
  const std::uint64_t count = element_count(array.shape, path);
  // What is not stored would be made up; a compressed array may be large, but not larger than any patch.
  if (H5Dget_storage_size(dataset.get()) == 0) fail_input("'{}': '{}' holds no values", path, name);
  array.values.resize(count);
  errno = 0;
  if (H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()) < 0) {
    check_hdf5_failure(path);
    fail_input("'{}' is damaged: '{}' cannot be read", path, name);
  }
  return array;
}

}  // namespace

std::shared_ptr<const FeatureVectors> read_feature_vectors(const std::string& path, int channels) {
  Array array = is_hdf5(read_bytes(path, 8)) ? read_hdf5(path) : read_npy(path);
  const auto wanted = static_cast<std::uint64_t>(channels);
  const bool vector = array.shape.size() == 1 && array.shape[0] == wanted;
  const bool patch = array.shape.size() == 3 && array.shape[2] == wanted;
  if (!vector && !patch) {
    fail_input("'{}' holds {}: an array of {} channels or of height x width x {} was expected", path,
               shape_text(array.shape), channels, channels);
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(array.values.begin(), array.values.end(), finite)) {
    fail_input("'{}' holds a value that is not finite", path);
  }
  if (std::all_of(array.values.begin(), array.values.end(), [](float value) { return value == 0; })) {
    fail_input("'{}' holds zeros alone, which point nowhere", path);
  }
  auto vectors = std::make_shared<FeatureVectors>();
  vectors->channels = channels;
  if (patch) {
    vectors->height = static_cast<int>(array.shape[0]);
    vectors->width = static_cast<int>(array.shape[1]);
  }
  vectors->values = std::move(array.values);
  return vectors;
}

}  // namespace limpid
