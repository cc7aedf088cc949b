#include "weights/hdf5_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"

namespace limpid {
namespace {

/// Of one structure; real ones are of a few KiB.
constexpr std::uint64_t kMostBytes = 16U << 20U;

}  // namespace

void Hdf5Place::refuse(std::string_view reason) const {
  fail_input("{}: the HDF5 file is damaged or cut short, or not as limpid reads them: {} at byte {}: {}",
             file, what, at, reason);
}

std::uint64_t Hdf5Fields::number(std::uint64_t width) {
  const std::string_view field = bytes(width);
  std::uint64_t value = 0;
  for (std::size_t i = field.size(); i-- > 0;) value = value << 8U | static_cast<unsigned char>(field[i]);
  return value;
}

std::string_view Hdf5Fields::bytes(std::uint64_t count) {
  require(count <= left(), "it is cut short");
  const std::string_view field = bytes_.substr(next_, count);
  next_ += count;
  return field;
}

std::string_view Hdf5Fields::text() {
  const std::size_t end = bytes_.find('\0', next_);
  require(end != std::string_view::npos, "a name in it does not end");
  const std::string_view name = bytes_.substr(next_, end - next_);
  next_ = end + 1;
  return name;
}

Hdf5Bytes::Hdf5Bytes(const Hdf5Source& source) : origin_(source.quoted()), memory_(source.bytes) {
  if (source.in_memory()) {
    size_ = memory_.size();
  } else {
    open(source.path);
  }
}

void Hdf5Bytes::open(const std::filesystem::path& path) {
  // Without waiting for a writer, should it be a pipe.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) fail_read(path, errno);
  struct stat status {};
  const int error = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
  if (error != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    if (error != 0) fail_read(path, error);
    fail_input("{} is not a file", origin_);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

Hdf5Bytes::~Hdf5Bytes() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Hdf5Bytes::end_at(const Hdf5Place& place, std::uint64_t end) {
  place.require(end <= size_, fmt::format("it says that the file has {} bytes, and it has {}", end, size_));
  size_ = end;
}

void Hdf5Bytes::claim(const Hdf5Place& place, std::uint64_t count) {
  const std::uint64_t at = place.at;
  place.require(at <= size_ && count <= size_ - at,
                fmt::format("its {} bytes are not all in the file of {}", count, size_));
  if (count == 0) return;
  const auto next = taken_.lower_bound(at);
  const bool apart = (next == taken_.end() || next->first >= at + count) &&
                     (next == taken_.begin() || std::prev(next)->second <= at);
  place.require(apart, "it overlaps another part of the file, or is one that was met before");
  taken_.emplace_hint(next, at, at + count);
}

std::string Hdf5Bytes::take(const Hdf5Place& place, std::uint64_t count) {
  place.require(count <= kMostBytes, fmt::format("it has {} bytes, more than any", count));
  claim(place, count);
  return read(place, place.at, count);
}

std::string Hdf5Bytes::read(const Hdf5Place& place, std::uint64_t at, std::uint64_t count) const {
  place.require(at <= size_ && count <= size_ - at, "it is not all in the file");
  if (descriptor_ < 0) return std::string(memory_.substr(at, count));
  std::string bytes(count, '\0');
  for (std::uint64_t done = 0; done < count;) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_runtime("cannot read {}: {}", origin_, std::generic_category().message(errno));
    place.require(got > 0, "the file became shorter while it was read");
    done += static_cast<std::uint64_t>(got);
  }
  return bytes;
}

}  // namespace limpid
