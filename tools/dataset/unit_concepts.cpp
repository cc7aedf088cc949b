#include "tools/dataset/unit_concepts.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "tools/dataset/drawn_pictures.h"

namespace limpid {
namespace {

/// A pixel of the picture: the middle of what a position sees, inside it.
int middle(const ReceptiveField& field, int position, int side) {
  return std::clamp(field.start + position * field.step + field.size / 2, 0, side - 1);
}

bool lies_on_concept(const IndexManifest& manifest, const ExampleLayer& layer, const PicturePath& path,
                     int place) {
  const auto drawn = drawn_picture(path).value();
  const ProceduralPicture picture = procedural_picture(drawn.seed, drawn.number, manifest.size);
  const int y = middle(layer.field, place / layer.width, manifest.size);
  const int x = middle(layer.field, place % layer.width, manifest.size);
  return picture.mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(manifest.size) +
                      static_cast<std::size_t>(x)] > 0.5F;
}

void count_all(const std::vector<PictureRecord>& pictures, std::map<std::string, ConceptCount>& counts) {
  for (const PictureRecord& picture : pictures) {
    if (const auto count = counts.find(concept_of(picture.path)); count != counts.end()) ++count->second.of;
  }
}

}  // namespace

std::vector<ConceptCount> concept_counts(const IndexReader& index, const IndexUnit& unit,
                                         const std::vector<Example>& examples, bool look) {
  const std::vector<PictureRecord>& pictures = index.units().pictures();
  std::map<std::string, ConceptCount> counts;
  for (const Example& example : examples) {
    const PicturePath& path = pictures[example.picture].path;
    const std::string name = concept_of(path);
    if (name.empty()) continue;
    ConceptCount& count = counts[name];
    count.name = name;
    ++count.pictures;
    if (look && lies_on_concept(index.manifest(), index.manifest().layers[unit.layer], path, example.place))
      ++count.on_it;
  }
  if (look && !counts.empty()) count_all(pictures, counts);
  std::vector<ConceptCount> sorted;
  for (auto& [name, count] : counts) sorted.push_back(std::move(count));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ConceptCount& a, const ConceptCount& b) { return a.pictures > b.pictures; });
  return sorted;
}

std::string words_of_concepts(const IndexReader& index, const IndexUnit& unit,
                              const std::vector<Example>& examples) {
  std::string words;
  const std::vector<ConceptCount> counts = concept_counts(index, unit, examples, false);
  // One picture of a concept says nothing of the unit.
  for (std::size_t i = 0; i < std::min<std::size_t>(counts.size(), 3) && counts[i].pictures > 1; ++i)
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", counts[i].name, counts[i].pictures);
  return words;
}

}  // namespace limpid
