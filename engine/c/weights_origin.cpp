#include "engine/c/weights_origin.h"

#include <system_error>

#include "kernels/core/error.h"
#include "weights/sha256.h"

namespace limpid::c {

namespace fs = std::filesystem;

WeightsOrigin WeightsOrigin::of_file(const fs::path& path) {
  WeightsOrigin origin;
  std::error_code ignored;  // Whoever reads the file tells.
  origin.file_ = path;
  origin.written_ = fs::last_write_time(path, ignored);
  origin.size_ = fs::file_size(path, ignored);
  return origin;
}

WeightsOrigin WeightsOrigin::of_bytes(std::string_view bytes) {
  WeightsOrigin origin;
  origin.sha256_ = sha256_of_bytes(bytes);
  return origin;
}

WeightsIdentity WeightsOrigin::identify(const Model& model) const {
  WeightsIdentity identity{sha256_, model.provenance.family, file_.filename().string(), file_.string()};
  if (!sha256_.empty()) return identity;
  const WeightsOrigin now = of_file(file_);
  if (now.written_ != written_ || now.size_ != size_)
    fail_input("'{}' changed since the network was loaded: load it again", file_.string());
  identity.sha256 = sha256_of_file(file_);
  return identity;
}

}  // namespace limpid::c
