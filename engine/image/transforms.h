// What a picture goes through on its way to the network: a list of random transforms, and its text form.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/ops/transform_kind.h"

namespace limpid {

struct TransformList;
struct ValueRange;

/// A number, or numbers of which one is drawn.
struct Values {
  float first = 0, last = 0;  ///< first <= last.
  int count = 0;           ///< Evenly spaced values, each as likely; 0: as the transform draws between them.
  int times = 1;           ///< Among several `Values`: how often each counts.
  bool geometric = false;  ///< `count` values of one ratio, not of one difference.

  bool operator==(const Values&) const = default;
};

/// One transform. Its arguments are those of the text form, defaults filled in: pixels and the value of a
/// pad, height and width of a crop, six deviations of a homography, the probability of a flip; for the others
/// one value or several to choose from.
struct Transform {
  TransformKind kind = TransformKind::jitter;
  std::vector<Values> arguments;

  bool operator==(const Transform&) const = default;
};

/// How a list is applied.
enum class ViewStyle {
  composed,  ///< limpid's: all that moves in one bilinear resampling, drawn anew for every picture and view.
  lucid,  ///< The others: one resampling after the other by the peer's rules, one draw for a job's pictures.
  lucent,
  captum,
};

/// Transforms in the order in which they are applied to the picture, drawn anew in every step.
struct Transforms {
  std::vector<Transform> list;
  ViewStyle style = ViewStyle::composed;
  /// Height and width to which what the list leaves is resampled at the end, bilinearly with corners on corners.
  /// No part of the text form.
  std::optional<std::array<int, 2>> seen = {};

  bool staged() const { return style != ViewStyle::composed; }

  bool operator==(const Transforms&) const = default;
};

/// Reads a list of transforms apart by spaces, or "none". V is a number, a range a..b, a range in n values of
/// one difference, a..b/n, or of one ratio, a..b^n; or several of them apart by commas, where 5*V counts five
/// times.
///
///   pad(N), pad(N,X)    N pixels of value X (0.5) around the picture, and without end beyond them
///   pad(N,reflect)      N pixels that mirror the picture about its outermost pixels; X or 0.5 beyond them
///   jitter(N)           a move by whole pixels, one of N + 1 in each dimension: -floor(N / 2) .. ceil(N / 2)
///   scale(V)            a magnification; a..b is eleven evenly spaced values (lucid's)
///   rotate(V)           degrees; whole a..b are the whole degrees between, and five more zeros where alone
///                       and 0 is among them (lucid's); other a..b any angle between
///   shear(V)            columns lean by degrees, any between
///   homography, homography(T,R,D,S,P,U)  move, turn (degrees), shear by S along a direction of D degrees,
///                       vanishing points P / pixel, another move: truncated normal values of these
///                       deviations, by default 3, 2.5, 2.5, 0.01, 0.0001, 2 (lucid's)
///   flip, flip(P)       left for right, with probability P (0.5)
///   crop(N), crop(HxW)  a box of H x W at a random place of the picture and the pads before it, shown as
///                       large as the network's input; crop(N,centre) the box in the middle
///   blur(V)             a Gaussian of that deviation in picture pixels, before anything else; drawn per
///                       picture, not per view
///   noise(V)            normal noise of that deviation in picture values, after everything else
///   contrast(V)         differences from 0.5 times V
///   brightness(V)       values times V
///   saturation(V)       differences from the grey of the same luma times V
///   hue(V)              a turn of the colours by degrees about the greys
///
/// The network's input is as large as the picture, and shows the middle of what the list leaves: pads show
/// where something moves them into view. All that moves is composed into one bilinear resampling.
///
/// A list that begins with "lucid:", "lucent:" or "captum:" is applied as that tool does, one transform after
/// the other, and the network sees whatever canvas they leave. Pads (as many as wanted), jitter, scale and
/// rotate are all there is then, and they mean:
///
///             jitter(N)                        scale(V)                            rotate(V)
///   lucid     a window N pixels smaller        bilinear from the corner, size      nearest pixels, radians
///             at one of N + 1 places           rounded down                        / 3.14 * 180, zeros beyond
///   lucent    0 .. N - 1 pixels right and      bilinear, corners stay, size        bilinear, zeros beyond
///             down, zeros behind               rounded up, zeros around a smaller
///   captum    -N .. N - 1 pixels, mirrored     bilinear of half pixels, size       bilinear, zeros beyond
///             behind                           rounded down
///
/// lucent's end enlarged to 224 x 224 where the picture is less than that high or wide.
///
/// Throws Error{usage} that names the character, counted from 1, and what was expected there.
Transforms parse_transforms(std::string_view text);

/// The canonical text; parse_transforms reads it back.
std::string to_string(const Transforms& transforms);

/// limpid's own: lucid's list in one resampling. noexcept, for it is what RenderOptions begin with: out of
/// memory ends the program.
Transforms default_transforms() noexcept;

/// What a jitter, scale, rotate, shear, blur or change of colours is drawn from.
std::vector<ValueRange> value_ranges(const Transform& transform);

/// Throws Error{usage} where a picture of this size is too small for a composed list (of any list:
/// check_transforms in staged_views.h).
void check_composed(const Transforms& transforms, int height, int width);

/// What a composed list needs beyond an affine map and one value around the picture; nothing of a staged one.
struct TransformNeeds {
  bool views = false;  ///< ViewWarp: a mirrored border, a homography, colours or noise.
  bool blur = false;

  bool operator==(const TransformNeeds&) const = default;
};
TransformNeeds needs_of(const Transforms& transforms);

/// The composed list for a picture of this size, which check_composed let pass.
TransformList device_list(const Transforms& transforms, int height, int width);

}  // namespace limpid
