#include "tools/made_with.h"

#include "kernels/core/error.h"
#include "weights/sha256.h"

namespace limpid {

void check_made_with(const std::filesystem::path& folder, const WeightsIdentity& weights,
                     const std::filesystem::path& file) {
  if (sha256_of_file(file) == weights.sha256) return;
  fail_usage("'{}' is of other weights than '{}': {}, SHA-256 {}...; name them by --weights", folder.string(),
             file.string(), weights.name, weights.sha256.substr(0, 12));
}

}  // namespace limpid
