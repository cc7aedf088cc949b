#include "tools/dataset/dataset_files.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "kernels/core/error.h"
#include "tools/dataset/archive.h"
#include "tools/dataset/drawn_pictures.h"
#include "tools/output_file.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kPictureExtensions = {".png", ".jpg", ".jpeg", ".webp",
                                                                ".bmp", ".gif", ".psd"};

/// The path by which an index knows a file: none that is a drawn picture's.
std::string indexed_name(const fs::path& path) {
  return is_drawn(path.string()) ? fs::absolute(path).string() : path.string();
}

void add_folder(const fs::path& folder, std::vector<DatasetFile>& files) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error) && is_picture_name(entry->path()))
      found.push_back(entry->path().string());
  }
  if (error) fail_input("cannot read '{}': {}", folder.string(), error.message());
  if (found.empty()) fail_input("there is no picture, such as a .png or .jpg, in '{}'", folder.string());
  std::sort(found.begin(), found.end());
  for (const std::string& path : found) files.push_back({indexed_name(path)});
}

void add_file(const fs::path& path, std::vector<DatasetFile>& files, std::string listed = {}) {
  files.push_back({indexed_name(path), is_archive_name(path), std::move(listed)});
}

void add_list(const fs::path& list, std::vector<DatasetFile>& files) {
  const std::string text = read_bytes(list);
  const std::size_t before = files.size();
  int number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.find('\0') != line.npos)
      fail_input("'{}' is no list of files: it has a zero byte", list.string());
    const fs::path path(line);
    const fs::path beside = list.parent_path() / path;
    std::error_code error;
    add_file(!fs::exists(path, error) && fs::exists(beside, error) ? beside : path, files,
             fmt::format("{}: line {}: ", list.string(), number));
  }
  if (files.size() == before) fail_input("'{}' names no picture", list.string());
}

}  // namespace

bool is_picture_name(const fs::path& path) {
  const std::string extension = lower_extension(path);
  return !path.filename().string().starts_with('.') &&
         std::find(kPictureExtensions.begin(), kPictureExtensions.end(), extension) !=
             kPictureExtensions.end();
}

std::vector<DatasetFile> dataset_files(const std::vector<std::string>& sources) {
  std::vector<DatasetFile> files;
  for (const std::string& source : sources) {
    const fs::path path(source);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) fail_input("there is no '{}'", source);
    if (error) fail_input("cannot read '{}': {}", source, error.message());
    if (fs::is_directory(status)) {
      add_folder(path, files);
    } else if (is_archive_name(path) || is_picture_name(path)) {
      add_file(path, files);
    } else if (lower_extension(path) == ".txt") {
      add_list(path, files);
    } else {
      fail_input("'{}' is no folder, no picture, no .tar and no .txt that lists pictures", source);
    }
  }
  return files;
}

}  // namespace limpid
