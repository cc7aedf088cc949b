#include "tools/dataset/unit_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/sheet/canvas.h"

namespace limpid {
namespace {

constexpr SheetColour kGround{34, 36, 40}, kBar{150, 154, 160}, kZero{235, 235, 235};
struct BandColour {
  SheetColour colour;
  std::string_view name;
};
constexpr std::array<BandColour, 4> kBandColours = {
    {{{90, 200, 90}, "green"}, {{235, 190, 60}, "yellow"}, {{90, 160, 240}, "blue"}, {{230, 90, 90}, "red"}}};

/// Where values lie from left to right.
class Axis {
 public:
  Axis(std::span<const float> values, int width) : width_(width) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    low_ = double{*low};
    span_ = double{*high} - low_;
  }

  /// In [0, 1].
  double place(double value) const { return span_ > 0 ? std::clamp((value - low_) / span_, 0.0, 1.0) : 0; }
  int column(double value) const { return static_cast<int>(std::lround(place(value) * (width_ - 1))); }
  bool holds(double value) const { return value >= low_ && value <= low_ + span_; }

 private:
  double low_ = 0, span_ = 0;
  int width_;
};

}  // namespace

std::string_view colour_of_band(std::size_t band) {
  return kBandColours[band % kBandColours.size()].name;
}

std::vector<std::size_t> histogram(std::span<const float> values, std::size_t bins) {
  std::vector<std::size_t> counts(bins, 0);
  if (values.empty()) return counts;
  const Axis axis(values, 1);
  for (const float value : values) {
    const auto bin = static_cast<std::size_t>(axis.place(double{value}) * static_cast<double>(bins));
    ++counts[std::min(bin, bins - 1)];
  }
  return counts;
}

Rgb8 histogram_picture(std::span<const float> values, const std::vector<std::vector<Example>>& bands,
                       int side) {
  Rgb8 picture(side, side);
  fill(picture, {0, 0, side, side}, kGround);
  if (values.empty()) return picture;
  const int stroke = std::max(side / 40, 1);
  const int floor = side - 2 * stroke * static_cast<int>(bands.size()) - stroke;
  const int bar = std::max(side / 32, 1);
  const std::vector<std::size_t> counts = histogram(values, static_cast<std::size_t>(side / bar));
  const double most = std::sqrt(static_cast<double>(*std::max_element(counts.begin(), counts.end())));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double share = std::sqrt(static_cast<double>(counts[i])) / most;
    const int height = static_cast<int>(std::ceil(share * floor));
    fill(picture, {floor - height, static_cast<int>(i) * bar, height, std::max(bar - 1, 1)}, kBar);
  }
  const Axis axis(values, side);
  if (axis.holds(0)) fill(picture, {0, axis.column(0), floor, 1}, kZero);
  for (std::size_t band = 0; band < bands.size(); ++band) {
    if (bands[band].empty()) continue;
    const auto by_value = [](const Example& a, const Example& b) { return a.value < b.value; };
    const auto [low, high] = std::minmax_element(bands[band].begin(), bands[band].end(), by_value);
    const int left = axis.column(double{low->value}), right = axis.column(double{high->value});
    const int top = floor + stroke * (1 + 2 * static_cast<int>(band));
    fill(picture, {top, left, stroke, right - left + 1}, kBandColours[band % kBandColours.size()].colour);
  }
  return picture;
}

}  // namespace limpid
