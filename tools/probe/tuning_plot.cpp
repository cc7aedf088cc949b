#include "tools/probe/tuning_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "engine/pictures/svg_chart.h"
#include "engine/pictures/svg_drawing.h"

namespace limpid {
namespace {

constexpr double kPanel = 380, kMargin = 20, kHead = 44, kLegendRow = 14;
constexpr int kPanelColumns = 3;
constexpr double kThumb = 46;
constexpr int kThumbPixels = 92;
constexpr int kRadialThumbs = 8;
constexpr std::size_t kAxisThumbs = 5;
constexpr std::size_t kMostLegend = 8;
constexpr double kLegendName = 150, kLegendEntry = 62;

using Anchor = TextStyle::Anchor;

/// The values of a unit for one value of the second sweep.
struct TuningCurve {
  std::vector<double> values;
  std::string colour;
  std::string label;
};

/// From blue over purple to orange.
std::string curve_colour(std::size_t index, std::size_t count) {
  const double t = count < 2 ? 0 : static_cast<double>(index) / static_cast<double>(count - 1);
  const double red = 31 + t * 200, green = 105 - 45 * std::sin(std::numbers::pi * t) + 5 * t,
               blue = 190 - t * 180;
  return fmt::format("rgb({:.0f},{:.0f},{:.0f})", red, green, blue);
}

std::string axis_name(const Sweep& sweep) {
  const std::string_view unit = sweep.parameter->unit;
  return unit.empty() ? std::string(sweep.parameter->name)
                      : fmt::format("{} ({})", sweep.parameter->name, unit);
}

std::size_t family_size(const Tuning& tuning) {
  return tuning.stimuli.sweeps.size() > 1 ? tuning.stimuli.sweeps[1].values.size() : 1;
}

std::vector<TuningCurve> curves_of(const Tuning& tuning, std::size_t unit) {
  const std::size_t family = family_size(tuning), count = tuning.stimuli.sweeps[0].values.size();
  std::vector<TuningCurve> curves(family);
  for (std::size_t k = 0; k < family; ++k) {
    curves[k].colour = curve_colour(k, family);
    if (family > 1) curves[k].label = fmt::format("{:.4g}", tuning.stimuli.sweeps[1].values[k]);
    for (std::size_t i = 0; i < count; ++i)
      curves[k].values.push_back(tuning.responses[unit][i * family + k]);
  }
  return curves;
}

/// The middle of what a position sees, of the stimulus for place `index` of the first sweep.
Image thumbnail_of(const Tuning& tuning, std::size_t index) {
  const std::size_t family = family_size(tuning);
  Stimulus stimulus = tuning.stimuli.at(index * family + family / 2);
  return draw_stimulus(stimulus, kThumbPixels, kThumbPixels / 2.0, kThumbPixels / 2.0);
}

/// A panel whose upper left corner is the origin of what is drawn.
class Panel {
 public:
  Panel(SvgDrawing& drawing, const Tuning& tuning, std::size_t unit, DrawnPoint corner)
      : drawing_(drawing), tuning_(tuning), corner_(corner), curves_(curves_of(tuning, unit)) {
    for (const double value : tuning.responses[unit]) {
      most_ = std::max(most_, value);
      least_ = std::min(least_, value);
    }
    drawing_.text(at(kPanel / 2, 16), tuning.units[unit],
                  {.size = 14, .anchor = Anchor::middle, .bold = true});
    const std::optional<TuningPeak> peak = tuning.peak(unit);
    drawing_.text(at(kPanel / 2, 32),
                  peak ? fmt::format("most {:.4g} at {}", peak->response, tuning.stimuli.words(peak->values))
                       : fmt::format("flat at {:.4g}", tuning.responses[unit].front()),
                  {.anchor = Anchor::middle, .colour = kFaintText});
  }

  void radial() const {
    const double middle_y = kHead + kPanel / 2, reach = kPanel / 2 - kThumb - 26;
    const double scale = std::max(most_, -least_) > 0 ? reach / std::max(most_, -least_) : 0;
    const auto turned = [&](double degrees, double radius) {
      const double angle = degrees * std::numbers::pi / 180;
      return at(kPanel / 2 + radius * std::cos(angle), middle_y - radius * std::sin(angle));
    };
    for (const double share : {0.5, 1.0}) drawing_.ring(turned(0, 0), share * reach, kGridLine);
    for (int k = 0; k < kRadialThumbs; ++k) {
      const double degrees = 360.0 * k / kRadialThumbs;
      drawing_.line(turned(0, 0), turned(degrees, reach), kGridLine);
      const DrawnPoint label = turned(degrees, reach + 11);
      drawing_.text({label.x, label.y + 3}, fmt::format("{:.0f}\u00b0", degrees),
                    {.size = 9, .anchor = Anchor::middle, .colour = kFaintText});
      if (const auto index = nearest(degrees)) {
        const DrawnPoint centre = turned(degrees, reach + 24 + kThumb / 2);
        drawing_.picture({centre.x - kThumb / 2, centre.y - kThumb / 2}, kThumb, kThumb,
                         thumbnail_of(tuning_, *index), false);
      }
    }
    const DrawnPoint rim = turned(67, reach);
    drawing_.text({rim.x + 2, rim.y - 3}, fmt::format("{:.3g}", std::max(most_, -least_)),
                  {.size = 9, .colour = kFaintText});
    for (const TuningCurve& curve : curves_) {
      for (const double sign : {1.0, -1.0}) {
        if (sign < 0 && least_ >= 0) continue;
        std::vector<DrawnPoint> points;
        for (std::size_t i = 0; i < curve.values.size(); ++i)
          points.push_back(turned(sweep().values[i], scale * std::max(0.0, sign * curve.values[i])));
        drawing_.path(points, sweep().full_turn(), {curve.colour, 1.8, sign < 0});
      }
    }
  }

  void cartesian() const {
    constexpr double kLeft = 52, kTop = kHead + 10, kBelow = kThumb + 46;
    const std::vector<double>& values = sweep().values;
    const SvgChart chart(drawing_, at(kLeft, kTop), kPanel - kLeft - 16, kHead + kPanel - kBelow - kTop,
                         {values.front(), values.back()}, {least_, most_});
    chart.grid();
    const std::size_t thumbs = std::min(kAxisThumbs, values.size());
    for (std::size_t k = 0; k < thumbs; ++k) {
      const std::size_t index = k * (values.size() - 1) / (thumbs - 1);
      chart.mark(values[index]);
      const DrawnPoint foot = chart.at(values[index], least_);
      const double inside = std::clamp(foot.x - kThumb / 2, corner_.x, corner_.x + kPanel - kThumb);
      drawing_.picture({inside, foot.y + 18}, kThumb, kThumb, thumbnail_of(tuning_, index), false);
    }
    chart.name_axis(axis_name(sweep()), kThumb + 30);
    for (const TuningCurve& curve : curves_) chart.curve(values, curve.values, {curve.colour, 1.8, false});
  }

 private:
  const Sweep& sweep() const { return tuning_.stimuli.sweeps[0]; }

  DrawnPoint at(double x, double y) const { return {corner_.x + x, corner_.y + y}; }

  /// The place of the sweep that is nearest to an angle, if it comes within half a step.
  std::optional<std::size_t> nearest(double degrees) const {
    const std::vector<double>& values = sweep().values;
    const double step = values[1] - values[0];
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::abs(std::remainder(values[i] - degrees, 360)) <= step / 2) return i;
    }
    return std::nullopt;
  }

  SvgDrawing& drawing_;
  const Tuning& tuning_;
  DrawnPoint corner_;
  std::vector<TuningCurve> curves_;
  double most_ = 0, least_ = 0;
};

/// Which curve is which: those of few, or the first, the middle and the last of many; in rows that the width holds.
double draw_legend(SvgDrawing& drawing, const Tuning& tuning, double y, double width) {
  const std::size_t family = family_size(tuning);
  if (family < 2) return y;
  std::vector<std::size_t> shown;
  for (std::size_t k = 0; k < family; ++k) {
    if (family <= kMostLegend || k == 0 || k == family / 2 || k + 1 == family) shown.push_back(k);
  }
  drawing.text({kMargin, y}, axis_name(tuning.stimuli.sweeps[1]), {.colour = kFaintText});
  double x = kMargin + kLegendName;
  for (const std::size_t k : shown) {
    if (x + kLegendEntry > width) {
      x = kMargin + kLegendName;
      y += kLegendRow;
    }
    drawing.line({x, y - 4}, {x + 16, y - 4}, {curve_colour(k, family), 2.5, false});
    drawing.text({x + 20, y}, fmt::format("{:.4g}", tuning.stimuli.sweeps[1].values[k]));
    x += kLegendEntry;
  }
  return y + kLegendRow;
}

}  // namespace

std::string tuning_svg(const Tuning& tuning, std::string_view about) {
  SvgDrawing drawing;
  const auto units = static_cast<int>(tuning.units.size());
  const int columns = std::min(units, kPanelColumns), rows = (units + columns - 1) / columns;
  const double width = columns * (kPanel + kMargin) + kMargin;
  const double y = draw_legend(drawing, tuning, kMargin + 10, width);
  const double row_height = kHead + kPanel + kMargin;
  const bool around = tuning.stimuli.sweeps[0].parameter->angle;
  for (int unit = 0; unit < units; ++unit) {
    const Panel panel(drawing, tuning, static_cast<std::size_t>(unit),
                      {kMargin + unit % columns * (kPanel + kMargin), y + unit / columns * row_height});
    around ? panel.radial() : panel.cartesian();
  }
  return drawing.document(width, y + rows * row_height, about);
}

}  // namespace limpid
