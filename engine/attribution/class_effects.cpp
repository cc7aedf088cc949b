#include "engine/attribution/class_effects.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/session/session.h"

namespace limpid {
namespace {

constexpr int kTogether = 8;

SessionOptions options_to_logits(const Model& model, const std::string& layer,
                                 const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = {model.classifier().name};
  options.start = layer;
  options.backward = false;
  options.push = true;
  options.compute = compute;
  return options;
}

}  // namespace

std::vector<float> class_effects(std::shared_ptr<const Model> model, const std::string& layer,
                                 const Activations& map, const ComputeOptions& compute,
                                 const std::function<void(std::size_t, std::size_t)>& progress) {
  const SessionOptions options = options_to_logits(*model, layer, compute);
  Session session(std::move(model), options);
  const Extents extents{kTogether, map.channels, map.height, map.width};
  const std::int64_t plane = extents[2] * extents[3];
  // Every image of the batch is the same; its tangents are not.
  session.forward({map.values.data(), extents, {0, plane, extents[3], 1}}, {});

  const Extents logits = session.target_extents(0, kTogether, map.height, map.width);
  const auto classes = static_cast<std::size_t>(logits[1]);
  const auto positions = static_cast<std::size_t>(plane);
  std::vector<float> effects;
  std::vector<float> pushed(kTogether * classes);
  for (std::size_t first = 0; first < positions; first += kTogether) {
    const std::size_t count = std::min<std::size_t>(kTogether, positions - first);
    std::vector<float> tangents(kTogether * map.values.size());
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t at = first + i; at < map.values.size(); at += positions)
        tangents[i * map.values.size() + at] = map.values[at];
    }
    const std::vector<TensorView<float>> outputs = {dense_view(pushed.data(), logits)};
    session.push(dense_view<const float>(tangents.data(), extents), outputs);
    effects.insert(effects.end(), pushed.begin(),
                   pushed.begin() + static_cast<std::ptrdiff_t>(count * classes));
    if (progress) progress(first + count, positions);
  }
  return effects;
}

}  // namespace limpid
