// A picture of where a step's time goes: operations as bars, their floors as the dark part.
#pragma once

#include <string>
#include <vector>

namespace limpid::bench {

struct PlotBar {
  std::string label;
  double seconds = 0;
  double floor_seconds = 0;
  bool bound_by_math = false;
};

struct PlotSection {
  std::string title;
  std::vector<PlotBar> bars;
};

/// An SVG document: sections one under the other, a bar a row, its length the time it took and its dark part
/// the floor. Bars of a section share a scale.
std::string plot_svg(const std::string& title, const std::vector<PlotSection>& sections);

}  // namespace limpid::bench
