#include "kernels/core/temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "kernels/core/file_errors.h"
#include "kernels/core/fnv1a.h"

namespace limpid {

namespace fs = std::filesystem;

/// A path where a signal handler finds it. Marks are never freed, but used again.
struct Temporary::Mark {
  enum State { free, claimed, set };

  std::atomic<int> state = claimed;
  std::array<char, PATH_MAX> path{};
  Mark* next = nullptr;

  static std::atomic<Mark*> first;

  static Mark* claim() {
    for (Mark* mark = first; mark != nullptr; mark = mark->next) {
      int expected = free;
      if (mark->state.compare_exchange_strong(expected, claimed)) return mark;
    }
    auto* mark = new Mark;
    mark->next = first;
    while (!first.compare_exchange_weak(mark->next, mark)) {
    }
    return mark;
  }
};

std::atomic<Temporary::Mark*> Temporary::Mark::first = nullptr;

namespace {

static_assert(std::atomic<void*>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may touch them");

std::atomic<bool> ending = false;

/// Numbers tried for what other processes left for the same destination.
constexpr int kLeftBehind = 4;
/// More processes than ever write one file at once.
constexpr int kMostAtOnce = 1000;

/// Whether `path` itself, no link, is what `descriptor` has open.
bool is_at(int descriptor, const char* path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

void remove_tree(int folder, const char* name) noexcept;

/// Entries of an open folder, without memory of the heap.
void remove_entries(int folder) noexcept {
  struct Entry {
    std::uint64_t inode;
    std::int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
  };
  alignas(Entry) std::array<char, 4096> buffer;
  for (;;) {
    const long bytes = ::syscall(SYS_getdents64, folder, buffer.data(), buffer.size());
    if (bytes <= 0) return;
    for (long at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const Entry*>(buffer.data() + at);
      const char* name = buffer.data() + at + offsetof(Entry, name);
      if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) remove_tree(folder, name);
      at += entry->length;
    }
  }
}

/// Of a file or link the name, of a folder all that is in it. Other threads may still be writing there. An
/// empty folder is not opened: it goes even where this process has no descriptor left.
void remove_tree(int folder, const char* name) noexcept {
  if (::unlinkat(folder, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
  for (int round = 0; round < 100; ++round) {
    if (::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno != ENOTEMPTY) return;
    const int inner = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) return;
    remove_entries(inner);
    ::close(inner);
  }
}

/// Removes what has this name where a process that is gone made it. False where it is to be left alone.
bool remove_left_behind(const fs::path& path, Temporary::Kind kind) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT;
  struct stat status {};
  const bool of_kind = ::fstat(descriptor, &status) == 0 &&
                       (kind == Temporary::Kind::file ? S_ISREG(status.st_mode) : S_ISDIR(status.st_mode));
  const bool gone = of_kind && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_at(descriptor, path.c_str());
  if (gone) remove_tree(AT_FDCWD, path.c_str());
  ::close(descriptor);
  return gone;
}

/// No lock where the file system has none.
bool lock(int descriptor) {
  return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

}  // namespace

Temporary::Temporary(fs::path path, fs::path destination)
    : path_(std::move(path)), destination_(std::move(destination)) {}

/// By way of the other constructor, so that the destructor runs when this one throws.
Temporary::Temporary(Kind kind, const fs::path& destination)
    : Temporary(fs::path(), link_target(destination)) {
  const fs::path folder = destination_.has_parent_path() ? destination_.parent_path() : fs::path(".");
  const std::uint64_t hash = fnv1a(destination_.filename().string());
  const auto numbered = [&](int number) {
    return folder / fmt::format(".limpid-{:016x}-{}.tmp", hash, number);
  };
  for (int number = 0; descriptor_ < 0 && number < kMostAtOnce; ++number) {
    path_ = numbered(number);
    if (make(kind)) break;
    if (errno != EEXIST) fail(errno);
    if (remove_left_behind(path_, kind)) make(kind);
  }
  if (descriptor_ < 0) fail(EEXIST);
  for (int number = 0; number < kLeftBehind; ++number) {
    if (numbered(number) != path_) remove_left_behind(numbered(number), kind);
  }
}

Temporary Temporary::at(const fs::path& path, const fs::path& destination) {
  Temporary made(path, destination);
  ::unlink(path.c_str());
  if (!made.make(Kind::file)) made.fail(errno);
  return made;
}

Temporary::Temporary(Temporary&& other) noexcept
    : path_(std::move(other.path_)),
      destination_(std::move(other.destination_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      mark_(std::exchange(other.mark_, nullptr)) {}

Temporary::~Temporary() {
  if (mark_ != nullptr) remove_tree(AT_FDCWD, path_.c_str());
  keep();
  close();
}

/// False with the reason in `errno`.
bool Temporary::make(Kind kind) {
  if (path_.native().size() >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return false;
  }
  Mark* mark = Mark::claim();
  std::copy_n(path_.c_str(), path_.native().size() + 1, mark->path.data());
  while (ending) ::pause();
  int descriptor = -1;
  bool made = false;
  if (kind == Kind::file) {
    descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    made = descriptor >= 0;
  } else if (::mkdir(path_.c_str(), 0777) == 0) {
    made = true;
    descriptor = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  const int error = errno;
  mark->state = made ? Mark::set : Mark::free;
  if (made && ending) {
    remove_tree(AT_FDCWD, path_.c_str());
    for (;;) ::pause();
  }
  if (made) {
    mark_ = mark;
    write_as(path_, destination_);
  }
  descriptor_ = descriptor;
  // Another process may have taken it for one that was left behind, before it was opened or locked.
  const bool taken =
      descriptor >= 0 ? !lock(descriptor) || !is_at(descriptor, path_.c_str()) : made && error == ENOENT;
  if (taken) {
    keep();
    close();
    errno = EEXIST;
    return false;
  }
  if (made && descriptor < 0) fail(error);
  errno = error;
  return made;
}

void Temporary::write(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void Temporary::publish() {
  if (mark_ == nullptr) return;
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail(errno);
  if (S_ISDIR(status.st_mode)) {
    if (::syncfs(descriptor_) != 0) fail(errno);
    change_places();
  } else {
    if (::fsync(descriptor_) != 0) fail(errno);
    if (::rename(path_.c_str(), destination_.c_str()) != 0) fail(errno);
  }
  keep();
  close();
}

/// In one step where the file system can, so that a process killed in between costs nothing.
void Temporary::change_places() {
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, destination_.c_str(), RENAME_EXCHANGE) == 0) {
    return remove_tree(AT_FDCWD, path_.c_str());
  }
  if (errno == ENOENT || errno == EINVAL || errno == ENOSYS) {
    const std::string former = path_.string() + ".former";
    const bool moved = ::rename(destination_.c_str(), former.c_str()) == 0;
    if (::rename(path_.c_str(), destination_.c_str()) == 0) {
      if (moved) remove_tree(AT_FDCWD, former.c_str());
      return;
    }
    const int error = errno;
    if (moved) ::rename(former.c_str(), destination_.c_str());
    errno = error;
  }
  fail(errno);
}

void Temporary::keep() {
  if (mark_ == nullptr) return;
  forget_write_as(path_);
  std::exchange(mark_, nullptr)->state = Mark::free;
}

void Temporary::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Temporary::fail(int error) const {
  fail_write(destination_, error);
}

void remove_temporaries() noexcept {
  ending = true;
  for (Temporary::Mark* mark = Temporary::Mark::first; mark != nullptr; mark = mark->next) {
    if (mark->state == Temporary::Mark::set) remove_tree(AT_FDCWD, mark->path.data());
  }
}

fs::path link_target(const fs::path& path) {
  std::error_code error;
  return fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
}

}  // namespace limpid
