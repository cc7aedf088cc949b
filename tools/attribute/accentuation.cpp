#include "tools/attribute/accentuation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "engine/network/tensor_view.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// By how much values are moved where a distance has its gradient, after the noise of the published views.
constexpr float kMoved = 0.02F;
/// Pixels that are opaque: those of the largest sums.
constexpr double kOpaqueShare = 0.2;

Extents planes_of(const Image& picture) {
  return {1, 3, picture.height, picture.width};
}

/// 3 x height x width.
std::vector<float> in_planes(const Image& picture) {
  const std::size_t pixels = picture.rgb.size() / 3;
  std::vector<float> planes(picture.rgb.size());
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) planes[c * pixels + i] = picture.rgb[3 * i + c];
  }
  return planes;
}

double magnitude_of(const std::vector<float>& gradient) {
  double sum = 0;
  for (const float value : gradient) sum += std::abs(double{value});
  return sum;
}

/// Up or down, by the place alone: as in splitmix64, whose highest bit is as good as drawn.
float moved_by(std::size_t place) {
  std::uint64_t z = (place + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  return ((z ^ (z >> 27U)) * 0x94d049bb133111ebU) >> 63U != 0 ? kMoved : -kMoved;
}

/// Of the distance that match(photo, layer) is, next to the photo.
double distance_gradient(const std::shared_ptr<const Model>& model, const std::string& layer,
                         const Image& photo, const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = {layer};
  options.compute = compute;
  Session session(model, options);
  const Extents extents = planes_of(photo);
  std::vector<float> planes = in_planes(photo);
  const TensorView<const float> input = dense_view<const float>(planes.data(), extents);
  const Extents map = session.target_extents(0, 1, photo.height, photo.width);
  std::vector<float> at_photo(static_cast<std::size_t>(map[1] * map[2] * map[3])), moved = at_photo;
  session.forward(input, std::array{dense_view(at_photo.data(), map)});
  for (std::size_t i = 0; i < planes.size(); ++i) planes[i] = std::clamp(planes[i] + moved_by(i), 0.0F, 1.0F);
  session.forward(input, std::array{dense_view(moved.data(), map)});
  const float share = 1 / static_cast<float>(moved.size());
  for (std::size_t i = 0; i < moved.size(); ++i)
    moved[i] = moved[i] > at_photo[i] ? share : moved[i] < at_photo[i] ? -share : 0;
  std::vector<float> gradient(planes.size());
  session.backward(std::array{dense_view<const float>(moved.data(), map)},
                   dense_view(gradient.data(), extents));
  return magnitude_of(gradient);
}

}  // namespace

UnitAtPicture::UnitAtPicture(std::shared_ptr<const Model> model, Objective unit,
                             const ComputeOptions& compute)
    : unit_(std::move(unit)), session_(std::move(model), [&] {
        SessionOptions options;
        options.compute = compute;
        return options;
      }()) {}

double UnitAtPicture::look(const Image& picture, std::vector<float>& gradient) {
  const Extents extents = planes_of(picture);
  const std::vector<float> planes = in_planes(picture);
  gradient.resize(planes.size());
  std::array<double, 1> value{};
  session_.gradient(dense_view<const float>(planes.data(), extents), unit_, value,
                    dense_view(gradient.data(), extents));
  return value[0];
}

double balancing_weight(const std::shared_ptr<const Model>& model, const Objective& unit,
                        const std::string& layer, const Image& photo, const ComputeOptions& compute) {
  std::vector<float> gradient;
  UnitAtPicture(model, unit, compute).look(photo, gradient);
  const double of_unit = magnitude_of(gradient);
  if (!(of_unit > 0) || !std::isfinite(of_unit)) {
    fail_usage("{} has no gradient at the photo, which moves nothing of it: name it before its ReLU (:pre)",
               to_string(unit));
  }
  const double of_distance = distance_gradient(model, layer, photo, compute);
  if (!(of_distance > 0)) fail_usage("{} does not see this photo: give another layer by --layer", layer);
  return of_unit / of_distance;
}

void TransparencyMap::add(const std::vector<float>& gradient) {
  const std::size_t pixels = gradient.size() / 3;
  sums_.resize(pixels);
  for (std::size_t i = 0; i < gradient.size(); ++i) sums_[i % pixels] += std::abs(double{gradient[i]});
}

Image TransparencyMap::applied(Image picture) const {
  picture.alpha.assign(picture.rgb.size() / 3, 1.0F);
  if (sums_.empty()) return picture;
  std::vector<double> sorted = sums_;
  const auto opaque =
      sorted.begin() + static_cast<std::ptrdiff_t>((1 - kOpaqueShare) * static_cast<double>(sorted.size()));
  std::nth_element(sorted.begin(), opaque, sorted.end());
  if (*opaque <= 0) return picture;
  for (std::size_t i = 0; i < sums_.size(); ++i)
    picture.alpha[i] = static_cast<float>(std::min(1.0, sums_[i] / *opaque));
  return picture;
}

double distance_of(const Image& a, const Image& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    const double difference = double{a.rgb[i]} - double{b.rgb[i]};
    squares += difference * difference;
  }
  return std::sqrt(squares / static_cast<double>(a.rgb.size()));
}

}  // namespace limpid
