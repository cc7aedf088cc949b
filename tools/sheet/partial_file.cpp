#include "tools/sheet/partial_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "kernels/core/file_errors.h"

namespace limpid {

PartialFile::PartialFile(const std::filesystem::path& destination)
    : destination_(destination), temporary_(Temporary::Kind::file, destination) {
  const int descriptor = ::fcntl(temporary_.descriptor(), F_DUPFD_CLOEXEC, 0);
  stream_.reset(descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb"));
  if (!stream_) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    fail(error);
  }
}

void PartialFile::publish() {
  if (std::fflush(stream_.get()) != 0) fail(errno);
  if (std::fclose(stream_.release()) != 0) fail(errno);
  temporary_.publish();
}

void PartialFile::fail(int error) const {
  fail_write(destination_, error);
}

}  // namespace limpid
