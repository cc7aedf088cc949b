#include "bench/roofline_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace limpid::bench {
namespace {

constexpr double kMargin = 16;
constexpr double kRow = 16;
constexpr double kLabels = 330;  ///< Width of the column of names.
constexpr double kBars = 480;    ///< Length of a section's longest bar.
constexpr double kValues = 150;  ///< Width of the column of numbers.
constexpr double kWidth = kMargin + kLabels + kBars + kValues + kMargin;

// Blue and orange are told apart by everyone; the light tint is the time above the floor.
constexpr const char* kMathColour = "#d95f02";
constexpr const char* kBytesColour = "#1f78b4";
constexpr const char* kAboveFloorColour = "#c6c6c6";

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// Writes downwards and remembers how far it came.
class Page {
 public:
  void heading(const std::string& text, int size) {
    y_ += 2 * kRow;
    fmt::format_to(out(), "<text x=\"{}\" y=\"{}\" font-size=\"{}\" font-weight=\"bold\">{}</text>\n",
                   kMargin, y_, size, escaped(text));
  }

  void legend() {
    y_ += 1.5 * kRow;
    double x = kMargin;
    for (const auto& [colour, text] : {std::pair{kMathColour, "floor, bound by arithmetic"},
                                       std::pair{kBytesColour, "floor, bound by bytes"},
                                       std::pair{kAboveFloorColour, "measured time above it"}}) {
      rectangle(x, 12, colour);
      fmt::format_to(out(), "<text x=\"{}\" y=\"{}\">{}</text>\n", x + 18, y_, text);
      x += 210;
    }
  }

  void bar(const PlotBar& bar, double longest) {
    y_ += kRow;
    const double scale = longest > 0 ? kBars / longest : 0;
    const double floor = std::min(bar.floor_seconds, bar.seconds) * scale;
    fmt::format_to(out(), "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                   kMargin + kLabels - 6, y_, escaped(bar.label));
    rectangle(kMargin + kLabels, bar.seconds * scale, kAboveFloorColour);
    rectangle(kMargin + kLabels, floor, bar.bound_by_math ? kMathColour : kBytesColour);
    fmt::format_to(out(), "<text x=\"{:.1f}\" y=\"{:.1f}\">{:.1f} us, {:.0f} %</text>\n",
                   kMargin + kLabels + bar.seconds * scale + 6, y_, bar.seconds * 1e6,
                   bar.seconds > 0 ? 100 * bar.floor_seconds / bar.seconds : 0);
  }

  std::string document() const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" "
        "fill=\"white\"/>\n"
        "{2}</svg>\n",
        kWidth, y_ + 2 * kRow, body_);
  }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(body_); }

  void rectangle(double x, double width, const char* colour) {
    fmt::format_to(out(), "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"11\" fill=\"{}\"/>\n", x,
                   y_ - 10, width, colour);
  }

  std::string body_;
  double y_ = 0;
};

}  // namespace

std::string plot_svg(const std::string& title, const std::vector<PlotSection>& sections) {
  Page page;
  page.heading(title, 15);
  page.legend();
  for (const PlotSection& section : sections) {
    page.heading(section.title, 13);
    double longest = 0;
    for (const PlotBar& bar : section.bars) longest = std::max(longest, bar.seconds);
    for (const PlotBar& bar : section.bars) page.bar(bar, longest);
  }
  return page.document();
}

}  // namespace limpid::bench
