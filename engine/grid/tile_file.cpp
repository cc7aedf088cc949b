#include "engine/grid/tile_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "engine/grid/placed_dataset.h"
#include "engine/grid/tile_schema.h"
#include "kernels/core/error.h"
#include "weights/hdf5_open.h"
#include "weights/hdf5_text.h"

namespace limpid {

namespace fs = std::filesystem;
namespace ts = tile_schema;

namespace {

/// Height and width in "<height>x<width>"; empty for any other name.
std::optional<std::array<int, 2>> parse_size(const std::string& name) {
  std::array<int, 2> size{};
  const char* const end = name.data() + name.size();
  const auto height = std::from_chars(name.data(), end, size[0]);
  if (height.ec != std::errc() || height.ptr == end || *height.ptr != 'x') return std::nullopt;
  const auto width = std::from_chars(height.ptr + 1, end, size[1]);
  if (width.ec != std::errc() || width.ptr != end || size[0] < 1 || size[1] < 1) return std::nullopt;
  return size;
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t* info, void* names) noexcept {
  if (info->type == H5L_TYPE_HARD) static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

/// Goes through a file's structure. It gives `std::nullopt` for what is damaged: other groups may be sound.
class TileFile::Structure {
 public:
  explicit Structure(TileFile& file) : file_(file) { handle_ = open_hdf5(file.file_.path()); }

  void read(const std::string& manifest_digest) {
    errno = 0;
    std::int32_t version = 0;
    const std::optional<std::string> digest =
        read_text_attribute(handle_.get(), ts::kManifest, manifest_digest.size());
    const bool sound = digest && read_attribute(handle_.get(), ts::kVersion, H5T_STD_I32LE, &version) &&
                       read_attribute(handle_.get(), ts::kTiles, H5T_STD_I64LE, &file_.tiles_) &&
                       file_.tiles_ >= 0;
    if (!sound) fail("it has not the attributes of a file of tiles");
    if (version != kStoreVersion) {
      fail_input("'{}' is of store version {}; this program reads version {}", path(), version,
                 kStoreVersion);
    }
    const std::vector<std::string>& earlier = file_.manifest_.earlier;
    if (*digest != manifest_digest && std::find(earlier.begin(), earlier.end(), *digest) == earlier.end()) {
      fail_input("'{}' belongs to another store", path());
    }

    std::vector<std::string> names;
    if (H5Literate(handle_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names) < 0) {
      fail("HDF5 cannot list it");
    }
    for (const std::string& name : names) {
      std::optional<TileFile::Group> group = read_group(name);
      if (group) {
        file_.groups_.push_back(std::move(*group));
      } else {
        check_hdf5_failure(file_.file_.path());
      }
    }
  }

 private:
  std::string path() const { return file_.file_.path().string(); }

  /// The system's reason comes first: a file that could not be read is not damaged.
  [[noreturn]] void fail(std::string_view what) const {
    check_hdf5_failure(file_.file_.path());
    fail_input("'{}' is damaged: {}", path(), what);
  }

  std::optional<std::uint64_t> locate(hid_t group, const char* name, hid_t type,
                                      std::span<hsize_t> shape) const {
    return find_placed_dataset(group, name, type, shape, file_.file_.size());
  }

  std::optional<TileFile::Group> read_group(const std::string& name) const {
    TileFile::Group group;
    group.name = name;
    group.failed = name == ts::kFailed;
    if (const auto size = parse_size(name)) {
      group.height = (*size)[0];
      group.width = (*size)[1];
    } else if (!group.failed) {
      return std::nullopt;
    }
    const Hdf5Handle handle(H5Gopen2(handle_.get(), name.c_str(), H5P_DEFAULT), H5Gclose);
    if (!handle) return std::nullopt;
    const hid_t id = handle.get();

    std::array<hsize_t, 1> count = {0};
    const auto job_at = locate(id, ts::kJob, H5T_STD_I64LE, count);
    const auto values_at = locate(id, ts::kValues, H5T_STD_I32LE, count);
    std::array<hsize_t, 2> curve = {count[0], 0};
    const auto objective_at = locate(id, ts::kObjective, H5T_IEEE_F64LE, curve);
    std::array<hsize_t, 2> checksum = {count[0], sizeof(TileChecksum)};
    const auto sha256_at = locate(id, ts::kSha256, H5T_STD_U8LE, checksum);
    std::array<hsize_t, 4> picture = {count[0], static_cast<hsize_t>(group.height),
                                      static_cast<hsize_t>(group.width), 3};
    const auto tile_at = group.failed ? locate(id, ts::kMessage, ts::message_type().get(), count)
                                      : locate(id, ts::kTile, H5T_STD_U8LE, picture);
    if (!job_at || !values_at || !objective_at || !sha256_at || !tile_at) return std::nullopt;

    if (file_.manifest_.keep_parameters && !group.failed) {
      std::array<hsize_t, 2> parameters = {count[0], 0};
      const auto parameters_at = locate(id, ts::kParameters, H5T_IEEE_F32LE, parameters);
      if (!parameters_at) return std::nullopt;
      group.parameters = parameters[1];
      group.parameters_at = *parameters_at;
    }
    group.curve = curve[1];
    group.tile_at = *tile_at;
    group.objective_at = *objective_at;
    group.sha256_at = *sha256_at;
    group.jobs.resize(count[0]);
    group.values.resize(count[0]);
    file_.file_.read(*job_at, group.jobs.data(), group.jobs.size() * sizeof(std::int64_t));
    file_.file_.read(*values_at, group.values.data(), group.values.size() * sizeof(std::int32_t));
    return group;
  }

  TileFile& file_;
  Hdf5Handle handle_;
};

TileFile::TileFile(const fs::path& path, const Manifest& manifest, const std::string& manifest_digest)
    : file_(path), manifest_(manifest) {
  const Hdf5Silence silence;
  Structure(*this).read(manifest_digest);
}

StoredTile TileFile::read(const Group& group, std::size_t row) const {
  StoredTile tile;
  tile.job = group.jobs[row];
  const std::int32_t values = group.values[row];
  // A picture has the value of its objective.
  const std::int32_t least_values = group.failed ? 0 : 1;
  if (tile.job < 0 || tile.job >= static_cast<std::int64_t>(manifest_.jobs.size()) || values < least_values ||
      static_cast<std::uint64_t>(values) > group.curve) {
    fail_input("'{}' is damaged: row {} of '{}' is no tile of this store", file_.path().string(), row,
               group.name);
  }
  const RenderOptions& job = manifest_.jobs[static_cast<std::size_t>(tile.job)];
  tile.height = job.height;
  tile.width = picture_width(job);
  tile.objective.resize(static_cast<std::size_t>(values));
  file_.read(group.objective_at + row * group.curve * sizeof(double), tile.objective.data(),
             tile.objective.size() * sizeof(double));
  if (group.failed) {
    std::array<char, ts::kMessageSize> message{};
    file_.read(group.tile_at + row * message.size(), message.data(), message.size());
    tile.failure.assign(message.data(), ::strnlen(message.data(), message.size()));
    if (tile.failure.empty()) {
      fail_input("'{}' is damaged: it does not say why job {} failed", file_.path().string(), tile.job);
    }
  } else {
    // A picture of the wrong size would not be refused by its checksum.
    if (group.height != job.height || group.width != picture_width(job)) {
      fail_input("'{}' is damaged: job {} is not of the size {}", file_.path().string(), tile.job,
                 group.name);
    }
    tile.rgb.resize(static_cast<std::size_t>(job.height) * static_cast<std::size_t>(picture_width(job)) * 3);
    file_.read(group.tile_at + row * tile.rgb.size(), tile.rgb.data(), tile.rgb.size());
    tile.parameters.resize(kept_parameters(manifest_, job));
    if (tile.parameters.size() > group.parameters) {
      fail_input("'{}' is damaged: {} has no room for the parameters of job {}", file_.path().string(),
                 group.name, tile.job);
    }
    file_.read(group.parameters_at + row * group.parameters * sizeof(float), tile.parameters.data(),
               tile.parameters.size() * sizeof(float));
  }
  TileChecksum checksum{};
  file_.read(group.sha256_at + row * checksum.size(), checksum.data(), checksum.size());
  if (checksum != tile_checksum(tile)) {
    fail_input("'{}' is damaged: the checksum of job {} does not match", file_.path().string(), tile.job);
  }
  return tile;
}

}  // namespace limpid
