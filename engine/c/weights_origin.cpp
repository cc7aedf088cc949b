#include "engine/c/weights_origin.h"

#include <system_error>

#include "kernels/core/error.h"
#include "weights/sha256.h"

namespace limpid::c {

namespace fs = std::filesystem;

namespace {

/// When it was written and how large it is; none where that cannot be seen.
std::optional<FileStamp> stamp_of(const fs::path& file) {
  std::error_code time_error, size_error;
  const FileStamp stamp{fs::last_write_time(file, time_error), fs::file_size(file, size_error)};
  if (time_error || size_error) return std::nullopt;
  return stamp;
}

}  // namespace

WeightsOrigin WeightsOrigin::of_file(const fs::path& path) {
  WeightsOrigin origin;
  std::error_code nowhere;
  origin.given_ = path;
  origin.file_ = fs::absolute(path, nowhere);
  origin.stamp_ = stamp_of(origin.file_);  // Where there is none, whoever reads the file tells.
  return origin;
}

WeightsOrigin WeightsOrigin::of_bytes(std::string_view bytes) {
  WeightsOrigin origin;
  origin.sha256_ = sha256_of_bytes(bytes);
  return origin;
}

WeightsIdentity WeightsOrigin::identify(const Model& model) const {
  WeightsIdentity identity{sha256_, model.provenance.family, given_.filename().string(), given_.string()};
  if (!sha256_.empty()) return identity;
  const std::optional<FileStamp> now = stamp_of(file_);
  if (!now)
    fail_input("'{}', of which the network was loaded, is gone: a store records what it holds",
               file_.string());
  if (now != stamp_) fail_input("'{}' changed since the network was loaded: load it again", file_.string());
  identity.sha256 = sha256_of_file(file_);
  return identity;
}

}  // namespace limpid::c
