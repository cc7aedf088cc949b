// Axes of a drawing, and what lies between them.
#pragma once

#include <span>
#include <string_view>

#include "engine/pictures/svg_drawing.h"

namespace limpid {

/// A rectangle of a drawing in which numbers have places: from `least` at its left or bottom to `most`.
class SvgChart {
 public:
  struct Range {
    double least = 0, most = 1;
  };

  /// Ranges of no extent get one of 1.
  SvgChart(SvgDrawing& drawing, DrawnPoint corner, double width, double height, Range across, Range up);

  DrawnPoint at(double x, double y) const;

  /// Lines at round numbers upwards, with the numbers at their left.
  void grid() const;
  /// A mark below the chart, with the number.
  void mark(double x) const;
  /// In the middle below the marks, `below` the chart's bottom.
  void name_axis(std::string_view name, double below) const;
  /// One point for each number, from left to right.
  void curve(std::span<const double> x, std::span<const double> y, const LineStyle& style) const;

 private:
  SvgDrawing& drawing_;
  DrawnPoint corner_;
  double width_, height_;
  Range across_, up_;
};

/// Of words beside what is drawn.
inline constexpr std::string_view kFaintText = "#6b6b70";
/// Behind what is drawn.
inline constexpr LineStyle kGridLine = {"#d5d5d8", 0.8, false};

}  // namespace limpid
