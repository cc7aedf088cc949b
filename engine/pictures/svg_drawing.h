// Drawings as SVG: lines, shapes, text and pictures within one file that fetches nothing.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "engine/image/image.h"

namespace limpid {

/// Coordinates of a drawing, from its upper left corner on, to the right and down.
struct DrawnPoint {
  double x = 0, y = 0;
};

/// RGB in [0, 1] as CSS writes it: "rgb(255,115,0)".
std::string css_colour(const std::array<float, 3>& rgb);

struct TextStyle {
  enum class Anchor { start, middle, end };
  double size = 11;
  Anchor anchor = Anchor::start;  ///< Which of its points is at the given place.
  bool bold = false;
  std::string_view colour = "black";
};

struct LineStyle {
  std::string_view colour = "black";
  double width = 1;
  bool dashed = false;
  double opacity = 1;
};

/// Elements in the order in which they are drawn. Text is any; colours are as CSS writes them.
class SvgDrawing {
 public:
  void text(DrawnPoint at, std::string_view words, const TextStyle& style = {});
  void rectangle(DrawnPoint corner, double width, double height, std::string_view colour);
  void line(DrawnPoint from, DrawnPoint to, const LineStyle& style = {});
  /// Through all points; `closed` joins the last with the first.
  void path(std::span<const DrawnPoint> points, bool closed, const LineStyle& style = {});
  /// A disc without an outline.
  void disc(DrawnPoint centre, double radius, std::string_view colour);
  void ring(DrawnPoint centre, double radius, const LineStyle& style = {});
  /// The picture as a PNG within the file, `crisp` for one whose pixels are to be seen as squares.
  void picture(DrawnPoint corner, double width, double height, const Image& image, bool crisp);

  /// The file, on white. `about` is what it says of itself to programs.
  std::string document(double width, double height, std::string_view about = {}) const;

 private:
  std::string body_;
};

}  // namespace limpid
