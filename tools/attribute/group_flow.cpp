#include "tools/attribute/group_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "engine/attribution/cotangent_products.h"
#include "engine/pictures/svg_chart.h"
#include "engine/pictures/svg_drawing.h"
#include "tools/attribute/group_attribution.h"
#include "tools/attribute/group_pictures.h"
#include "tools/attribute/position_overlay.h"

namespace limpid {
namespace {

constexpr double kIcon = 84, kRowHeight = 112, kLower = 150, kUpper = 560, kFlowWidth = 790, kFlowTop = 56;
constexpr double kWidestBand = 22, kFrame = 3;
/// Of the widest: below it bands are not drawn.
constexpr double kThinnestShare = 0.02;
constexpr int kBandPoints = 24;
constexpr std::size_t kFlowNamed = 2;

/// The group where it is active, with its channels as a direction of length 1: channels x height x width.
std::vector<float> cotangent_of(const NeuronGroup& group) {
  double squares = 0;
  for (const float channel : group.channels) squares += double{channel} * double{channel};
  const double length = squares > 0 ? std::sqrt(squares) : 1;
  std::vector<float> cotangent;
  for (const float channel : group.channels) {
    for (const double position : group.positions)
      cotangent.push_back(static_cast<float>(position * double{channel} / length));
  }
  return cotangent;
}

double middle_of(std::size_t index, std::size_t count, std::size_t most) {
  const double first = static_cast<double>(most - count) / 2;
  return kFlowTop + (first + static_cast<double>(index) + 0.5) * kRowHeight;
}

void draw_groups(SvgDrawing& drawing, const LayerGroups& layer, std::size_t most, bool right) {
  const double x = right ? kUpper : kLower;
  const std::size_t count = layer.groups.groups.size();
  drawing.text({x + kIcon / 2, 30}, layer.layer,
               {.size = 14, .anchor = TextStyle::Anchor::middle, .bold = true});
  for (std::size_t k = 0; k < count; ++k) {
    const double y = middle_of(k, count, most);
    drawing.rectangle({x - kFrame, y - kIcon / 2 - kFrame}, kIcon + 2 * kFrame, kIcon + 2 * kFrame,
                      css_colour(group_colour(k, count)));
    drawing.picture({x, y - kIcon / 2}, kIcon, kIcon, layer.icons[k], false);
    TextStyle style{.anchor = right ? TextStyle::Anchor::start : TextStyle::Anchor::end};
    const double beside = right ? x + kIcon + 10 : x - 10;
    drawing.text({beside, y - 8}, fmt::format("group {}", k), style);
    style.colour = kFaintText;
    double line = y + 8;
    for (const std::size_t channel : strongest_channels(layer.groups.groups[k], kFlowNamed)) {
      drawing.text({beside, line}, fmt::format("{}:{}", layer.layer, channel), style);
      line += 14;
    }
  }
}

/// From one group to the other, level at both ends.
void draw_band(SvgDrawing& drawing, double from, double to, double part, double most) {
  std::vector<DrawnPoint> points;
  const double left = kLower + kIcon + kFrame, right = kUpper - kFrame;
  for (int i = 0; i <= kBandPoints; ++i) {
    const double t = static_cast<double>(i) / kBandPoints;
    points.push_back({left + t * (right - left), from + t * t * (3 - 2 * t) * (to - from)});
  }
  const double share = std::abs(part) / most;
  drawing.path(points, false, {css_colour(part > 0 ? kFor : kAgainst), kWidestBand * share, false, 0.6});
}

}  // namespace

GroupFlow flow_between(std::shared_ptr<const Model> model, const LayerGroups& upper, const LayerGroups& lower,
                       const ComputeOptions& compute) {
  std::vector<std::vector<float>> cotangents;
  for (const NeuronGroup& group : upper.groups.groups) cotangents.push_back(cotangent_of(group));
  const CotangentProducts products =
      cotangent_products(std::move(model), upper.layer, lower.layer, lower.map, cotangents, compute);
  GroupFlow flow;
  for (std::size_t k = 0; k < cotangents.size(); ++k) {
    double value = 0;
    for (std::size_t i = 0; i < cotangents[k].size(); ++i)
      value += double{cotangents[k][i]} * double{products.upper[i]};
    flow.values.push_back(value);
    GroupAttribution shared = attribute_to_groups(products.products[k], lower.groups);
    flow.parts.push_back(std::move(shared.totals));
    flow.rest.push_back(shared.rest);
  }
  return flow;
}

std::string flow_svg(const LayerGroups& upper, const LayerGroups& lower, const GroupFlow& flow,
                     std::string_view about) {
  const std::size_t above = upper.groups.groups.size(), below = lower.groups.groups.size();
  const std::size_t most = std::max(above, below);
  std::vector<std::array<double, 3>> bands;  // Part, and where from and to.
  double largest = 0;
  for (std::size_t k = 0; k < above; ++k) {
    for (std::size_t j = 0; j < below; ++j) {
      bands.push_back({flow.parts[k][j], middle_of(j, below, most), middle_of(k, above, most)});
      largest = std::max(largest, std::abs(flow.parts[k][j]));
    }
  }
  // The widest last, over the others.
  std::ranges::stable_sort(bands, {}, [](const auto& band) { return std::abs(band[0]); });
  SvgDrawing drawing;
  for (const auto& [part, from, to] : bands) {
    if (std::abs(part) > kThinnestShare * largest) draw_band(drawing, from, to, part, largest);
  }
  draw_groups(drawing, lower, most, false);
  draw_groups(drawing, upper, most, true);
  return drawing.document(kFlowWidth, kFlowTop + static_cast<double>(most) * kRowHeight + 16, about);
}

}  // namespace limpid
