// tiles.h5: the tiles of all writers as one.
#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "engine/grid/consolidate.h"
#include "engine/grid/durable_hdf5.h"
#include "engine/grid/store_folder.h"
#include "engine/grid/tile_file.h"
#include "engine/grid/tile_schema.h"
#include "engine/grid/writer_lock.h"
#include "kernels/core/error.h"
#include "weights/hdf5_memory_file.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
namespace ts = tile_schema;

/// No writer has this name: it has a dot.
constexpr const char* kJoinLock = ".join";
constexpr const char* kTemporary = ".tiles.tmp";

/// Values in a row of the datasets whose rows differ in length between files.
struct RowLengths {
  hsize_t curve = 0;
  hsize_t parameters = 0;
};

/// Rows of a group that follow each other in a writer's file.
struct Run {
  std::string file;
  hsize_t rows_in_file = 0;
  RowLengths lengths;
  hsize_t first = 0;
  hsize_t count = 0;
};

/// A group of the joined file: rows of the writers' groups of that name, one after another.
struct JoinedGroup {
  int height = 0, width = 0;
  bool failed = false;
  hsize_t rows = 0;
  RowLengths lengths;  ///< Those of the longest.
  std::vector<Run> runs;
};

using Extents = std::vector<hsize_t>;

/// A dataspace of `extents`, in which `count` rows from `first` are selected, up to `selected` in each row.
Hdf5Handle select_rows(const Extents& extents, hsize_t first, const Extents& selected) {
  Hdf5Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose);
  Extents start(extents.size(), 0);
  start[0] = first;
  require(
      H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, selected.data(), nullptr) >= 0,
      "selection");
  return space;
}

/// Describes one dataset of a joined group. `row(lengths)` gives the extents of a row in a file of those
/// lengths.
template <class RowExtents>
void create_view(hid_t group, const std::string& group_name, const JoinedGroup& joined, const char* name,
                 hid_t type, const RowExtents& row) {
  const auto extents = [&](hsize_t rows, const RowLengths& lengths) {
    Extents all = row(lengths);
    all.insert(all.begin(), rows);
    return all;
  };
  const Extents whole = extents(joined.rows, joined.lengths);
  const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
  if (H5Tget_class(type) == H5T_FLOAT) {
    const double missing = std::numeric_limits<double>::quiet_NaN();
    require(H5Pset_fill_value(creation.get(), H5T_NATIVE_DOUBLE, &missing) >= 0, "fill value");
  }
  hsize_t next = 0;
  for (const Run& run : joined.runs) {
    const Extents selected = extents(run.count, run.lengths);
    const Hdf5Handle here = select_rows(whole, next, selected);
    const Hdf5Handle there = select_rows(extents(run.rows_in_file, run.lengths), run.first, selected);
    const std::string source = group_name + "/" + name;
    require(H5Pset_virtual(creation.get(), here.get(), run.file.c_str(), source.c_str(), there.get()) >= 0,
            "virtual dataset");
    next += run.count;
  }
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(whole.size()), whole.data(), nullptr), H5Sclose);
  const Hdf5Handle dataset(
      H5Dcreate2(group, name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Dclose);
  require(static_cast<bool>(dataset), "virtual dataset");
}

void create_joined_group(hid_t file, const std::string& name, const JoinedGroup& joined) {
  const Hdf5Handle creation = timeless_creation(H5P_GROUP_CREATE);
  const Hdf5Handle group(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose);
  require(static_cast<bool>(group), "group");
  const auto view = [&](const char* dataset, hid_t type, const auto& row) {
    create_view(group.get(), name, joined, dataset, type, row);
  };
  const auto scalar = [](const RowLengths&) { return Extents{}; };
  view(ts::kJob, H5T_STD_I64LE, scalar);
  if (joined.failed) {
    view(ts::kMessage, ts::message_type().get(), scalar);
  } else {
    view(ts::kTile, H5T_STD_U8LE, [&](const RowLengths&) {
      return Extents{static_cast<hsize_t>(joined.height), static_cast<hsize_t>(joined.width), 3};
    });
  }
  if (joined.lengths.parameters > 0) {
    view(ts::kParameters, H5T_IEEE_F32LE, [](const RowLengths& l) { return Extents{l.parameters}; });
  }
  view(ts::kObjective, H5T_IEEE_F64LE, [](const RowLengths& l) { return Extents{l.curve}; });
  view(ts::kValues, H5T_STD_I32LE, scalar);
  view(ts::kSha256, H5T_STD_U8LE, [](const RowLengths&) { return Extents{sizeof(TileChecksum)}; });
}

/// More than the file of views will have: each run is described once for every dataset, with the names of its
/// source and two selections.
std::uint64_t joined_size_bound(const std::map<std::string, JoinedGroup>& groups) {
  constexpr std::uint64_t group_bytes = 16U << 10U;
  constexpr std::uint64_t run_bytes = 4U << 10U;
  std::uint64_t bytes = group_bytes;
  for (const auto& [name, group] : groups) bytes += group_bytes + run_bytes * group.runs.size();
  return bytes;
}

void write_views(const fs::path& folder, const std::map<std::string, JoinedGroup>& groups) {
  DurableFile file(folder / kTemporary, folder / kJoinedName);
  DurableHdf5 structure(file, joined_size_bound(groups));
  const std::int32_t version = kStoreVersion;
  write_attribute(structure.id(), ts::kVersion, H5T_STD_I32LE, &version);
  for (const auto& [name, group] : groups) create_joined_group(structure.id(), name, group);
  structure.finish();
  file.publish(folder / kJoinedName);
}

/// Collects the groups of the writers' files. A job that two writers did is shown once.
class Joiner {
 public:
  void add(const std::string& file, const TileFile& tiles, bool failed) {
    for (const TileFile::Group& group : tiles.groups()) {
      if (group.failed == failed) add(file, group);
    }
  }

  const std::map<std::string, JoinedGroup>& groups() const { return groups_; }

 private:
  void add(const std::string& file, const TileFile::Group& group) {
    for (std::size_t row = 0; row < group.jobs.size(); ++row) {
      if (!seen_.insert(group.jobs[row]).second) continue;
      JoinedGroup& joined = groups_[group.name];
      joined.height = group.height;
      joined.width = group.width;
      joined.failed = group.failed;
      joined.lengths.curve = std::max<hsize_t>(joined.lengths.curve, group.curve);
      joined.lengths.parameters = std::max<hsize_t>(joined.lengths.parameters, group.parameters);
      ++joined.rows;
      std::vector<Run>& runs = joined.runs;
      if (runs.empty() || runs.back().file != file || runs.back().first + runs.back().count != row) {
        runs.push_back({file, group.jobs.size(), {group.curve, group.parameters}, row, 0});
      }
      ++runs.back().count;
    }
  }

  std::set<std::int64_t> seen_;
  std::map<std::string, JoinedGroup> groups_;
};

void merge_abandoned(const fs::path& folder, const Manifest& manifest, const std::string& digest) {
  std::set<std::string> writers;
  for (const TileFileName& name : list_tile_files(folder)) {
    if (name.segment) writers.insert(name.writer);
  }
  for (const std::string& writer : writers) {
    const auto lock = WriterLock::try_take(folder, writer);
    if (lock) consolidate_writer(folder, writer, manifest, digest);
  }
}

Joiner collect(const fs::path& folder, const Manifest& manifest, const std::string& digest) {
  Joiner joiner;
  for (const bool failed : {false, true}) {
    for (const TileFileName& name : list_tile_files(folder)) {
      if (name.segment) continue;
      try {
        joiner.add(to_string(name), TileFile(folder / to_string(name), manifest, digest), failed);
      } catch (const Error& error) {
        // A damaged file: whoever reads the store is told so by TileReader.
        if (error.kind() != ErrorKind::input) throw;
      }
    }
  }
  return joiner;
}

}  // namespace

void join_writers(const fs::path& folder) {
  const Manifest manifest = read_manifest(folder);
  const std::string digest = manifest_digest(folder);
  const WriterLock lock = WriterLock::take(folder, kJoinLock);
  remove_stale_manifests(folder);
  merge_abandoned(folder, manifest, digest);
  write_views(folder, collect(folder, manifest, digest).groups());
}

}  // namespace limpid
