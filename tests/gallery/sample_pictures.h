// Pictures without a network: stripes whose colour and direction follow from the number.
#pragma once

#include <vector>

#include "tools/gallery/example_source.h"
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

/// Stripes as examples: of channel c of mixed3b those numbered c to c + 4 as "maximum", and c + 2 as "minimum"; of other
/// layers none. Number 3 cannot be read. Maps are of 2 x 3 cells: the upper right one is F, and
/// the one to its left the number modulo 16.
class SampleExamples final : public ExampleSource {
 public:
  std::vector<GalleryBand> bands(const RenderOptions& job) override;
  void read(std::span<const std::size_t> examples,
            const std::function<void(std::size_t place, const Pixels&)>& visit) override;
  std::string about() const override { return "some <b>stripes"; }
  QuantisedCurve histogram(const RenderOptions& job) override;
  GalleryCells cells(const RenderOptions& job) override;
  std::string map(const RenderOptions& job, std::size_t example) override;
};

}  // namespace limpid::testing
