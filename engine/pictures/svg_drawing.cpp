#include "engine/pictures/svg_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "engine/pictures/base64.h"
#include "engine/pictures/markup.h"
#include "engine/pictures/png.h"

namespace limpid {
namespace {

constexpr std::array<std::string_view, 3> kAnchors = {"start", "middle", "end"};

std::string stroke_of(const LineStyle& style) {
  std::string text = fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"{:.4g}\"",
                                 escaped_markup(style.colour), style.width);
  if (style.dashed) text += " stroke-dasharray=\"4 3\"";
  if (style.opacity < 1) text += fmt::format(" stroke-opacity=\"{:.3g}\"", style.opacity);
  return text;
}

}  // namespace

std::string css_colour(const std::array<float, 3>& rgb) {
  return fmt::format("rgb({:.0f},{:.0f},{:.0f})", 255 * rgb[0], 255 * rgb[1], 255 * rgb[2]);
}

void SvgDrawing::text(DrawnPoint at, std::string_view words, const TextStyle& style) {
  fmt::format_to(
      std::back_inserter(body_),
      "<text x=\"{:.2f}\" y=\"{:.2f}\" font-size=\"{:.4g}\" text-anchor=\"{}\" fill=\"{}\"{}>{}</text>\n",
      at.x, at.y, style.size, kAnchors[static_cast<std::size_t>(style.anchor)], escaped_markup(style.colour),
      style.bold ? " font-weight=\"bold\"" : "", escaped_markup(words));
}

void SvgDrawing::rectangle(DrawnPoint corner, double width, double height, std::string_view colour) {
  fmt::format_to(std::back_inserter(body_),
                 "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"/>\n",
                 corner.x, corner.y, width, height, escaped_markup(colour));
}

void SvgDrawing::line(DrawnPoint from, DrawnPoint to, const LineStyle& style) {
  fmt::format_to(std::back_inserter(body_),
                 "<line x1=\"{:.2f}\" y1=\"{:.2f}\" x2=\"{:.2f}\" y2=\"{:.2f}\" {}/>\n", from.x, from.y, to.x,
                 to.y, stroke_of(style));
}

void SvgDrawing::path(std::span<const DrawnPoint> points, bool closed, const LineStyle& style) {
  body_ += closed ? "<polygon points=\"" : "<polyline points=\"";
  for (const DrawnPoint& point : points)
    fmt::format_to(std::back_inserter(body_), "{:.2f},{:.2f} ", point.x, point.y);
  body_ += fmt::format("\" {}/>\n", stroke_of(style));
}

void SvgDrawing::disc(DrawnPoint centre, double radius, std::string_view colour) {
  fmt::format_to(std::back_inserter(body_),
                 "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\" fill=\"{}\"/>\n", centre.x, centre.y,
                 radius, escaped_markup(colour));
}

void SvgDrawing::ring(DrawnPoint centre, double radius, const LineStyle& style) {
  fmt::format_to(std::back_inserter(body_), "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\" {}/>\n",
                 centre.x, centre.y, radius, stroke_of(style));
}

void SvgDrawing::picture(DrawnPoint corner, double width, double height, const Image& image, bool crisp) {
  fmt::format_to(
      std::back_inserter(body_),
      "<image x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" preserveAspectRatio=\"none\"{} "
      "href=\"data:image/png;base64,{}\"/>\n",
      corner.x, corner.y, width, height, crisp ? " style=\"image-rendering:pixelated\"" : "",
      to_base64(encode_png(image)));
}

std::string SvgDrawing::document(double width, double height, std::string_view about) const {
  const std::string said = about.empty() ? "" : fmt::format("<desc>{}</desc>\n", escaped_markup(about));
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\" font-family=\"sans-serif\">\n{2}<rect width=\"100%\" height=\"100%\" "
      "fill=\"white\"/>\n{3}</svg>\n",
      width, height, said, body_);
}

}  // namespace limpid
