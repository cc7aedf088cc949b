#include "tests/gallery/sample_pictures.h"

#include <fmt/format.h>

#include <cmath>

namespace limpid::testing {

Pixels stripes(int number, int height, int width) {
  Pixels pixels{height, width, {}};
  const double angle = 0.61803 * number;
  const double period = 5 + number % 7;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double phase = 6.2831853 * (x * std::cos(angle) + y * std::sin(angle)) / period;
      for (int c = 0; c < 3; ++c) {
        const double tint = 0.6 + 0.4 * std::cos(1.3 * number + 2.0944 * c);
        pixels.rgb.push_back(static_cast<std::uint8_t>(127.5 * tint * (1 + std::sin(phase))));
      }
    }
  }
  return pixels;
}

RenderOptions channel_job(const char* layer, int channel, float weight, std::uint64_t seed) {
  RenderOptions options;
  options.objective = channel_objective(layer, channel);
  options.objective = options.objective.scaled(weight);
  options.seed = seed;
  options.height = options.width = 64;
  options.steps = 48;
  return options;
}

SamplePictures::SamplePictures(int channels) {
  for (const char* layer : {"mixed3b", "mixed4a"}) {
    for (int channel = 0; channel < channels; ++channel) jobs_.push_back(channel_job(layer, channel));
  }
  jobs_.push_back(channel_job("mixed4a", 11, -1));
  jobs_.push_back(channel_job("mixed4a", 11, 1, 1));
  jobs_.push_back(channel_job("mixed4a", 11, 1, 2));
  jobs_.push_back(channel_job("mixed4a", channels));
}

std::vector<GalleryBand> SampleExamples::bands(const RenderOptions& job) {
  if (job.objective.leading().layer != "mixed3b") return {};
  GalleryBand maximum{"maximum", {}, {}};
  const auto channel = static_cast<std::size_t>(job.objective.leading().channel);
  for (std::size_t i = channel; i < channel + 5; ++i) {
    maximum.examples.push_back(i);
    maximum.values.push_back(100.0 - static_cast<double>(i));
  }
  return {maximum, {"minimum", {channel + 2}, {-0.5}}};
}

void SampleExamples::read(std::span<const std::size_t> examples,
                          const std::function<void(std::size_t place, const Pixels&)>& visit) {
  // The last comes first: the order is the source's own.
  for (std::size_t place = examples.size(); place-- > 0;) {
    const auto number = static_cast<int>(examples[place]);
    visit(place, number == 3 ? Pixels{} : stripes(number, 120, 96));
  }
}

QuantisedCurve SampleExamples::histogram(const RenderOptions&) {
  return {-10, 100, {255, 128, 0, 64, 0, 0, 0, 7}};
}

GalleryCells SampleExamples::cells(const RenderOptions&) {
  return {2, 3};
}

std::string SampleExamples::map(const RenderOptions&, std::size_t example) {
  return fmt::format("0{:x}f000", example % 16);
}

GalleryPicture SamplePictures::read(std::size_t index) {
  if (index + 1 == jobs_.size()) return {{}, {0.5}, "loss is not finite at step 1 <b>&amp;"};
  const int number = static_cast<int>(index);
  GalleryPicture picture{stripes(number, 64, 64), {}, ""};
  for (int step = 0; step <= jobs_[index].steps; ++step) {
    picture.objective.push_back(std::sqrt(step) * (1 + number % 13) *
                                static_cast<double>(jobs_[index].objective.terms.front().weight));
  }
  return picture;
}

}  // namespace limpid::testing
