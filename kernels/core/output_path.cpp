#include "kernels/core/output_path.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "kernels/core/temporary.h"

namespace limpid {

namespace fs = std::filesystem;

void check_writable(const fs::path& path) {
  if (!path.has_filename()) fail_usage("cannot write '{}': it names no file", path.string());
  std::error_code error;
  const fs::path target = link_target(path);
  const fs::file_status status = fs::status(target, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    fail_usage("cannot write '{}': it exists and is not a file", path.string());
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  // The dot turns a file in the folder's place into "not a directory".
  if (::access((folder / ".").c_str(), W_OK | X_OK) != 0) {
    fail_write(path, errno);
  }
}

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

}  // namespace limpid
