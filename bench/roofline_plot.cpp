#include "bench/roofline_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/pictures/svg_drawing.h"

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

/// Draws downwards and remembers how far it came.
class Page {
 public:
  void heading(const std::string& text, int size) {
    y_ += 2 * kRow;
    drawing_.text({kMargin, y_}, text, {.size = static_cast<double>(size), .bold = true});
  }

  void legend() {
    y_ += 1.5 * kRow;
    double x = kMargin;
    for (const auto& [colour, text] : {std::pair{kMathColour, "floor, bound by arithmetic"},
                                       std::pair{kBytesColour, "floor, bound by bytes"},
                                       std::pair{kAboveFloorColour, "measured time above it"}}) {
      rectangle(x, 12, colour);
      drawing_.text({x + 18, y_}, text);
      x += 210;
    }
  }

  void bar(const PlotBar& bar, double longest) {
    y_ += kRow;
    const double scale = longest > 0 ? kBars / longest : 0;
    const double floor = std::min(bar.floor_seconds, bar.seconds) * scale;
    drawing_.text({kMargin + kLabels - 6, y_}, bar.label, {.anchor = TextStyle::Anchor::end});
    rectangle(kMargin + kLabels, bar.seconds * scale, kAboveFloorColour);
    rectangle(kMargin + kLabels, floor, bar.bound_by_math ? kMathColour : kBytesColour);
    drawing_.text({kMargin + kLabels + bar.seconds * scale + 6, y_},
                  fmt::format("{:.1f} us, {:.0f} %", bar.seconds * 1e6,
                              bar.seconds > 0 ? 100 * bar.floor_seconds / bar.seconds : 0));
  }

  std::string document() const { return drawing_.document(kWidth, y_ + 2 * kRow); }

 private:
  void rectangle(double x, double width, const char* colour) {
    drawing_.rectangle({x, y_ - 10}, width, 11, colour);
  }

  SvgDrawing drawing_;
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
