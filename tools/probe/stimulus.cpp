#include "tools/probe/stimulus.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr double kGray = 0.5;

constexpr std::array<StimulusParameter, 13> kParameters = {{
    {"orientation", &Stimulus::orientation, -36000, 36000, true, "degrees", "line curve grating gabor",
     "Direction of a line and of a grating's stripes; of a curve where its circle's centre lies"},
    {"radius", &Stimulus::radius, 0, 8192, false, "pixels", "curve disc colour",
     "Of a curve's circle, of a disc, and of a patch of colour, whose 0 is the whole picture"},
    {"width", &Stimulus::width, 0.01, 8192, false, "pixels", "line curve", "Of the stroke"},
    {"length", &Stimulus::length, 0.01, 20000, false, "pixels", "line curve", "Of the stroke"},
    {"frequency", &Stimulus::frequency, 0, 0.5, false, "cycles a pixel", "grating gabor", "Of the stripes"},
    {"phase", &Stimulus::phase, -36000, 36000, true, "degrees", "grating gabor",
     "Of the stripes: at 0 a bright one is in the middle"},
    {"sigma", &Stimulus::sigma, 0.1, 8192, false, "pixels", "gabor", "Standard deviation of the envelope"},
    {"contrast", &Stimulus::contrast, -1, 1, false, "", "line curve grating gabor disc",
     "1 is white on gray, -1 black on gray"},
    {"hue", &Stimulus::hue, -36000, 36000, true, "degrees", "colour", "0 is red, 120 green, 240 blue"},
    {"saturation", &Stimulus::saturation, 0, 1, false, "", "colour", "0 is gray"},
    {"lightness", &Stimulus::lightness, 0, 1, false, "", "colour", "0 is black, 1 white"},
    {"x", &Stimulus::x, -8192, 8192, false, "pixels", "", "How far to the right of the middle it is drawn"},
    {"y", &Stimulus::y, -8192, 8192, false, "pixels", "", "How far above the middle it is drawn"},
}};

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

double edge(double d) {
  return std::clamp(d + 0.5, 0.0, 1.0);
}

double band(double d, double width) {
  return edge(d + width / 2) - edge(d - width / 2);
}

/// sin(pi x) / (pi x): what averaging over a pixel leaves of a wave of x cycles a pixel.
double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return std::abs(angle) < 1e-9 ? 1 : std::sin(angle) / angle;
}

/// How much of the stimulus is at a place: 0 to 1, of stripes -1 to 1.
class Shape {
 public:
  explicit Shape(const Stimulus& s)
      : s_(s), cos_(std::cos(radians(s.orientation))), sin_(std::sin(radians(s.orientation))) {}

  double at(double u, double v) const {
    switch (s_.kind) {
      case StimulusKind::line:
        return band(across(u, v), s_.width) * band(u * cos_ + v * sin_, s_.length);
      case StimulusKind::curve:
        return arc(u, v);
      case StimulusKind::grating:
        return stripes(u, v);
      case StimulusKind::gabor:
        return stripes(u, v) * std::exp(-(u * u + v * v) / (2 * s_.sigma * s_.sigma));
      case StimulusKind::disc:
        return edge(s_.radius - std::hypot(u, v));
      case StimulusKind::colour:
        return s_.radius > 0 ? edge(s_.radius - std::hypot(u, v)) : 1;
    }
    return 0;
  }

 private:
  double across(double u, double v) const { return v * cos_ - u * sin_; }

  double stripes(double u, double v) const {
    const double f = s_.frequency;
    return std::cos(2 * std::numbers::pi * f * across(u, v) + radians(s_.phase)) * sinc(f * sin_) *
           sinc(f * cos_);
  }

  double arc(double u, double v) const {
    // From the circle's centre, in a frame in which the arc's middle lies straight ahead.
    const double ahead = s_.radius - (u * cos_ + v * sin_);
    const double aside = across(u, v);
    const double along = s_.radius * std::atan2(aside, ahead);
    return band(std::hypot(ahead, aside) - s_.radius, s_.width) * band(along, s_.length);
  }

  const Stimulus& s_;
  double cos_, sin_;
};

/// HSL to RGB, as CSS has it.
std::array<double, 3> colour_of(const Stimulus& s) {
  const double reach = s.saturation * std::min(s.lightness, 1 - s.lightness);
  std::array<double, 3> rgb{};
  constexpr std::array<double, 3> kFirst = {0, 8, 4};
  for (std::size_t c = 0; c < 3; ++c) {
    const double turn = s.hue / 30 + kFirst[c];
    const double k = turn - 12 * std::floor(turn / 12);
    rgb[c] = s.lightness - reach * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
  }
  return rgb;
}

}  // namespace

bool StimulusParameter::shapes(StimulusKind kind) const {
  return kinds.empty() || kinds.find(name_of(kind)) != std::string_view::npos;
}

std::span<const StimulusParameter> stimulus_parameters() {
  return kParameters;
}

StimulusKind parse_stimulus_kind(std::string_view text) {
  const bool plural = text.ends_with('s');
  if (const auto kind = named<StimulusKind>(plural ? text.substr(0, text.size() - 1) : text)) return *kind;
  fail_usage("'{}' is no stimulus: there are {}", text, fmt::join(kNames<StimulusKind>, ", "));
}

Image draw_stimulus(const Stimulus& stimulus, int side, double y, double x) {
  const Shape shape(stimulus);
  std::array<double, 3> full{};
  full.fill(kGray + stimulus.contrast / 2);
  if (stimulus.kind == StimulusKind::colour) full = colour_of(stimulus);
  Image picture{side, side, {}};
  picture.rgb.reserve(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      const double share = shape.at(column + 0.5 - x - stimulus.x, y - row - 0.5 - stimulus.y);
      for (const double value : full)
        picture.rgb.push_back(static_cast<float>(std::clamp(kGray + share * (value - kGray), 0.0, 1.0)));
    }
  }
  return picture;
}

}  // namespace limpid
