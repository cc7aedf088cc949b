// What a set of pictures has in common: colours and the strength of each frequency.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Axes to optimise colours along: colour = matrix * latent (+ mean, where colours are clipped).
struct ColourBasis {
  std::array<std::array<float, 3>, 3> matrix{};  ///< Rows are R, G, B; invertible.
  std::array<float, 3> mean{};                   ///< In [0, 1].

  bool operator==(const ColourBasis&) const = default;
};

/// How strong each frequency of a set of pictures is: mean |real FFT| of their latent planes.
struct MagnitudePrior {
  std::string file;
  std::string sha256;            ///< Of the file's bytes, hexadecimal.
  int height = 0, width = 0;     ///< Of the pictures.
  std::vector<float> magnitude;  ///< 3 x height x (width / 2 + 1), not negative.
};

struct Prior {
  int pictures = 0;                                  ///< It was fitted to.
  std::array<std::array<float, 3>, 3> covariance{};  ///< Of their pixels' colours, R, G, B.
  ColourBasis colours;           ///< The mean colour, and the covariance's Cholesky factor, normalised.
  int height = 0, width = 0;     ///< Of the pictures whose spectra were taken.
  std::vector<float> magnitude;  ///< 3 x height x (width / 2 + 1), see MagnitudePrior.
};

/// Mean and covariance of the colours of all pixels of pictures, each pixel counting alike.
class ColourStatistics {
 public:
  void add(const Image& image);

  /// Divided by the number of pixels.
  std::array<std::array<double, 3>, 3> covariance() const;

  /// The lower triangular factor L with L L^T = covariance, divided by its largest column norm, so that it
  /// takes the place of lucid's matrix (there the symmetric square root by SVD, under the same norm), and the
  /// mean colour. Throws Error{input} where colours do not vary in three dimensions, as those of gray
  /// pictures.
  ColourBasis basis() const;

 private:
  double count_ = 0;
  std::array<double, 3> sum_{};
  std::array<std::array<double, 3>, 3> products_{};
};

/// Mean magnitudes of the spectra of pictures of one size, in the latent planes that a basis turns into their
/// colours (without squash: latent = matrix^-1 colour).
class MagnitudeStatistics {
 public:
  MagnitudeStatistics(const ColourBasis& colours, int height, int width);

  /// A picture of that size.
  void add(const Image& image);

  /// 3 x height x (width / 2 + 1): mean |real FFT|, unnormalised.
  std::vector<float> mean() const;

 private:
  ColourBasis colours_;
  int height_, width_;
  double count_ = 0;
  std::vector<double> sum_;
};

}  // namespace limpid
