#include "engine/attribution/ray_ends.h"

#include <cstddef>
#include <utility>

#include "engine/session/queries.h"

namespace limpid {
namespace {

Image mean_picture(const Model& model, int height, int width) {
  Image picture{height, width, {}};
  for (int pixel = 0; pixel < height * width; ++pixel) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t channel = model.input.order == ChannelOrder::rgb ? c : 2 - c;
      picture.rgb.push_back(model.input.mean[channel] / 255);
    }
  }
  return picture;
}

std::vector<float> planes_of(const Image& photo) {
  std::vector<float> planes;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = c; i < photo.rgb.size(); i += 3) planes.push_back(photo.rgb[i]);
  }
  return planes;
}

}  // namespace

RayEnds ray_ends(const Model& model, const Image& photo, const std::string& layer,
                 const AttributionBaseline& baseline, const ComputeOptions& compute) {
  RayEnds ends;
  const auto map_of = [&](const Image& picture) {
    if (layer.empty()) {
      ends.extents = {1, 3, picture.height, picture.width};
      return planes_of(picture);
    }
    Activations found = activations(model, picture, layer, false, compute);
    ends.extents = {1, found.channels, found.height, found.width};
    return std::move(found.values);
  };
  ends.to = map_of(photo);
  switch (baseline.kind) {
    case AttributionBaseline::Kind::zero:
      ends.from.resize(ends.to.size());
      break;
    case AttributionBaseline::Kind::mean:
      ends.from = map_of(mean_picture(model, photo.height, photo.width));
      break;
    case AttributionBaseline::Kind::photo:
      ends.from = map_of(baseline.photo);
      break;
  }
  return ends;
}

}  // namespace limpid
