#include "engine/pictures/svg_chart.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace limpid {
namespace {

/// 1, 2 or 5 times a power of ten apart, four or more of them.
std::vector<double> round_numbers(const SvgChart::Range& range) {
  const double quarter = (range.most - range.least) / 4;
  const double power = std::pow(10, std::floor(std::log10(quarter)));
  const double share = quarter / power;
  const double step = power * (share >= 5 ? 5 : share >= 2 ? 2 : 1);
  std::vector<double> numbers;
  for (double k = std::ceil(range.least / step); k * step <= range.most + step / 1e6; ++k)
    numbers.push_back(k * step);
  return numbers;
}

SvgChart::Range with_extent(SvgChart::Range range) {
  return range.most > range.least ? range : SvgChart::Range{range.least, range.least + 1};
}

}  // namespace

SvgChart::SvgChart(SvgDrawing& drawing, DrawnPoint corner, double width, double height, Range across,
                   Range up)
    : drawing_(drawing),
      corner_(corner),
      width_(width),
      height_(height),
      across_(with_extent(across)),
      up_(with_extent(up)) {}

DrawnPoint SvgChart::at(double x, double y) const {
  return {corner_.x + (x - across_.least) / (across_.most - across_.least) * width_,
          corner_.y + (up_.most - y) / (up_.most - up_.least) * height_};
}

void SvgChart::grid() const {
  for (const double number : round_numbers(up_)) {
    const DrawnPoint from = at(across_.least, number);
    drawing_.line(from, at(across_.most, number), kGridLine);
    drawing_.text({from.x - 5, from.y + 3}, fmt::format("{:.4g}", number + 0.0),
                  {.size = 9, .anchor = TextStyle::Anchor::end, .colour = kFaintText});
  }
}

void SvgChart::mark(double x) const {
  const DrawnPoint foot = at(x, up_.least);
  drawing_.line(foot, {foot.x, foot.y + 4}, {kFaintText, 1, false});
  drawing_.text({foot.x, foot.y + 14}, fmt::format("{:.4g}", x),
                {.size = 9, .anchor = TextStyle::Anchor::middle, .colour = kFaintText});
}

void SvgChart::name_axis(std::string_view name, double below) const {
  drawing_.text({corner_.x + width_ / 2, corner_.y + height_ + below}, name,
                {.anchor = TextStyle::Anchor::middle, .colour = kFaintText});
}

void SvgChart::curve(std::span<const double> x, std::span<const double> y, const LineStyle& style) const {
  std::vector<DrawnPoint> points;
  for (std::size_t i = 0; i < x.size(); ++i) points.push_back(at(x[i], y[i]));
  drawing_.path(points, false, style);
}

}  // namespace limpid
