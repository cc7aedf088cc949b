#include "tools/photo_file.h"

#include <map>
#include <string>

#include "engine/image/prior.h"
#include "kernels/core/error.h"
#include "tools/image_file.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

/// The file as read, once; the job must have been recorded with the same bytes.
template <class File>
std::shared_ptr<const File> loaded(std::map<std::string, std::shared_ptr<const File>>& known,
                                   std::shared_ptr<const File> (*read)(const std::filesystem::path&),
                                   const File& wanted) {
  std::shared_ptr<const File>& file = known[wanted.file];
  if (file == nullptr) file = read(wanted.file);
  if (!wanted.sha256.empty() && wanted.sha256 != file->sha256) {
    fail_input("'{}' is not the file the job was made for: its SHA-256 is {}..., not {}...", wanted.file,
               file->sha256.substr(0, 12), wanted.sha256.substr(0, 12));
  }
  return file;
}

}  // namespace

std::shared_ptr<const Photo> read_photo(const std::filesystem::path& path) {
  Image image = read_image(path);
  return std::make_shared<const Photo>(Photo{path.string(), sha256_of_file(path), std::move(image)});
}

std::shared_ptr<const Mask> read_mask(const std::filesystem::path& path) {
  const Image image = read_image(path);
  Mask mask{path.string(), sha256_of_file(path), image.height, image.width, {}};
  mask.values.reserve(image.rgb.size() / 3);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    // White is exactly 1: a sum of three ones divided by three.
    mask.values.push_back((image.rgb[i] + image.rgb[i + 1] + image.rgb[i + 2]) / 3);
  }
  return std::make_shared<const Mask>(std::move(mask));
}

std::shared_ptr<const MagnitudePrior> read_magnitude_prior(const std::filesystem::path& path) {
  Prior prior = read_prior(path);
  return std::make_shared<const MagnitudePrior>(MagnitudePrior{
      path.string(), sha256_of_file(path), prior.height, prior.width, std::move(prior.magnitude)});
}

void load_pictures(std::vector<RenderOptions>& jobs) {
  std::map<std::string, std::shared_ptr<const Photo>> photos;
  std::map<std::string, std::shared_ptr<const Mask>> masks;
  std::map<std::string, std::shared_ptr<const MagnitudePrior>> priors;
  for (RenderOptions& job : jobs) {
    if (job.prior != nullptr && job.prior->magnitude.empty()) {
      job.prior = loaded(priors, read_magnitude_prior, *job.prior);
    }
    if (job.init != nullptr && job.init->image.rgb.empty()) job.init = loaded(photos, read_photo, *job.init);
    if (job.mask != nullptr && job.mask->values.empty()) job.mask = loaded(masks, read_mask, *job.mask);
  }
}

}  // namespace limpid
