// What is optimised: the kinds of parameters that a picture can be made of.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/image/decoder.h"
#include "engine/image/prior.h"
#include "kernels/core/names.h"

namespace limpid {

/// Kinds of parameters, in the order of `Parameters`.
enum class Parameterisation { spectral, pixel, pyramid, cppn, maco, decoder };

template <>
inline constexpr std::array<std::string_view, 6> kNames<Parameterisation> = {"spectral", "pixel", "pyramid",
                                                                             "cppn",     "maco",  "decoder"};

/// Divisors N of a picture's size: coarse terms of height / N x width / N values, one set for each of these
/// different N, which all images of a job share, enlarged and added to each. They align the images. At most
/// eight, from 1 to the picture's longer side; for several images, and without `normalise_gradient`.
using SharedTerms = std::vector<int>;

// Each kind says, beside its own options, the rate of learning that peers optimise it with, and the deviation of the
// normal values that it starts from.

/// Fourier coefficients, scaled by frequency.
struct Spectral {
  static constexpr float kRate = 0.05F, kDeviation = 0.01F;
  float decay_power = 1;    ///< Amplitude falls as frequency^-decay_power.
  float amplitude = 0.25F;  ///< Factor of it: lucid's and lucent's; captum's is 1.
  SharedTerms shared = {};
  bool operator==(const Spectral&) const = default;
};

/// Pixels before the colour transform and the squash.
struct Pixel {
  static constexpr float kRate = 0.05F, kDeviation = 0.01F;
  SharedTerms shared = {};
  bool operator==(const Pixel&) const = default;
};

/// Pixels at the full size, a half, a quarter and an eighth of it, enlarged and summed.
struct Pyramid {
  static constexpr float kRate = 0.05F, kDeviation = 0.01F;
  SharedTerms shared = {};
  bool operator==(const Pyramid&) const = default;
};

/// Weights of a small network that makes colours of coordinates, at any size.
struct Cppn {
  static constexpr float kRate = 0.005F;               ///< lucid's.
  static constexpr float kDeviation = 0.01F;           ///< Of nothing: its layers have their own.
  std::optional<std::array<int, 2>> output_size = {};  ///< Height and width of the final picture, if another.
  bool operator==(const Cppn&) const = default;
};

/// Phases of Fourier coefficients, whose magnitudes are fixed.
struct Maco {
  static constexpr float kRate = 1, kDeviation = 1;  ///< xplique's.
  std::shared_ptr<const MagnitudePrior> prior = {};  ///< The magnitudes; none for limpid's own.
  bool operator==(const Maco&) const = default;
};

/// The latent of a decoder, which makes pictures like those it was trained on.
struct Decoded {
  static constexpr float kRate = 0.05F, kDeviation = 1;
  std::shared_ptr<const Decoder> decoder = {};  ///< Required.
  float penalty = 0.01F;  ///< How strongly the latent is pulled to zero, as by a Gaussian prior.
  bool operator==(const Decoded&) const = default;
};

using Parameters = std::variant<Spectral, Pixel, Pyramid, Cppn, Maco, Decoded>;

inline Parameterisation kind_of(const Parameters& parameters) {
  return static_cast<Parameterisation>(parameters.index());
}

/// Those of a kind as they are where nothing is said.
Parameters parameters_of(Parameterisation kind);

/// Those of another kind: what both have stays, the rest is as where nothing is said.
Parameters changed_to(Parameterisation kind, const Parameters& parameters);

/// The terms that images share; none where their kind has none.
const SharedTerms& shared_of(const Parameters& parameters);

/// What shapes the parameters of a picture, beside its size.
struct ImageForm {
  Parameters parameters = {};
  bool grayscale = false;  ///< One colour plane, not three.
  bool alpha = false;      ///< One more plane: how opaque the picture is.

  int latent_planes() const { return (grayscale ? 1 : 3) + (alpha ? 1 : 0); }
  int picture_planes() const { return alpha ? 4 : 3; }  ///< Colours, then opacity.
  bool operator==(const ImageForm&) const = default;
};

}  // namespace limpid
