#include "tools/dataset/index_folder.h"

#include <algorithm>
#include <regex>
#include <system_error>
#include <utility>

#include "kernels/core/error.h"
#include "tools/dataset/drawn_pictures.h"
#include "tools/dataset/index_schema.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
namespace is = index_schema;

constexpr std::string_view kSegment = "segment-";
constexpr std::string_view kJoined = "joined-";

bool has_prefix(const fs::path& path, std::string_view prefix) {
  return path.filename().string().starts_with(prefix);
}

int number_of(const fs::path& segment) {
  const std::string name = segment.filename().string();
  return std::stoi(name.substr(name.find('-') + 1));
}

bool is_finished(const fs::path& index) {
  return segments_of(index).empty() && fs::exists(index / is::kUnitsName);
}

/// The files of an index that hold units, one where it is finished.
std::list<UnitFile> files_of(const fs::path& index, const UnitFileKind& kind, bool finished,
                             UnfinishedIndex unfinished) {
  const auto parts = [&]() -> std::vector<fs::path> {
    if (finished) return {index / is::kUnitsName};
    std::vector<fs::path> paths = segments_of(index);
    if (fs::exists(index / is::kUnitsName)) paths.push_back(index / is::kUnitsName);
    return paths;
  };
  const bool none = parts().empty();
  if (none || (!finished && unfinished == UnfinishedIndex::refused)) {
    fail_input("'{}' is not finished{}: `limpid examples build ... -o {} --resume` makes what it lacks",
               index.string(), none ? " and has no picture yet" : "", index.string());
  }
  return open_unit_files(kind, parts);
}

std::vector<const UnitFile*> pointers_to(const std::list<UnitFile>& files) {
  std::vector<const UnitFile*> pointers;
  for (const UnitFile& file : files) pointers.push_back(&file);
  return pointers;
}

}  // namespace

fs::path index_folder(const std::string& name) {
  fs::path folder(name);
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder.extension() != is::kExtension) folder += is::kExtension;
  return folder;
}

fs::path known_index(const std::string& name) {
  const fs::path folder = index_folder(name);
  return fs::exists(folder) ? folder : fs::path(name);
}

std::vector<fs::path> segments_of(const fs::path& index) {
  std::vector<fs::path> segments;
  std::error_code error;
  for (fs::directory_iterator entry(index, error), end; !error && entry != end; entry.increment(error)) {
    static const std::regex form("(segment|joined)-[0-9]{6}\\.h5");
    if (std::regex_match(entry->path().filename().string(), form)) segments.push_back(entry->path());
  }
  if (error) fail_input("cannot read '{}': {}", index.string(), error.message());
  std::sort(segments.begin(), segments.end(),
            [](const fs::path& a, const fs::path& b) { return number_of(a) < number_of(b); });
  return segments;
}

fs::path next_segment(const fs::path& index, bool joined) {
  const std::vector<fs::path> segments = segments_of(index);
  const int number = segments.empty() ? 0 : number_of(segments.back()) + 1;
  return index / fmt::format("{}{:06}.h5", joined ? kJoined : kSegment, number);
}

std::vector<fs::path> flushed_segments_of(const fs::path& index) {
  std::vector<fs::path> segments = segments_of(index);
  std::erase_if(segments, [](const fs::path& segment) { return !has_prefix(segment, kSegment); });
  return segments;
}

std::string path_from_here(const std::string& path, const fs::path& index, const IndexManifest& manifest) {
  if (fs::path(path).is_absolute() || is_drawn(path)) return path;
  const fs::path folder = (index / manifest.folder).lexically_normal();
  return (folder / path).lexically_normal().string();
}

std::list<UnitFile> open_unit_files(const UnitFileKind& kind,
                                    const std::function<std::vector<fs::path>()>& list) {
  for (std::vector<fs::path> parts = list();;) {
    std::list<UnitFile> files;
    try {
      for (const fs::path& part : parts) files.emplace_back(part, kind);
      return files;
    } catch (const Error&) {
      std::vector<fs::path> now = list();
      if (now == parts) throw;
      parts = std::move(now);
    }
  }
}

void join_unit_files(const fs::path& to, const UnitFileKind& kind, std::span<const UnitFile* const> files,
                     const std::function<PicturePath(std::size_t file, const PictureRecord&)>& path) {
  const JoinedUnits joined(files, path);
  write_unit_file(to, kind, joined.pictures(),
                  [&](std::size_t layer, int channel) { return joined.column(layer, channel); });
}

IndexReader::IndexReader(const fs::path& index, UnfinishedIndex unfinished)
    : folder_(index),
      manifest_(read_index_manifest(index)),
      finished_(is_finished(index)),
      files_(files_of(index, {settings_digest(manifest_), manifest_.layers}, finished_, unfinished)),
      units_(pointers_to(files_), [](std::size_t, const PictureRecord& picture) { return picture.path; }) {}

PicturePath IndexReader::path(const PictureRecord& picture) const {
  return {path_from_here(picture.path.file, folder_, manifest_), picture.path.member};
}

}  // namespace limpid
