#include "tools/gallery/staged_folder.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"

namespace limpid {

namespace fs = std::filesystem;

namespace {

/// The destination as an absolute path that ends in its name: "site/" and links resolved.
fs::path resolve(const fs::path& path) {
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(fs::absolute(path), error);
  if (error) fail_write(path, error.value());
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

/// The destination, where it is not there, or empty, or a former result.
const fs::path& replaceable(const fs::path& destination, const fs::path& marker) {
  std::error_code error;
  const fs::file_status status = fs::status(destination, error);
  if (!fs::exists(status)) return destination;
  if (!fs::is_directory(status))
    fail_usage("cannot write '{}': it exists and is not a folder", destination.string());
  const bool empty = fs::is_empty(destination, error);
  if (error) fail_write(destination, error.value());
  if (!empty && !fs::exists(destination / marker, error)) {
    fail_usage("'{}' holds other files; name a new or empty folder, or a former result to replace",
               destination.string());
  }
  return destination;
}

}  // namespace

void write_file(const fs::path& path, std::string_view bytes) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wbe"));
  if (!file) fail_write(path, errno);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) fail_write(path, errno);
  if (std::fclose(file.release()) != 0) fail_write(path, errno);
}

StagedFolder::StagedFolder(const fs::path& destination, std::string_view marker)
    : destination_(resolve(destination)),
      marker_(marker),
      staged_(Temporary::Kind::folder, replaceable(destination_, marker_)) {}

void StagedFolder::commit() {
  write_file(path() / marker_, "");
  replaceable(destination_, marker_);  // Again, for the work took its time.
  staged_.publish();
}

}  // namespace limpid
