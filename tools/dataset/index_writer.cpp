#include "tools/dataset/index_writer.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/grid/durable_file.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "tools/dataset/drawn_pictures.h"
#include "tools/dataset/index_folder.h"
#include "tools/dataset/index_schema.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
namespace is = index_schema;

/// Values that wait in memory, and pictures that are lost where the process is killed.
constexpr std::size_t kWaitingBytes = std::size_t{16} << 20U;
constexpr std::size_t kMostWaiting = 256;

/// Segments that are joined to a larger one, so that few files are open at the end.
constexpr std::size_t kSegmentsJoined = 64;

constexpr const char* kWriter = "build";

bool is_temporary(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with('.') && name.ends_with(".tmp");
}

void remove_temporaries_in(const fs::path& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (is_temporary(entry.path())) fs::remove(entry.path(), error);
  }
}

/// Whether no picture is in it, nor anything of others.
bool holds_nothing(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  return !error && std::all_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
    const fs::path name = entry.path().filename();
    return name == is::kManifestName || name == kLockName || is_temporary(name);
  });
}

}  // namespace

IndexWriter::IndexWriter(fs::path folder, IndexManifest manifest, bool resume)
    : folder_(std::move(folder)), manifest_(std::move(manifest)), settings_(settings_digest(manifest_)) {
  const std::size_t units = std::max<std::size_t>(unit_count(manifest_.layers), 1);
  most_waiting_ = std::clamp<std::size_t>(kWaitingBytes / (units * sizeof(MapStatistics)), 1, kMostWaiting);
  open(resume);
  read_stored();
}

void IndexWriter::open(bool resume) {
  std::error_code error;
  if (!resume && fs::exists(folder_, error) && !holds_nothing(folder_)) {
    fail_usage("'{}' is there already: give --resume to add what it lacks, or -o for another name",
               folder_.string());
  }
  fs::create_directory(folder_, error);
  if (error) fail_write(folder_, error.value());
  if (!fs::is_directory(folder_)) fail_write(folder_, ENOTDIR);
  std::optional<WriterLock> lock = WriterLock::try_take(folder_, kWriter);
  if (!lock) fail_usage("another process writes to '{}'", folder_.string());
  lock_ = std::make_unique<WriterLock>(std::move(*lock));
  remove_temporaries_in(folder_);

  const fs::path file = folder_ / is::kManifestName;
  if (holds_nothing(folder_) || !fs::exists(file)) {
    DurableFile text(folder_ / ".manifest.json.tmp", file);
    text.write(index_manifest_text(manifest_), 0);
    text.publish(file);
    return;
  }
  const IndexManifest stored = read_index_manifest(folder_);
  const std::string found = difference(stored, manifest_, fmt::format("'{}'", folder_.string()), "asked for");
  if (!found.empty()) fail_usage("'{}' is of other work: {}", folder_.string(), found);
  from_ = fs::relative(fs::current_path(), folder_ / stored.folder);
}

void IndexWriter::read_stored() {
  std::vector<fs::path> files = segments_of(folder_);
  if (fs::exists(folder_ / is::kUnitsName)) files.push_back(folder_ / is::kUnitsName);
  for (const fs::path& path : files) {
    try {
      const UnitFile file(path, kind());
      file.verify();
      for (const PictureRecord& picture : file.pictures()) stored_.emplace(picture.digest, picture.path);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::runtime) throw;
      const fs::path aside = folder_ / fmt::format("damaged-{}", path.filename().string());
      fs::rename(path, aside);
      warnings_.push_back(fmt::format("{}; it is kept as '{}', and its pictures are looked at again",
                                      error.what(), aside.string()));
    }
  }
}

PicturePath IndexWriter::path_in_index(PicturePath path) const {
  if (from_ == "." || fs::path(path.file).is_absolute() || is_drawn(path.file)) return path;
  return {(from_ / path.file).lexically_normal().string(), std::move(path.member)};
}

bool IndexWriter::note(const PictureRecord& picture) {
  const auto [it, added] = paths_.try_emplace(picture.digest, picture.path);
  it->second = std::min(it->second, picture.path);
  return added;
}

void IndexWriter::add(const PictureRecord& picture, std::span<const MapStatistics> units) {
  waiting_.push_back(picture);
  values_.insert(values_.end(), units.begin(), units.end());
  if (waiting_.size() >= most_waiting_) flush();
}

void IndexWriter::flush() {
  if (waiting_.empty()) return;
  std::vector<std::size_t> order(waiting_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return waiting_[a].digest < waiting_[b].digest; });
  std::vector<PictureRecord> pictures;
  for (const std::size_t i : order) pictures.push_back(waiting_[i]);

  const std::size_t units = unit_count(manifest_.layers);
  std::size_t unit = 0;  // They are asked for one after another.
  write_unit_file(next_segment(folder_, false), kind(), pictures, [&](std::size_t, int) {
    UnitColumn column;
    for (const std::size_t i : order) {
      const MapStatistics& map = values_[i * units + unit];
      column.mean.push_back(map.mean);
      column.max.push_back(map.max);
      column.place.push_back(static_cast<std::uint16_t>(map.place));
    }
    ++unit;
    return column;
  });
  waiting_.clear();
  values_.clear();

  const std::vector<fs::path> segments = flushed_segments_of(folder_);
  if (segments.size() >= kSegmentsJoined) join(next_segment(folder_, true), segments);
}

void IndexWriter::join(const fs::path& to, const std::vector<fs::path>& parts) {
  std::vector<std::unique_ptr<UnitFile>> files;
  std::vector<const UnitFile*> pointers;
  for (const fs::path& part : parts) {
    files.push_back(std::make_unique<UnitFile>(part, kind()));
    pointers.push_back(files.back().get());
  }
  join_unit_files(to, kind(), pointers, [&](std::size_t, const PictureRecord& picture) {
    const auto noted = paths_.find(picture.digest);
    return noted == paths_.end() ? picture.path : noted->second;
  });
  for (const fs::path& part : parts) {
    if (part != to) fs::remove(part);
  }
}

void IndexWriter::finish() {
  flush();
  const fs::path units = folder_ / is::kUnitsName;
  std::vector<fs::path> parts = segments_of(folder_);
  const bool renamed = std::any_of(stored_.begin(), stored_.end(), [&](const auto& picture) {
    const auto noted = paths_.find(picture.first);
    return noted != paths_.end() && noted->second != picture.second;
  });
  if (parts.empty() && !renamed) return;
  if (fs::exists(units)) parts.insert(parts.begin(), units);
  join(units, parts);
}

void IndexWriter::discard_empty() {
  if (!stored_.empty() || !holds_nothing(folder_)) return;
  std::error_code error;
  fs::remove_all(folder_, error);
}

}  // namespace limpid
