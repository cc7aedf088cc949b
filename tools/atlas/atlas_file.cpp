#include "tools/atlas/atlas_file.h"

#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <span>

#include "engine/grid/placed_dataset.h"
#include "engine/grid/positioned_file.h"
#include "engine/image/value_file.h"
#include "kernels/core/error.h"
#include "kernels/core/output_path.h"
#include "weights/hdf5_memory_file.h"
#include "weights/hdf5_schema.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

constexpr int kAtlasVersion = 1;

static_assert(std::endian::native == std::endian::little, "an atlas's checksum is of little-endian numbers");

/// Of all that the file says: HDF5's oldest form has no checksums.
std::string checksum_of(const Atlas& atlas) {
  std::string bytes;
  const auto add = [&bytes](const auto& values) {
    const auto view = std::as_bytes(std::span(values));
    bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
  };
  add(std::array{std::uint64_t{atlas.channels}, std::uint64_t{atlas.classes}});
  add(atlas.pictures);
  add(atlas.places);
  add(atlas.vectors);
  add(atlas.effects);
  add(atlas.layout);
  const WeightsIdentity& weights = atlas.weights;
  for (const std::string& text : {atlas.layer, weights.sha256, weights.family, weights.name, weights.file})
    bytes.append(text).push_back('\0');
  return sha256_of_bytes(bytes);
}

template <class T>
void write_dataset(hid_t file, const char* name, hid_t stored, hid_t held, std::vector<hsize_t> shape,
                   const std::vector<T>& values) {
  if (values.empty()) return;
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
  const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
  const Hdf5Handle dataset(
      H5Dcreate2(file, name, stored, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Dclose);
  require(dataset && H5Dwrite(dataset.get(), held, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0, name);
}

void write_attribute(hid_t file, const char* name, hid_t type, const void* value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(H5Acreate2(file, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  require(attribute && H5Awrite(attribute.get(), type, value) >= 0, name);
}

void write_text(hid_t file, const char* name, const std::string& value) {
  write_attribute(file, name, schema::string_type(value.size() + 1).get(), value.c_str());
}

class AtlasReader {
 public:
  explicit AtlasReader(const std::filesystem::path& path)
      : values_(path, {kAtlasVersionName, kAtlasVersion, "atlas", "limpid atlas collect"}), file_(path) {}

  Atlas read() const {
    Atlas atlas;
    atlas.layer = values_.text("layer");
    atlas.weights = {values_.text("weights_sha256"), values_.text("weights_family"),
                     values_.text("weights_name"), values_.text("weights_file")};
    std::array<hsize_t, 2> digests = {0, sizeof(Sha256Digest)};
    atlas.pictures = dataset<Sha256Digest>("sha256", H5T_STD_U8LE, digests);
    const hsize_t count = atlas.pictures.size();
    std::array<hsize_t, 2> two = {count, 2}, any = {count, 0};
    atlas.places = dataset<std::int32_t>("places", H5T_STD_I32LE, two);
    atlas.vectors = dataset<float>("vectors", H5T_IEEE_F32LE, any);
    atlas.channels = any[1];
    if (values_.has("effects")) {
      any[1] = 0;
      atlas.effects = dataset<float>("effects", H5T_IEEE_F32LE, any);
      atlas.classes = any[1];
    }
    if (values_.has("layout")) atlas.layout = dataset<float>("layout", H5T_IEEE_F32LE, two);
    if (values_.text("checksum") != checksum_of(atlas))
      fail_input("'{}' is damaged: its checksum does not match", values_.origin());
    return atlas;
  }

 private:
  /// An extent of 0 is any, and is filled in.
  template <class T>
  std::vector<T> dataset(const char* name, hid_t type, std::span<hsize_t> shape) const {
    const std::optional<std::uint64_t> place =
        find_placed_dataset(values_.id(), name, type, shape, file_.size());
    if (!place || shape[0] == 0 || shape[1] == 0)
      fail_input("'{}' is damaged: '{}' is missing or not as it is written", values_.origin(), name);
    const std::size_t bytes = shape[0] * shape[1] * H5Tget_size(type);
    std::vector<T> values(bytes / sizeof(T));
    file_.read(*place, values.data(), bytes);
    return values;
  }

  ValueFile values_;
  PositionedFile file_;
};

}  // namespace

void check_atlas_output(const std::filesystem::path& path) {
  if (lower_extension(path) != ".h5")
    fail_usage("cannot write '{}': the name of an atlas must end in .h5", path.string());
  check_writable(path);
}

void write_atlas(const Atlas& atlas, const std::filesystem::path& path) {
  const hsize_t count = atlas.pictures.size();
  const Hdf5MemoryFile file;
  const hid_t id = file.id();
  write_dataset(id, "sha256", H5T_STD_U8LE, H5T_NATIVE_UINT8, {count, sizeof(Sha256Digest)}, atlas.pictures);
  write_dataset(id, "places", H5T_STD_I32LE, H5T_NATIVE_INT32, {count, 2}, atlas.places);
  write_dataset(id, "vectors", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {count, atlas.channels}, atlas.vectors);
  write_dataset(id, "effects", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {count, atlas.classes}, atlas.effects);
  write_dataset(id, "layout", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {count, 2}, atlas.layout);
  write_attribute(id, kAtlasVersionName, H5T_STD_I32LE, &kAtlasVersion);
  write_text(id, "layer", atlas.layer);
  write_text(id, "weights_sha256", atlas.weights.sha256);
  write_text(id, "weights_family", atlas.weights.family);
  write_text(id, "weights_name", atlas.weights.name);
  write_text(id, "weights_file", atlas.weights.file);
  write_text(id, "checksum", checksum_of(atlas));
  file.save(path);
}

Atlas read_atlas(const std::filesystem::path& path) {
  return AtlasReader(path).read();
}

}  // namespace limpid
