#include "tools/sheet/partial_file.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "kernels/core/error.h"

namespace limpid {

namespace fs = std::filesystem;

fs::path temporary_beside(const fs::path& destination) {
  static std::atomic<unsigned> counter = 0;
  const fs::path folder = destination.has_parent_path() ? destination.parent_path() : fs::path(".");
  return folder / fmt::format(".limpid-{}-{}.tmp", ::getpid(), counter++);
}

PartialFile::PartialFile(const fs::path& destination) {
  std::error_code error;
  destination_ = fs::is_symlink(destination, error) ? fs::weakly_canonical(destination, error) : destination;
  path_ = temporary_beside(destination_);
  stream_.reset(std::fopen(path_.c_str(), "wbxe"));
  if (!stream_) fail(errno);
}

PartialFile::~PartialFile() {
  if (!published_) ::unlink(path_.c_str());
}

void PartialFile::publish() {
  if (std::fflush(stream_.get()) != 0 || ::fsync(::fileno(stream_.get())) != 0) fail(errno);
  if (std::fclose(stream_.release()) != 0) fail(errno);
  if (::rename(path_.c_str(), destination_.c_str()) != 0) fail(errno);
  published_ = true;
}

void PartialFile::fail(int error) const {
  fail_usage("cannot write '{}': {}", destination_.string(), std::generic_category().message(error));
}

}  // namespace limpid
