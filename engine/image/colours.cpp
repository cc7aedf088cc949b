#include "engine/image/colours.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// What the squash turns into `colour`.
double unsquash(Squash squash, float colour) {
  if (squash == Squash::clip) return static_cast<double>(colour);
  const auto inside = static_cast<double>(std::clamp(colour, kColourMargin, 1 - kColourMargin));
  return std::log(inside / (1 - inside));
}

}  // namespace

ColourMatrix inverse(const ColourMatrix& matrix) {
  double m[3][3];
  double scale = 1;
  for (int column = 0; column < 3; ++column) {
    double square = 0;
    for (int row = 0; row < 3; ++row) {
      m[row][column] = static_cast<double>(matrix.value[row][column]);
      square += m[row][column] * m[row][column];
    }
    scale *= std::sqrt(square);
  }
  // Cofactors: the rows of the transposed adjugate are cross products of the columns.
  double cofactor[3][3];
  for (int i = 0; i < 3; ++i) {
    const int i1 = (i + 1) % 3, i2 = (i + 2) % 3;
    for (int j = 0; j < 3; ++j) {
      const int j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      cofactor[i][j] = m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1];
    }
  }
  const double determinant = m[0][0] * cofactor[0][0] + m[0][1] * cofactor[0][1] + m[0][2] * cofactor[0][2];
  constexpr double kLeastDeterminant = 1e-6;
  if (!(std::abs(determinant) > kLeastDeterminant * scale)) {
    fail_usage("the colour matrix has no inverse: its columns span no three dimensions");
  }
  ColourMatrix result{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) result.value[i][j] = static_cast<float>(cofactor[j][i] / determinant);
  }
  return result;
}

std::vector<float> latent_of_photo(const Image& photo, const ColourRule& rule, bool grayscale, bool alpha) {
  const std::size_t pixels = photo.rgb.size() / 3;
  std::vector<float> latent(grayscale ? pixels : 3 * pixels);
  const ColourMatrix from_colours = inverse(rule.matrix);
  for (std::size_t i = 0; i < pixels; ++i) {
    const float* rgb = photo.rgb.data() + 3 * i;
    if (grayscale) {
      latent[i] = static_cast<float>(unsquash(rule.squash, (rgb[0] + rgb[1] + rgb[2]) / 3));
      continue;
    }
    double x[3];
    for (int c = 0; c < 3; ++c) {
      x[c] = unsquash(rule.squash, rgb[c]) - static_cast<double>(rule.offset.value[c]);
    }
    for (std::size_t axis = 0; axis < 3; ++axis) {
      double sum = 0;
      for (int c = 0; c < 3; ++c) sum += static_cast<double>(from_colours.value[axis][c]) * x[c];
      latent[axis * pixels + i] = static_cast<float>(sum);
    }
  }
  if (alpha) latent.resize(latent.size() + pixels, static_cast<float>(unsquash(Squash::sigmoid, 1)));
  return latent;
}

}  // namespace limpid
