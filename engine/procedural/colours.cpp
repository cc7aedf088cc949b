#include "engine/procedural/colours.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace limpid {
namespace {

struct Range {
  double low, high;

  double at(double t) const { return low + (high - low) * t; }
};

/// In turns; they may run over 1.
struct HsvRanges {
  Range hue, saturation, value;
};

constexpr std::array<HsvRanges, 10> kFamilies = {{
    {{0.03, 0.11}, {0.25, 0.65}, {0.12, 0.80}},
    {{0.07, 0.14}, {0.12, 0.45}, {0.45, 0.95}},
    {{0.20, 0.38}, {0.30, 0.75}, {0.12, 0.80}},
    {{-0.02, 0.14}, {0.55, 0.90}, {0.30, 0.95}},
    {{0.53, 0.62}, {0.15, 0.65}, {0.35, 0.97}},
    {{0.46, 0.60}, {0.35, 0.80}, {0.12, 0.80}},
    {{0.00, 1.00}, {0.00, 0.14}, {0.12, 0.92}},
    {{0.66, 1.04}, {0.25, 0.60}, {0.12, 0.80}},
    {{0.82, 1.16}, {0.30, 0.85}, {0.55, 1.00}},
    {{0.00, 1.00}, {0.45, 0.95}, {0.35, 0.98}},
}};

constexpr std::array kGrounds = {ColourFamily::earth, ColourFamily::sand, ColourFamily::foliage,
                                 ColourFamily::sky,   ColourFamily::sea,  ColourFamily::stone,
                                 ColourFamily::dusk};

const HsvRanges& ranges_of(ColourFamily family) {
  return kFamilies[static_cast<std::size_t>(family)];
}

ColourFamily any_family(PictureDraws& draws, bool for_ground) {
  if (for_ground) return kGrounds[static_cast<std::size_t>(draws.integer(0, kGrounds.size() - 1))];
  return static_cast<ColourFamily>(draws.integer(0, kFamilies.size() - 1));
}

Colour from_hsv(double hue, double saturation, double value) {
  const auto channel = [&](double offset) {
    const double turned = offset + (hue - std::floor(hue)) * 6;
    const double k = turned - 6 * std::floor(turned / 6);
    return value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0);
  };
  return {channel(5), channel(3), channel(1)};
}

}  // namespace

Colour mixed(const Colour& a, const Colour& b, double t) {
  return {std::lerp(a.red, b.red, t), std::lerp(a.green, b.green, t), std::lerp(a.blue, b.blue, t)};
}

Colour scaled(const Colour& colour, double factor) {
  return {colour.red * factor, colour.green * factor, colour.blue * factor};
}

Colour colour_of(PictureDraws& draws, std::initializer_list<ColourFamily> families) {
  const ColourFamily family = families.size() == 0
                                  ? any_family(draws, false)
                                  : families.begin()[draws.integer(0, static_cast<int>(families.size()) - 1)];
  const HsvRanges& ranges = ranges_of(family);
  const double hue = ranges.hue.at(draws.unit()), saturation = ranges.saturation.at(draws.unit());
  return from_hsv(hue, saturation, ranges.value.at(draws.uniform(0.5, 1)));
}

std::vector<Colour> palette(PictureDraws& draws, int count, bool for_ground) {
  std::array<ColourFamily, 2> families = {any_family(draws, for_ground), any_family(draws, for_ground)};
  if (draws.chance(0.5)) families[1] = families[0];
  const std::array<double, 2> centres = {draws.unit(), draws.unit()};
  std::vector<Colour> colours;
  for (int i = 0; i < count; ++i) {
    const auto which = static_cast<std::size_t>(draws.integer(0, 1));
    const HsvRanges& ranges = ranges_of(families[which]);
    const double hue = ranges.hue.at(0.7 * centres[which] + 0.3 * draws.unit());
    const double saturation = ranges.saturation.at(draws.unit());
    const double place = (i + draws.uniform(-0.15, 0.15)) / (count - 1);
    colours.push_back(
        from_hsv(hue, saturation, std::clamp(ranges.value.at(std::clamp(place, 0.0, 1.0)), 0.03, 1.0)));
  }
  if (draws.chance(0.5)) std::reverse(colours.begin(), colours.end());
  return colours;
}

Colour along(const std::vector<Colour>& colours, double t) {
  const auto last = static_cast<double>(colours.size() - 1);
  const double place = std::clamp(t, 0.0, 1.0) * last;
  const double index = std::min(std::floor(place), last - 1);
  const auto i = static_cast<std::size_t>(index);
  return mixed(colours[i], colours[i + 1], place - index);
}

}  // namespace limpid
