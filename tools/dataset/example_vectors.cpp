#include "tools/dataset/example_vectors.h"

#include <utility>
#include <vector>

#include "engine/image/fit_image.h"
#include "tools/dataset/find_pictures.h"
#include "tools/dataset/layer_maps.h"

namespace limpid {

ExampleVectors example_vectors(const IndexReader& index, const std::shared_ptr<const Model>& model,
                               const IndexUnit& unit, std::span<const Example> examples,
                               const ComputeOptions& compute) {
  const IndexManifest& manifest = index.manifest();
  const ExampleLayer& layer = manifest.layers[unit.layer];
  LayerMaps maps(manifest, unit.layer, model, compute);
  const auto channels = static_cast<std::size_t>(layer.channels);
  const auto positions = static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);

  std::vector<std::size_t> rows;
  for (const Example& example : examples) rows.push_back(example.picture);
  std::vector<ExampleVector> all(examples.size());
  ExampleVectors result;
  find_pictures(index, rows, [&](std::size_t number, Image image, const std::string& failure) {
    if (!failure.empty()) {
      result.failures.push_back(failure);
      return;
    }
    ExampleVector& one = all[number];
    one.example = examples[number];
    one.shown = fit_image(std::move(image), manifest.size, manifest.size, manifest.fit);
    const std::span<const float> map = maps.of(one.shown);
    for (std::size_t c = 0; c < channels; ++c)
      one.vector.push_back(map[c * positions + static_cast<std::size_t>(one.example.place)]);
  });
  std::erase_if(all, [](const ExampleVector& one) { return one.vector.empty(); });
  result.found = std::move(all);
  return result;
}

}  // namespace limpid
