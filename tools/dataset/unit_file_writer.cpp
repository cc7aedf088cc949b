#include <fmt/format.h>

#include <array>
#include <cstddef>

#include "engine/grid/durable_hdf5.h"
#include "engine/grid/placed_dataset.h"
#include "tools/dataset/index_schema.h"
#include "tools/dataset/unit_column.h"
#include "tools/dataset/unit_file.h"
#include "weights/hdf5_memory_file.h"

namespace limpid {
namespace {

namespace is = index_schema;

/// Where in the file the datasets of the pictures lie, and those of a layer.
struct PictureColumns {
  std::uint64_t digest = 0, height = 0, width = 0, file = 0, member = 0, checksum = 0;
};
struct LayerColumns {
  std::uint64_t mean = 0, max = 0, place = 0, checksum = 0;
};

constexpr std::uint64_t kUnitBytes = 2 * sizeof(float) + sizeof(std::uint16_t);

/// More than the file will have.
std::uint64_t most_bytes(std::span<const ExampleLayer> layers, const PictureTable& table) {
  constexpr std::uint64_t metadata = 8U << 10U;
  const std::uint64_t pictures = table.digest.size();
  const std::uint64_t units = unit_count(layers);
  return metadata * (layers.size() + 2) +
         pictures *
             (sizeof(Sha256Digest) + 2 * sizeof(std::int32_t) + table.file_length + table.member_length) +
         units * (pictures * kUnitBytes + sizeof(Sha256Digest));
}

Hdf5Handle make_group(hid_t file, const char* name) {
  const Hdf5Handle creation = timeless_creation(H5P_GROUP_CREATE);
  Hdf5Handle group(H5Gcreate2(file, name, H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose);
  require(static_cast<bool>(group), "group");
  return group;
}

PictureColumns place_pictures(hid_t file, const PictureTable& table) {
  const Hdf5Handle group = make_group(file, is::kPictures);
  const hid_t id = group.get();
  const std::array<hsize_t, 1> count = {table.digest.size()};
  const std::array<hsize_t, 2> digests = {table.digest.size(), sizeof(Sha256Digest)};
  const std::array<hsize_t, 1> checksum = {sizeof(Sha256Digest)};
  return {place_dataset(id, is::kDigest, H5T_STD_U8LE, digests),
          place_dataset(id, is::kHeight, H5T_STD_I32LE, count),
          place_dataset(id, is::kWidth, H5T_STD_I32LE, count),
          place_dataset(id, is::kFile, schema::string_type(table.file_length).get(), count),
          place_dataset(id, is::kMember, schema::string_type(table.member_length).get(), count),
          place_dataset(id, is::kChecksum, H5T_STD_U8LE, checksum)};
}

LayerColumns place_layer(hid_t file, const ExampleLayer& layer, std::size_t pictures) {
  const Hdf5Handle group = make_group(file, layer.name.c_str());
  const hid_t id = group.get();
  const auto channels = static_cast<hsize_t>(layer.channels);
  const std::array<hsize_t, 2> shape = {channels, pictures};
  const std::array<hsize_t, 2> checksums = {channels, sizeof(Sha256Digest)};
  return {place_dataset(id, is::kMean, H5T_IEEE_F32LE, shape),
          place_dataset(id, is::kMax, H5T_IEEE_F32LE, shape),
          place_dataset(id, is::kPlace, H5T_STD_U16LE, shape),
          place_dataset(id, is::kChecksum, H5T_STD_U8LE, checksums)};
}

std::string_view digest_bytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void write_pictures(DurableFile& file, const PictureColumns& to, const PictureTable& table) {
  file.write(raw_bytes(table.digest), to.digest);
  file.write(raw_bytes(table.height), to.height);
  file.write(raw_bytes(table.width), to.width);
  file.write(table.file, to.file);
  file.write(table.member, to.member);
  file.write(digest_bytes(table.checksum()), to.checksum);
}

/// The rows of a layer, which follow each other in the file: many are written at once, for most are short.
class LayerWriter {
 public:
  LayerWriter(DurableFile& file, const LayerColumns& to) : file_(file), to_(to) {}

  void add(const UnitColumn& column) {
    mean_ += raw_bytes(column.mean);
    max_ += raw_bytes(column.max);
    place_ += raw_bytes(column.place);
    checksum_ += digest_bytes(column_checksum(column));
    constexpr std::size_t enough = std::size_t{256} << 10U;
    if (mean_.size() >= enough) flush();
  }

  void flush() {
    put(mean_, to_.mean);
    put(max_, to_.max);
    put(place_, to_.place);
    put(checksum_, to_.checksum);
  }

 private:
  void put(std::string& bytes, std::uint64_t& at) {
    file_.write(bytes, at);
    at += bytes.size();
    bytes.clear();
  }

  DurableFile& file_;
  LayerColumns to_;  ///< Where the next rows go.
  std::string mean_, max_, place_, checksum_;
};

}  // namespace

void write_unit_file(const std::filesystem::path& path, const UnitFileKind& kind,
                     std::span<const PictureRecord> pictures,
                     const std::function<UnitColumn(std::size_t layer, int channel)>& column) {
  const PictureTable table(pictures);
  DurableFile file(path.parent_path() / fmt::format(".{}.tmp", path.filename().string()), path);
  PictureColumns of_pictures;
  std::vector<LayerColumns> of_layers;
  {
    DurableHdf5 structure(file, most_bytes(kind.layers, table));
    const std::int32_t version = is::kIndexVersion;
    write_attribute(structure.id(), is::kVersion, H5T_STD_I32LE, &version);
    write_attribute(structure.id(), is::kSettings, schema::string_type(kind.settings.size()).get(),
                    kind.settings.data());
    of_pictures = place_pictures(structure.id(), table);
    for (const ExampleLayer& layer : kind.layers)
      of_layers.push_back(place_layer(structure.id(), layer, pictures.size()));
    structure.finish();
  }
  write_pictures(file, of_pictures, table);
  for (std::size_t layer = 0; layer < kind.layers.size(); ++layer) {
    LayerWriter writer(file, of_layers[layer]);
    for (int channel = 0; channel < kind.layers[layer].channels; ++channel)
      writer.add(column(layer, channel));
    writer.flush();
  }
  file.publish(path);
}

}  // namespace limpid
