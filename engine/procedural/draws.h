// The random numbers of one picture: one after another, and as a field over the plane.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace limpid {

/// Philox 4x32-10 under the seed as key; the counter is (block, number of the picture). Nothing but these decides a draw.
class PictureDraws {
 public:
  PictureDraws(std::uint64_t seed, std::uint64_t number) : seed_(seed), number_(number) {}

  std::uint32_t bits();
  /// Uniform on [0, 1), a multiple of 2^-32.
  double unit() { return static_cast<double>(bits()) * 0x1p-32; }
  double uniform(double low, double high) { return low + (high - low) * unit(); }
  /// Its logarithm is uniform; 0 < low <= high.
  double log_uniform(double low, double high);
  /// low <= integer <= high.
  int integer(int low, int high);
  bool chance(double probability) { return unit() < probability; }
  double angle() { return uniform(0, 6.283185307179586); }

 private:
  std::uint64_t seed_, number_;
  std::uint32_t block_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

/// A smooth random field, and numbers for the cells of a lattice. Copies share the table.
class NoiseField {
 public:
  explicit NoiseField(PictureDraws& draws);

  /// Value noise with a lattice of 1, interpolated by 6t^5 - 15t^4 + 10t^3 (Perlin 2002, "Improving Noise"), in (-1, 1).
  double at(double x, double y) const;

  /// Four octaves of it, each of half the size and `gain` times the amplitude, over the sum of these.
  double fractal(double x, double y, double gain = 0.5) const;

  /// In [0, 1), of a cell; 0 <= salt < 4 gives independent ones.
  double cell(double column, double row, int salt = 0) const;

 private:
  static constexpr int kSide = 64;

  double corner(int x, int y) const {
    return (*table_)[static_cast<std::size_t>((y & (kSide - 1)) * kSide + (x & (kSide - 1)))];
  }

  std::shared_ptr<const std::array<double, std::size_t{kSide} * kSide>> table_;
};

}  // namespace limpid
