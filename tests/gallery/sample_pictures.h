// Pictures without a network: stripes whose colour and direction follow from the number.
#pragma once

#include <vector>

#include "tools/gallery/picture_source.h"

namespace limpid::testing {

/// Height x width stripes of one hue and direction; the same number gives the same picture.
Pixels stripes(int number, int height, int width);

/// A job of a channel of `layer`.
RenderOptions channel_job(const char* layer, int channel, float weight = 1, std::uint64_t seed = 0);

/// `channels` channels each of mixed3b and mixed4a; then, of mixed4a, channel 11 minimised, channel 11 with
/// seeds 1 and 2, and a job that failed.
class SamplePictures final : public PictureSource {
 public:
  explicit SamplePictures(int channels);

  std::size_t size() const override { return jobs_.size(); }
  const RenderOptions& options(std::size_t index) const override { return jobs_[index]; }
  GalleryPicture read(std::size_t index) override;

 private:
  std::vector<RenderOptions> jobs_;
};

}  // namespace limpid::testing
