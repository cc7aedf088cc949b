#include "engine/image/prior_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "engine/image/colours.h"
#include "engine/image/value_file.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/hdf5_memory_file.h"
#include "weights/hdf5_schema.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

constexpr int kVersion = 1;
constexpr const char* kVersionName = "limpid_prior";
constexpr const char* kPictures = "pictures";
constexpr const char* kWidth = "width";
constexpr const char* kCovariance = "colour_covariance";
constexpr const char* kMatrix = "colour_matrix";
constexpr const char* kMean = "colour_mean";
constexpr const char* kMagnitude = "magnitude";
constexpr const char* kSha256 = "sha256";

static_assert(std::endian::native == std::endian::little, "a prior's checksum is of little-endian numbers");

/// Of all that the file says: HDF5's oldest form has no checksums, and an address that is damaged may lead to
/// bytes that look like any other.
std::string checksum(const Prior& prior) {
  std::string bytes;
  const auto add = [&](const auto& values) {
    const auto view = std::as_bytes(std::span(values));
    bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
  };
  add(std::array{std::int32_t{prior.pictures}, std::int32_t{prior.width}});
  for (const auto& row : prior.covariance) add(row);
  for (const auto& row : prior.colours.matrix) add(row);
  add(prior.colours.mean);
  add(prior.magnitude);
  return sha256_of_bytes(bytes);
}

void write_checksum(hid_t file, const std::string& sha256) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle type = schema::string_type(sha256.size());
  const Hdf5Handle attribute(H5Acreate2(file, kSha256, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
  require(attribute && H5Awrite(attribute.get(), type.get(), sha256.data()) >= 0, "attribute");
}

void write_int(hid_t file, const char* name, int value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(H5Acreate2(file, name, H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
  require(attribute && H5Awrite(attribute.get(), H5T_NATIVE_INT, &value) >= 0, "attribute");
}

void write_floats(hid_t file, const char* name, const std::vector<hsize_t>& shape, const float* values) {
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
  const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
  const Hdf5Handle dataset(
      H5Dcreate2(file, name, H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
      H5Dclose);
  require(dataset && H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
          "dataset");
}

/// Reads one file. Every method throws Error{input} naming it.
class PriorReader {
 public:
  explicit PriorReader(const std::filesystem::path& path)
      : file_(path, {kVersionName, kVersion, "prior", "limpid prior fit"}) {}

  Prior read() const {
    Prior prior;
    prior.pictures = file_.integer(kPictures);
    prior.width = file_.integer(kWidth);
    if (prior.width < 1 || prior.width > kLargestSide) {
      fail_input("'{}': a width of {} is out of range: 1 to {}", file_.origin(), prior.width, kLargestSide);
    }
    read_matrix(kCovariance, prior.covariance);
    read_matrix(kMatrix, prior.colours.matrix);
    std::ranges::copy(read_floats(kMean, {3}), prior.colours.mean.begin());
    const int columns = prior.width / 2 + 1;
    prior.magnitude = read_floats(kMagnitude, {3, 0, columns});
    prior.height = static_cast<int>(prior.magnitude.size()) / (3 * columns);
    check(prior);
    check_sum(prior);
    return prior;
  }

 private:
  void check(const Prior& prior) const {
    for (const float value : prior.colours.mean) {
      if (!(value >= 0 && value <= 1))
        fail_input("'{}': {} holds {}, not in [0, 1]", file_.origin(), kMean, value);
    }
    for (const float value : prior.magnitude) {
      if (!(value >= 0)) fail_input("'{}': {} holds {}, below zero", file_.origin(), kMagnitude, value);
    }
    ColourMatrix matrix{};
    for (std::size_t row = 0; row < 3; ++row) std::ranges::copy(prior.colours.matrix[row], matrix.value[row]);
    try {
      inverse(matrix);
    } catch (const Error& error) {
      fail_input("'{}': {}", file_.origin(), error.what());
    }
  }

  /// Those of the first versions have none.
  void check_sum(const Prior& prior) const {
    if (H5Aexists(file_.id(), kSha256) <= 0) return;
    if (file_.text(kSha256) != checksum(prior)) {
      fail_input("'{}' is damaged: its values are not those it was written with, says its attribute '{}'",
                 file_.origin(), kSha256);
    }
  }

  void read_matrix(const char* name, std::array<std::array<float, 3>, 3>& matrix) const {
    const std::vector<float> values = read_floats(name, {3, 3});
    for (std::size_t i = 0; i < values.size(); ++i) matrix[i / 3][i % 3] = values[i];
  }

  std::vector<float> read_floats(const char* name, const std::vector<int>& shape) const {
    return file_.floats(name, shape).values;
  }

  ValueFile file_;
};

}  // namespace

void write_prior(const Prior& prior, const std::filesystem::path& path) {
  const Hdf5MemoryFile file;
  write_int(file.id(), kVersionName, kVersion);
  write_int(file.id(), kPictures, prior.pictures);
  write_int(file.id(), kWidth, prior.width);
  write_floats(file.id(), kCovariance, {3, 3}, prior.covariance.front().data());
  write_floats(file.id(), kMatrix, {3, 3}, prior.colours.matrix.front().data());
  write_floats(file.id(), kMean, {3}, prior.colours.mean.data());
  write_floats(file.id(), kMagnitude,
               {3, static_cast<hsize_t>(prior.height), static_cast<hsize_t>(prior.width / 2 + 1)},
               prior.magnitude.data());
  write_checksum(file.id(), checksum(prior));
  file.save(path);
}

Prior read_prior(const std::filesystem::path& path) {
  return PriorReader(path).read();
}

}  // namespace limpid
