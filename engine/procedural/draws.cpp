#include "engine/procedural/draws.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/philox.h"

namespace limpid {

std::uint32_t PictureDraws::bits() {
  if (used_ == words_.size()) {
    const PhiloxBlock block = philox4x32_10(
        {{block_++, static_cast<std::uint32_t>(number_), static_cast<std::uint32_t>(number_ >> 32), 0}},
        static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32));
    std::copy(std::begin(block.word), std::end(block.word), words_.begin());
    used_ = 0;
  }
  return words_[used_++];
}

double PictureDraws::log_uniform(double low, double high) {
  return std::exp(uniform(std::log(low), std::log(high)));
}

int PictureDraws::integer(int low, int high) {
  return low + static_cast<int>(std::uint64_t{bits()} * static_cast<std::uint64_t>(high - low + 1) >> 32);
}

NoiseField::NoiseField(PictureDraws& draws) {
  auto table = std::make_shared<std::array<double, std::size_t{kSide} * kSide>>();
  for (double& value : *table) value = draws.uniform(-1, 1);
  table_ = std::move(table);
}

double NoiseField::at(double x, double y) const {
  const double left = std::floor(x), top = std::floor(y);
  const auto smooth = [](double t) { return t * t * t * (t * (t * 6 - 15) + 10); };
  const double sx = smooth(x - left), sy = smooth(y - top);
  const int column = static_cast<int>(left), row = static_cast<int>(top);
  const double above = std::lerp(corner(column, row), corner(column + 1, row), sx);
  const double below = std::lerp(corner(column, row + 1), corner(column + 1, row + 1), sx);
  return std::lerp(above, below, sy);
}

double NoiseField::fractal(double x, double y, double gain) const {
  double sum = 0, total = 0, amplitude = 1;
  for (int octave = 0; octave < 4; ++octave) {
    sum += amplitude * at(x, y);
    total += amplitude;
    amplitude *= gain;
    x = 2 * x + 17.3;
    y = 2 * y + 5.1;
  }
  return sum / total;
}

double NoiseField::cell(double column, double row, int salt) const {
  const int a = static_cast<int>(column), b = static_cast<int>(row);
  return 0.5 + 0.5 * corner(a * 7 + 3 + 16 * salt, b * 5 + 1 + 29 * salt);
}

}  // namespace limpid
