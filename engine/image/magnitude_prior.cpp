#include "engine/image/magnitude_prior.h"

#include <utility>

#include "engine/image/prior_file.h"
#include "weights/sha256.h"

namespace limpid {

std::shared_ptr<const MagnitudePrior> read_magnitude_prior(const std::filesystem::path& path) {
  Prior prior = read_prior(path);
  return std::make_shared<const MagnitudePrior>(MagnitudePrior{
      path.string(), sha256_of_file(path), prior.height, prior.width, std::move(prior.magnitude)});
}

}  // namespace limpid
