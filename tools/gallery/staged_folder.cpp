#include "tools/gallery/staged_folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>

#include "kernels/core/error.h"

namespace limpid {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_write(const fs::path& path, int error) {
  fail_usage("cannot write '{}': {}", path.string(), std::generic_category().message(error));
}

/// The destination as an absolute path that ends in its name: "site/" and links resolved.
fs::path resolve(const fs::path& path) {
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(fs::absolute(path), error);
  if (error) fail_write(path, error.value());
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

/// Makes a folder of a name nobody has: `prefix` and six random characters.
fs::path make_unique(const fs::path& prefix) {
  std::string name = prefix.string() + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail_write(prefix.parent_path(), errno);
  return name;
}

/// mkdtemp's folders are the user's alone; a result takes the permissions any new folder would have.
void grant_usual_permissions(const fs::path& folder) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::chmod(folder.c_str(), 0777 & ~mask) != 0) fail_write(folder, errno);
}

void flush_to_disk(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail_write(folder, errno);
  const int status = ::syncfs(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (status != 0) fail_write(folder, error);
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
    : destination_(resolve(destination)), marker_(marker) {
  check_replaceable();
  staged_ = make_unique(destination_.parent_path() / (fmt::format(".{}.", destination_.filename().string())));
}

StagedFolder::~StagedFolder() {
  std::error_code error;
  if (!staged_.empty()) fs::remove_all(staged_, error);
}

void StagedFolder::check_replaceable() const {
  std::error_code error;
  const fs::file_status status = fs::status(destination_, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    fail_usage("cannot write '{}': it exists and is not a folder", destination_.string());
  const bool empty = fs::is_empty(destination_, error);
  if (error) fail_write(destination_, error.value());
  if (!empty && !fs::exists(destination_ / marker_, error)) {
    fail_usage("'{}' holds other files; name a new or empty folder, or a former result to replace",
               destination_.string());
  }
}

void StagedFolder::commit() {
  write_file(staged_ / marker_, "");
  grant_usual_permissions(staged_);
  flush_to_disk(staged_);
  check_replaceable();  // Again, for the work took its time.
  std::error_code error;
  fs::path former;
  if (fs::exists(destination_, error)) {
    former = make_unique(staged_.string() + ".former.");
    fs::rename(destination_, former, error);
    if (error) fail_write(destination_, error.value());
  }
  fs::rename(staged_, destination_, error);
  if (error) {
    std::error_code ignored;
    if (!former.empty()) fs::rename(former, destination_, ignored);
    fail_write(destination_, error.value());
  }
  staged_.clear();
  if (!former.empty()) fs::remove_all(former, error);
}

}  // namespace limpid
