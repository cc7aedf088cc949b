// Exact stimuli: lines, curves, gratings, Gabors, discs and colours, drawn by formulas around a point.
//
// A pixel's place (u, v) is counted from the stimulus' centre, u to the right and v up, and turned back by its orientation
// a: along = u cos a + v sin a, across = v cos a - u sin a. An edge at distance d is antialiased by the share of the pixel
// that lies within, edge(d) = clamp(d + 1/2, 0, 1), exact for edges along the pixels; a band of width w is
// band(d, w) = edge(d + w/2) - edge(d - w/2), which also holds for bands thinner than a pixel.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "engine/image/image.h"
#include "kernels/core/names.h"

namespace limpid {

enum class StimulusKind {
  line,     ///< band(across, width) * band(along, length).
  curve,    ///< An arc, below.
  grating,  ///< cos(2 pi frequency across + phase), averaged over the pixel: times sinc(f_x) sinc(f_y).
  gabor,    ///< The grating times exp(-(u^2 + v^2) / (2 sigma^2)).
  disc,     ///< edge(radius - sqrt(u^2 + v^2)).
  colour,   ///< A disc of that colour; with a radius of 0 the whole picture.
};
// The arc's middle lies at the stimulus' centre, and the centre of its circle `radius` away in the direction of the
// orientation: rho = distance from there, phi = angle from the arc's middle; band(rho - radius, width) * band(radius phi, length).

template <>
inline constexpr std::array<std::string_view, 6> kNames<StimulusKind> = {"line",  "curve", "grating",
                                                                         "gabor", "disc",  "colour"};

/// Lengths are in pixels, angles in degrees, anticlockwise from the right.
struct Stimulus {
  StimulusKind kind = StimulusKind::line;
  double orientation =
      0;  ///< Of a line and of a grating's stripes their direction; of a curve that of its circle's centre.
  double radius = 24;
  double width = 3;
  double length = 64;
  double frequency = 0.08;  ///< Cycles a pixel.
  double phase = 0;         ///< 0: a bright stripe in the middle.
  double sigma = 12;
  double contrast = 1;                              ///< 1 is white on gray, -1 black on gray.
  double hue = 0, saturation = 1, lightness = 0.5;  ///< Of a colour (HSL).
  double x = 0, y = 0;  ///< How far it lies to the right of and above the point that it is drawn around.
};

/// A number that makes a stimulus, and what it may be.
struct StimulusParameter {
  std::string_view name;
  double Stimulus::*member;
  double least, most;
  bool angle;  ///< Whether 360 is 0 again.
  std::string_view unit;
  std::string_view kinds;  ///< The kinds that have it, by their names; empty for all.
  std::string_view help;

  bool shapes(StimulusKind kind) const;
};

/// Every parameter, a row each.
std::span<const StimulusParameter> stimulus_parameters();

/// Reads "curve" or "curves". Throws Error{usage} listing the kinds.
StimulusKind parse_stimulus_kind(std::string_view text);

/// The picture of side x side pixels, RGB: 0.5 (gray), and `contrast` / 2 more where the stimulus is. (`y`, `x`): the point that it
/// is drawn around, in pixels from the upper left corner.
Image draw_stimulus(const Stimulus& stimulus, int side, double y, double x);

}  // namespace limpid
