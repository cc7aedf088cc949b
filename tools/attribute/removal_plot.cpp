#include "tools/attribute/removal_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/pictures/svg_chart.h"
#include "engine/pictures/svg_drawing.h"

namespace limpid {
namespace {

using Curves = std::vector<std::vector<double>>;

constexpr double kChart = 280, kGap = 76, kLeftEdge = 56, kTopEdge = 84, kBottomEdge = 52;
constexpr LineStyle kOwnOrder = {"#1f69be", 2.2, false};
constexpr LineStyle kRandomOrder = {"#b4b4ba", 1, false};

double mean_area(const std::vector<double>& shares, const Curves& curves) {
  double sum = 0;
  for (const std::vector<double>& curve : curves) sum += area_under(shares, curve);
  return curves.empty() ? 0 : sum / static_cast<double>(curves.size());
}

std::string area_words(const std::vector<double>& shares, const std::vector<double>& own,
                       const Curves& random) {
  const std::string area = fmt::format("{:.3f}", area_under(shares, own));
  return random.empty() ? area : fmt::format("{} (random {:.3f})", area, mean_area(shares, random));
}

void draw_removals(SvgDrawing& drawing, double left, std::string_view name, const std::vector<double>& shares,
                   const std::vector<double>& own, const Curves& random) {
  SvgChart::Range up{0, 1};
  Curves all = random;
  all.push_back(own);
  for (const std::vector<double>& curve : all) {
    up.least = std::min(up.least, std::ranges::min(curve));
    up.most = std::max(up.most, std::ranges::max(curve));
  }
  drawing.text({left, kTopEdge - 14}, fmt::format("{}: area {}", name, area_words(shares, own, random)),
               {.bold = true});
  const SvgChart chart(drawing, {left, kTopEdge}, kChart, kChart, {0, 1}, up);
  chart.grid();
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) chart.mark(share);
  chart.name_axis("share of the positions", 32);
  for (const std::vector<double>& curve : random) chart.curve(shares, curve, kRandomOrder);
  chart.curve(shares, own, kOwnOrder);
}

std::vector<float> rows_of(const Curves& curves) {
  std::vector<float> rows;
  for (const std::vector<double>& curve : curves) rows.insert(rows.end(), curve.begin(), curve.end());
  return rows;
}

}  // namespace

std::string removal_svg(const RemovalCurves& curves, std::string_view title, std::string_view about) {
  SvgDrawing drawing;
  drawing.text({kLeftEdge, 26}, title, {.size = 15, .bold = true});
  drawing.text(
      {kLeftEdge, 44},
      "value as a share of the difference to the baseline; blue in the attribution's order, gray in random ones",
      {.colour = kFaintText});
  draw_removals(drawing, kLeftEdge, "insertion", curves.shares, curves.insertion, curves.random_insertion);
  draw_removals(drawing, kLeftEdge + kChart + kGap, "deletion", curves.shares, curves.deletion,
                curves.random_deletion);
  return drawing.document(kLeftEdge + 2 * kChart + kGap + 24, kTopEdge + kChart + kBottomEdge, about);
}

std::string removal_words(const RemovalCurves& curves) {
  return fmt::format("insertion {}, deletion {}",
                     area_words(curves.shares, curves.insertion, curves.random_insertion),
                     area_words(curves.shares, curves.deletion, curves.random_deletion));
}

void add_removal_curves(ResultFile& file, const RemovalCurves& curves) {
  const auto points = static_cast<int>(curves.shares.size());
  const auto orders = static_cast<int>(curves.random_insertion.size());
  file.add("curve_shares", {points}, rows_of({curves.shares}));
  file.add("insertion", {points}, rows_of({curves.insertion}));
  file.add("deletion", {points}, rows_of({curves.deletion}));
  file.add("insertion_area", static_cast<float>(area_under(curves.shares, curves.insertion)));
  file.add("deletion_area", static_cast<float>(area_under(curves.shares, curves.deletion)));
  if (orders == 0) return;
  file.add("random_insertion", {orders, points}, rows_of(curves.random_insertion));
  file.add("random_deletion", {orders, points}, rows_of(curves.random_deletion));
  file.add("random_insertion_area", static_cast<float>(mean_area(curves.shares, curves.random_insertion)));
  file.add("random_deletion_area", static_cast<float>(mean_area(curves.shares, curves.random_deletion)));
}

}  // namespace limpid
