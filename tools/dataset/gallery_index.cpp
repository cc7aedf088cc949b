#include "tools/dataset/gallery_index.h"

#include <algorithm>
#include <utility>

#include "engine/grid/json_field.h"
#include "engine/image/fit_image.h"
#include "engine/image/quantise.h"
#include "engine/objective/term_table.h"
#include "tools/dataset/find_pictures.h"
#include "tools/dataset/unit_concepts.h"

namespace limpid {

std::string layer_of_channel(const RenderOptions& job) {
  const ObjectiveTerm& term = job.objective.leading();
  return row_of(term).one_channel ? term.layer : std::string();
}

std::vector<GalleryBand> GalleryIndex::bands(const RenderOptions& job) {
  const ObjectiveTerm& term = job.objective.leading();
  const std::vector<ExampleLayer>& layers = index_.manifest().layers;
  const std::string name = layer_of_channel(job);
  const auto layer =
      std::find_if(layers.begin(), layers.end(), [&](const ExampleLayer& one) { return one.name == name; });
  if (layer == layers.end() || term.channel >= layer->channels) return {};
  const IndexUnit unit{static_cast<std::size_t>(layer - layers.begin()), term.channel};
  const auto examples = unit_examples(index_, unit, request_);
  std::vector<GalleryBand> bands;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (examples[i].empty()) continue;
    GalleryBand& band = bands.emplace_back();
    band.name = words_of(request_.bands[i]);
    if (const std::string words = words_of_concepts(index_, unit, examples[i]); !words.empty())
      band.name += ": " + words;
    for (const Example& example : examples[i]) {
      band.examples.push_back(example.picture);
      band.values.push_back(shortest(example.value));
    }
  }
  return bands;
}

void GalleryIndex::read(std::span<const std::size_t> examples,
                        const std::function<void(std::size_t place, const Pixels&)>& visit) {
  // Larger than a thumbnail, which is made of it by a box filter.
  constexpr int side = 192;
  find_pictures(index_, examples, [&](std::size_t place, Image image, const std::string& failure) {
    if (!failure.empty()) {
      failures_.push_back(failure);
      return visit(place, {});
    }
    const Image shown = fit_image(std::move(image), side, side, index_.manifest().fit);
    visit(place, {shown.height, shown.width, quantise(shown)});
  });
}

std::string GalleryIndex::about() const {
  return fmt::format("{} pictures, by their {}", index_.units().pictures().size(), words_of(request_.by));
}

}  // namespace limpid
