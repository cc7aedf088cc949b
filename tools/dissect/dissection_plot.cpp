#include "tools/dissect/dissection_plot.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/pictures/svg_chart.h"
#include "engine/pictures/svg_drawing.h"
#include "tools/dissect/dissection_file.h"

namespace limpid {
namespace {

constexpr double kDissectionChart = 240, kLayerWidth = 84, kLeft = 52, kTop = 92, kBelow = 40, kBetween = 64;
constexpr std::string_view kOwnColour = "#1f69be", kRandomColour = "#9a9aa2";
constexpr double kOwnRadius = 5, kRandomRadius = 3;
/// How far rotations lie apart from left to right, so that equal counts can be told, in layers.
constexpr double kScatter = 0.4;

/// Of a layer: the count of its own channels, and those of the rotations.
struct LayerCounts {
  std::size_t own = 0;
  std::vector<std::size_t> random;
};

void draw_counts(SvgDrawing& drawing, double left, double width, std::string_view title,
                 const std::vector<DissectedLayer>& layers, const std::vector<LayerCounts>& counts) {
  double most = 1;
  for (const LayerCounts& layer : counts) {
    most = std::max(most, static_cast<double>(layer.own));
    for (const std::size_t count : layer.random) most = std::max(most, static_cast<double>(count));
  }
  drawing.text({left, kTop - 14}, title, {.bold = true});
  const SvgChart chart(drawing, {left, kTop}, width, kDissectionChart,
                       {-0.5, static_cast<double>(layers.size()) - 0.5}, {0, most});
  chart.grid();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto place = static_cast<double>(i);
    const DrawnPoint foot = chart.at(place, 0);
    drawing.text({foot.x, foot.y + 16}, layers[i].layer.name,
                 {.size = 10, .anchor = TextStyle::Anchor::middle});
    const std::vector<std::size_t>& random = counts[i].random;
    for (std::size_t r = 0; r < random.size(); ++r) {
      const double share = (static_cast<double>(r) + 0.5) / static_cast<double>(random.size()) - 0.5;
      drawing.disc(chart.at(place + kScatter * share, static_cast<double>(random[r])), kRandomRadius,
                   kRandomColour);
    }
    drawing.disc(chart.at(place, static_cast<double>(counts[i].own)), kOwnRadius, kOwnColour);
  }
}

}  // namespace

std::string dissection_svg(const std::vector<DissectedLayer>& layers, std::string_view about) {
  std::vector<LayerCounts> detectors, concepts;
  for (const DissectedLayer& layer : layers) {
    detectors.push_back({layer.basis.detectors(), detectors_of(layer.rotations)});
    concepts.push_back({layer.basis.distinct_concepts(), distinct_concepts_of(layer.rotations)});
  }
  SvgDrawing drawing;
  drawing.text({kLeft, 26}, "Detectors of one concept", {.size = 15, .bold = true});
  drawing.text({kLeft, 46},
               fmt::format("IoU above {:g} of the largest {:g} % of values; blue the layer's channels,",
                           kDetectorIou, 100.0 / static_cast<double>(kPositionsPerActive)),
               {.colour = kFaintText});
  drawing.text({kLeft, 60}, "gray as many directions of a random rotation, a dot each",
               {.colour = kFaintText});
  const double width = std::max(2.0, static_cast<double>(layers.size())) * kLayerWidth;
  draw_counts(drawing, kLeft, width, "detectors", layers, detectors);
  draw_counts(drawing, kLeft + width + kBetween, width, "different concepts", layers, concepts);
  return drawing.document(kLeft + 2 * width + kBetween + 24, kTop + kDissectionChart + kBelow, about);
}

}  // namespace limpid
