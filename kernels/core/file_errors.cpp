#include "kernels/core/file_errors.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <system_error>

#include "kernels/core/error.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

struct Names {
  std::mutex mutex;
  std::map<std::string, fs::path> of_temporaries;
};

/// Never destroyed: temporaries may outlive static objects. Nobody is here while the process forks, whose child would wait
/// for a thread that it does not have.
Names& names() {
  static auto* const all = [] {
    static auto* const made = new Names;
    pthread_atfork([] { made->mutex.lock(); }, [] { made->mutex.unlock(); }, [] { made->mutex.unlock(); });
    return made;
  }();
  return *all;
}

/// A temporary may lie in another, hence again and again.
fs::path name_to_say(fs::path path) {
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  fs::path below;
  for (fs::path at = path; at.has_filename(); at = at.parent_path()) {
    const auto found = all.of_temporaries.find(at.string());
    if (found != all.of_temporaries.end()) {
      path = at = below.empty() ? found->second : found->second / below;
      below.clear();
    }
    below = below.empty() ? at.filename() : at.filename() / below;
  }
  return path;
}

bool is_wrong_name(int error) {
  constexpr std::array kErrors = {ENOENT, ENOTDIR,      EISDIR, EACCES,    EPERM,
                                  EEXIST, ENAMETOOLONG, ELOOP,  ENOTEMPTY, EINVAL};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

}  // namespace

bool is_system_error(int error) {
  constexpr std::array kErrors = {EIO,    EACCES, EPERM,  EMFILE, ENFILE, ENOMEM,    ENOBUFS,   EINTR,
                                  EAGAIN, ESTALE, ENODEV, ENXIO,  EBUSY,  ETIMEDOUT, EREMOTEIO, ENOTCONN};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

void fail_read(const fs::path& path, int error) {
  const std::string message =
      fmt::format("cannot read '{}': {}", path.string(), std::generic_category().message(error));
  if (is_system_error(error)) fail_runtime("{}", message);
  fail_input("{}", message);
}

void fail_write(const fs::path& path, int error) {
  const std::string message = fmt::format("cannot write '{}': {}", name_to_say(path).string(),
                                          std::generic_category().message(error));
  if (is_wrong_name(error)) fail_usage("{}", message);
  fail_runtime("{}", message);
}

void write_as(const fs::path& temporary, const fs::path& destination) {
  if (temporary == destination) return;
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  all.of_temporaries[temporary.string()] = destination;
}

void forget_write_as(const fs::path& temporary) noexcept {
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  all.of_temporaries.erase(temporary.string());
}

}  // namespace limpid
