#include "tools/dataset/unit_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "engine/grid/placed_dataset.h"
#include "kernels/core/error.h"
#include "tools/dataset/index_schema.h"
#include "tools/dataset/unit_column.h"
#include "weights/hdf5_open.h"
#include "weights/hdf5_text.h"

namespace limpid {

namespace is = index_schema;

/// Goes through a file's structure, and reads its table of pictures.
class UnitFile::Reader {
 public:
  Reader(UnitFile& file, const UnitFileKind& kind) : file_(file), kind_(kind) {
    handle_ = open_hdf5(file.path());
  }

  void read() {
    errno = 0;
    std::int32_t version = 0;
    const std::optional<std::string> settings =
        read_text_attribute(handle_.get(), is::kSettings, kind_.settings.size());
    if (!settings || !read_attribute(handle_.get(), is::kVersion, H5T_STD_I32LE, &version)) {
      fail("it has not the attributes of a file of units");
    }
    if (version != is::kIndexVersion) {
      fail_input("'{}' is of index version {}; this program reads version {}", path(), version,
                 is::kIndexVersion);
    }
    if (*settings != kind_.settings) fail_input("'{}' belongs to another index", path());
    read_pictures();
    for (const ExampleLayer& layer : kind_.layers) find_layer_places(layer);
  }

 private:
  std::string path() const { return file_.path().string(); }

  /// The system's reason comes first: a file that could not be read is not damaged.
  [[noreturn]] void fail(std::string_view what) const {
    check_hdf5_failure(file_.path());
    fail_input("'{}' is damaged: {}", path(), what);
  }

  Hdf5Handle group(const std::string& name) const {
    Hdf5Handle handle(H5Gopen2(handle_.get(), name.c_str(), H5P_DEFAULT), H5Gclose);
    if (!handle) fail(fmt::format("it has no group '{}'", name));
    return handle;
  }

  template <std::size_t kRank>
  std::uint64_t locate(hid_t group, const char* name, hid_t type, std::array<hsize_t, kRank> shape) const {
    const auto place = find_placed_dataset(group, name, type, shape, file_.file_.size());
    if (!place) fail(fmt::format("'{}' is not as it is written", name));
    return *place;
  }

  template <class T>
  std::vector<T> values(std::uint64_t place, std::size_t count) const {
    std::vector<T> result(count);
    file_.file_.read(place, result.data(), count * sizeof(T));
    return result;
  }

  /// Names of any length.
  std::vector<std::string> names(hid_t group, const char* name, hsize_t count) const {
    const Hdf5Handle dataset(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose);
    if (!dataset) fail(fmt::format("it has no '{}'", name));
    const Hdf5Handle type(H5Dget_type(dataset.get()), H5Tclose);
    const std::size_t length = H5Tget_size(type.get());
    constexpr std::size_t longest = 1U << 16U;
    if (H5Tget_class(type.get()) != H5T_STRING || length < 1 || length > longest)
      fail(fmt::format("'{}' are no names", name));
    const std::uint64_t place =
        locate(group, name, schema::string_type(length).get(), std::array<hsize_t, 1>{count});
    const auto bytes = values<char>(place, count * length);
    std::vector<std::string> result;
    for (hsize_t i = 0; i < count; ++i) {
      const char* begin = bytes.data() + i * length;
      result.emplace_back(begin, ::strnlen(begin, length));
    }
    return result;
  }

  void read_pictures() {
    const Hdf5Handle handle = group(is::kPictures);
    const hid_t id = handle.get();
    std::array<hsize_t, 2> shape = {0, sizeof(Sha256Digest)};
    const auto digests_at = find_placed_dataset(id, is::kDigest, H5T_STD_U8LE, shape, file_.file_.size());
    if (!digests_at) fail("it has no pictures");
    const hsize_t count = shape[0];
    const std::array<hsize_t, 1> each = {count};
    const auto digests = values<Sha256Digest>(*digests_at, count);
    const auto heights = values<std::int32_t>(locate(id, is::kHeight, H5T_STD_I32LE, each), count);
    const auto widths = values<std::int32_t>(locate(id, is::kWidth, H5T_STD_I32LE, each), count);
    const auto files = names(id, is::kFile, count);
    const auto members = names(id, is::kMember, count);
    for (hsize_t i = 0; i < count; ++i) {
      file_.pictures_.push_back({digests[i], heights[i], widths[i], {files[i], members[i]}});
      if (i > 0 && !(digests[i - 1] < digests[i])) fail("its pictures are not in order");
    }
    const std::array<hsize_t, 1> checksum = {sizeof(Sha256Digest)};
    const auto stored = values<Sha256Digest>(locate(id, is::kChecksum, H5T_STD_U8LE, checksum), 1);
    if (stored[0] != PictureTable(file_.pictures_).checksum())
      fail("the checksum of its pictures does not match");
  }

  void find_layer_places(const ExampleLayer& layer) {
    const Hdf5Handle handle = group(layer.name);
    const hid_t id = handle.get();
    const auto channels = static_cast<hsize_t>(layer.channels);
    const std::array<hsize_t, 2> shape = {channels, file_.pictures_.size()};
    const std::array<hsize_t, 2> checksums = {channels, sizeof(Sha256Digest)};
    file_.layers_.push_back(
        {layer.name, layer.channels, std::int64_t{layer.height} * layer.width,
         locate(id, is::kMean, H5T_IEEE_F32LE, shape), locate(id, is::kMax, H5T_IEEE_F32LE, shape),
         locate(id, is::kPlace, H5T_STD_U16LE, shape), locate(id, is::kChecksum, H5T_STD_U8LE, checksums)});
  }

  UnitFile& file_;
  const UnitFileKind& kind_;
  Hdf5Handle handle_;
};

UnitFile::UnitFile(const std::filesystem::path& path, const UnitFileKind& kind) : file_(path) {
  const Hdf5Silence silence;
  Reader(*this, kind).read();
}

UnitColumn UnitFile::column(std::size_t layer, int channel) const {
  const LayerPlace& at = layers_[layer];
  const std::size_t count = pictures_.size();
  const std::uint64_t row = static_cast<std::uint64_t>(channel);
  UnitColumn column{std::vector<float>(count), std::vector<float>(count), std::vector<std::uint16_t>(count)};
  file_.read(at.mean + row * count * sizeof(float), column.mean.data(), count * sizeof(float));
  file_.read(at.max + row * count * sizeof(float), column.max.data(), count * sizeof(float));
  file_.read(at.place + row * count * sizeof(std::uint16_t), column.place.data(),
             count * sizeof(std::uint16_t));
  Sha256Digest checksum{};
  file_.read(at.checksum + row * checksum.size(), checksum.data(), checksum.size());
  if (checksum != column_checksum(column)) {
    fail_input("'{}' is damaged: the checksum of {}:{} does not match", path().string(), at.name, channel);
  }
  for (const std::uint16_t place : column.place) {
    if (place < at.positions) continue;
    fail_input("'{}' is damaged: a maximum of {}:{} lies at position {} of {}", path().string(), at.name,
               channel, place, at.positions);
  }
  return column;
}

void UnitFile::verify() const {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    for (int channel = 0; channel < layers_[layer].channels; ++channel) column(layer, channel);
  }
}

}  // namespace limpid
