#include "engine/grid/tile_file_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <vector>

#include "engine/grid/durable_hdf5.h"
#include "engine/grid/placed_dataset.h"
#include "engine/grid/tile_checksum.h"
#include "engine/grid/tile_schema.h"
#include "weights/hdf5_memory_file.h"

namespace limpid {
namespace {

namespace ts = tile_schema;

/// Rows of one group of the file, and where in the file its datasets lie.
struct Group {
  std::string name;
  bool failed = false;
  std::uint64_t tile_bytes = 0;  ///< Of a row: the picture, or the message of a failed job.
  std::uint64_t curve = 1;       ///< Values in a row of the objective.
  std::uint64_t parameters = 0;  ///< Values in a row of them.
  std::vector<std::size_t> rows;

  std::uint64_t job_at = 0, tile_at = 0, parameters_at = 0, objective_at = 0, values_at = 0, sha256_at = 0;
};

std::vector<Group> group_rows(std::span<const TileRow> rows) {
  std::map<std::pair<int, int>, Group> sizes;
  Group failed{ts::kFailed, true, ts::kMessageSize, 1, 0, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const TileRow& row = rows[i];
    Group& group = row.failed ? failed : sizes[{row.height, row.width}];
    if (!row.failed && group.rows.empty()) {
      group.name = fmt::format("{}x{}", row.height, row.width);
      group.tile_bytes = static_cast<std::uint64_t>(row.height) * static_cast<std::uint64_t>(row.width) * 3;
    }
    group.curve = std::max<std::uint64_t>(group.curve, row.values);
    group.parameters = std::max<std::uint64_t>(group.parameters, row.parameters);
    group.rows.push_back(i);
  }
  std::vector<Group> groups;
  for (auto& [size, group] : sizes) groups.push_back(std::move(group));
  if (!failed.rows.empty()) groups.push_back(std::move(failed));
  return groups;
}

/// More than the file will have, its metadata included.
std::uint64_t size_bound(const std::vector<Group>& groups) {
  constexpr std::uint64_t metadata = 8U << 10U;
  std::uint64_t bytes = metadata;
  for (const Group& group : groups) {
    const std::uint64_t row = group.tile_bytes + sizeof(float) * group.parameters +
                              sizeof(double) * group.curve + sizeof(std::int64_t) + sizeof(std::int32_t) +
                              sizeof(TileChecksum);
    bytes += metadata + row * group.rows.size();
  }
  return bytes;
}

void create_group(hid_t file, Group& group, const TileRow& first) {
  const Hdf5Handle creation = timeless_creation(H5P_GROUP_CREATE);
  const Hdf5Handle handle(H5Gcreate2(file, group.name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                          H5Gclose);
  require(static_cast<bool>(handle), "group");
  const hid_t id = handle.get();
  const hsize_t count = group.rows.size();
  const auto extent = [](int n) { return static_cast<hsize_t>(n); };
  group.job_at = place_dataset(id, ts::kJob, H5T_STD_I64LE, std::array{count});
  if (group.failed) {
    group.tile_at = place_dataset(id, ts::kMessage, ts::message_type().get(), std::array{count});
  } else {
    group.tile_at = place_dataset(id, ts::kTile, H5T_STD_U8LE,
                                  std::array{count, extent(first.height), extent(first.width), hsize_t{3}});
  }
  if (group.parameters > 0) {
    group.parameters_at =
        place_dataset(id, ts::kParameters, H5T_IEEE_F32LE, std::array{count, hsize_t{group.parameters}});
  }
  group.objective_at =
      place_dataset(id, ts::kObjective, H5T_IEEE_F64LE, std::array{count, hsize_t{group.curve}});
  group.values_at = place_dataset(id, ts::kValues, H5T_STD_I32LE, std::array{count});
  group.sha256_at =
      place_dataset(id, ts::kSha256, H5T_STD_U8LE, std::array{count, hsize_t{sizeof(TileChecksum)}});
}

/// Lets HDF5 write everything but the values of the datasets.
void write_structure(DurableFile& file, const std::string& manifest_digest, std::span<const TileRow> rows,
                     std::vector<Group>& groups) {
  DurableHdf5 structure(file, size_bound(groups));
  const std::int32_t version = kStoreVersion;
  write_attribute(structure.id(), ts::kVersion, H5T_STD_I32LE, &version);
  write_attribute(structure.id(), ts::kManifest, schema::string_type(manifest_digest.size()).get(),
                  manifest_digest.data());
  const auto tiles = static_cast<std::int64_t>(rows.size());
  write_attribute(structure.id(), ts::kTiles, H5T_STD_I64LE, &tiles);
  for (Group& group : groups) create_group(structure.id(), group, rows[group.rows.front()]);
  structure.finish();
}

template <class T>
std::span<const char> span_of_values(const T& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Fills a row of `size` values with NaN behind what it has.
template <class T>
std::vector<T> padded(const std::vector<T>& values, std::uint64_t size) {
  std::vector<T> row(size, std::numeric_limits<T>::quiet_NaN());
  std::copy(values.begin(), values.end(), row.begin());
  return row;
}

void write_row(DurableFile& file, const Group& group, std::size_t row, const StoredTile& tile) {
  if (group.failed) {
    std::array<char, ts::kMessageSize> message{};
    std::memcpy(message.data(), tile.failure.data(), tile.failure.size());
    file.write(message, group.tile_at + row * message.size());
  } else {
    file.write(span_of_values(tile.rgb), group.tile_at + row * group.tile_bytes);
  }
  file.write(span_of_values(padded(tile.parameters, group.parameters)),
             group.parameters_at + row * group.parameters * sizeof(float));
  file.write(span_of_values(padded(tile.objective, group.curve)),
             group.objective_at + row * group.curve * sizeof(double));
  const TileChecksum checksum = tile_checksum(tile);
  file.write(span_of_values(checksum), group.sha256_at + row * checksum.size());
}

}  // namespace

TileRow row_of(const StoredTile& tile) {
  return {tile.job,
          tile.height,
          tile.width,
          !tile.failure.empty(),
          tile.objective.size(),
          tile.parameters.size()};
}

void write_tile_file(const TileFileTarget& target, std::span<const TileRow> rows,
                     const std::function<StoredTile(std::size_t)>& tile) {
  std::vector<Group> groups = group_rows(rows);
  DurableFile file(target.temporary, target.file);
  write_structure(file, target.manifest_digest, rows, groups);
  for (const Group& group : groups) {
    std::vector<std::int64_t> jobs;
    std::vector<std::int32_t> values;
    for (const std::size_t i : group.rows) {
      write_row(file, group, jobs.size(), tile(i));
      jobs.push_back(rows[i].job);
      values.push_back(static_cast<std::int32_t>(rows[i].values));
    }
    file.write(span_of_values(jobs), group.job_at);
    file.write(span_of_values(values), group.values_at);
  }
  file.publish(target.file);
}

}  // namespace limpid
