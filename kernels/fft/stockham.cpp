#include "kernels/fft/stockham.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace limpid::cpu {
namespace {

using Pass = StockhamFft::Pass;
using Root = StockhamFft::Root;

ComplexLanes operator+(const ComplexLanes& a, const ComplexLanes& b) {
  return {a.re + b.re, a.im + b.im};
}
ComplexLanes operator-(const ComplexLanes& a, const ComplexLanes& b) {
  return {a.re - b.re, a.im - b.im};
}
ComplexLanes operator*(const ComplexLanes& a, Root w) {
  return {a.re * w.re - a.im * w.im, a.re * w.im + a.im * w.re};
}
ComplexLanes times_i(const ComplexLanes& a) {
  return {-a.im, a.re};
}

/// e^{2 pi i numerator / denominator}. Quarter turns are exact: they must not leak 1e-8 of one part into the
/// other.
Root root_of_unity(std::int64_t numerator, std::int64_t denominator) {
  if (4 * numerator % denominator == 0) {
    constexpr Root kQuarters[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    return kQuarters[4 * numerator / denominator % 4];
  }
  const double angle =
      2 * std::numbers::pi * static_cast<double>(numerator) / static_cast<double>(denominator);
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

/// The inputs of one butterfly, `spacing` apart, and where its outputs go, `stride` apart.
struct Place {
  const ComplexLanes* in;
  std::ptrdiff_t spacing;
  ComplexLanes* out;
  std::ptrdiff_t stride;

  const ComplexLanes& input(int j) const { return in[j * spacing]; }
};

/// Walks a pass. butterfly(place, store) calls store(k, value) for every output k.
template <class Butterfly>
void walk(const Pass& pass, const ComplexLanes* x, ComplexLanes* y, const Butterfly& butterfly) {
  const std::ptrdiff_t stride = pass.stride, span = pass.span, radix = pass.radix;
  for (std::ptrdiff_t q = 0; q < stride; ++q) {
    const Place place{x + q, stride * span, y + q, stride};
    butterfly(place, [&](int k, const ComplexLanes& value) { place.out[k * stride] = value; });
  }
  for (std::ptrdiff_t p = 1; p < span; ++p) {
    const Root* twiddles = pass.twiddles.data() + p * (radix - 1) - 1;
    for (std::ptrdiff_t q = 0; q < stride; ++q) {
      const Place place{x + q + stride * p, stride * span, y + q + stride * radix * p, stride};
      butterfly(place, [&](int k, const ComplexLanes& value) {
        place.out[k * stride] = k == 0 ? value : value * twiddles[k];
      });
    }
  }
}

void radix2(const Pass& pass, const ComplexLanes* x, ComplexLanes* y) {
  walk(pass, x, y, [](const Place& place, const auto& store) {
    const ComplexLanes a = place.input(0), b = place.input(1);
    store(0, a + b);
    store(1, a - b);
  });
}

void radix4(const Pass& pass, const ComplexLanes* x, ComplexLanes* y) {
  walk(pass, x, y, [](const Place& place, const auto& store) {
    const ComplexLanes a = place.input(0), b = place.input(1), c = place.input(2), d = place.input(3);
    const ComplexLanes even_sum = a + c, even_difference = a - c;
    const ComplexLanes odd_sum = b + d, odd_difference = times_i(b - d);
    store(0, even_sum + odd_sum);
    store(1, even_difference + odd_difference);
    store(2, even_sum - odd_sum);
    store(3, even_difference - odd_difference);
  });
}

/// Inputs j and radix - j meet conjugate roots, so their sum needs the cosines and their difference the
/// sines; outputs k and radix - k share both.
template <int Radix>
void odd_radix(const Pass& pass, const ComplexLanes* x, ComplexLanes* y) {
  constexpr int kHalf = (Radix - 1) / 2;
  walk(pass, x, y, [&pass](const Place& place, const auto& store) {
    ComplexLanes sum[kHalf], difference[kHalf];
    const ComplexLanes first = place.input(0);
    ComplexLanes total = first;
    for (int j = 1; j <= kHalf; ++j) {
      sum[j - 1] = place.input(j) + place.input(Radix - j);
      difference[j - 1] = place.input(j) - place.input(Radix - j);
      total = total + sum[j - 1];
    }
    store(0, total);
    for (int k = 1; k <= kHalf; ++k) {
      ComplexLanes even = first, odd{};
      for (int j = 1; j <= kHalf; ++j) {
        const Root root = pass.roots[static_cast<std::size_t>(j * k % Radix)];
        even = {even.re + root.re * sum[j - 1].re, even.im + root.re * sum[j - 1].im};
        odd = {odd.re + root.im * difference[j - 1].re, odd.im + root.im * difference[j - 1].im};
      }
      store(k, even + times_i(odd));
      store(Radix - k, even - times_i(odd));
    }
  });
}

/// odd_radix for a prime that is known only at run time; it adds inputs up again for every k rather than keep
/// them.
void prime_radix(const Pass& pass, const ComplexLanes* x, ComplexLanes* y) {
  const int radix = pass.radix;
  walk(pass, x, y, [&pass, radix](const Place& place, const auto& store) {
    ComplexLanes total = place.input(0);
    for (int j = 1; j < radix; ++j) total = total + place.input(j);
    store(0, total);
    for (int k = 1; k <= radix / 2; ++k) {
      ComplexLanes even = place.input(0), odd{};
      int turn = 0;
      for (int j = 1; j <= radix / 2; ++j) {
        turn = turn + k < radix ? turn + k : turn + k - radix;
        const Root root = pass.roots[static_cast<std::size_t>(turn)];
        const ComplexLanes sum = place.input(j) + place.input(radix - j);
        const ComplexLanes difference = place.input(j) - place.input(radix - j);
        even = {even.re + root.re * sum.re, even.im + root.re * sum.im};
        odd = {odd.re + root.im * difference.re, odd.im + root.im * difference.im};
      }
      store(k, even + times_i(odd));
      store(radix - k, even - times_i(odd));
    }
  });
}

/// A divisor of n for the next pass: 4 first, then primes.
int next_radix(int n) {
  for (const int radix : {4, 2, 3, 5, 7}) {
    if (n % radix == 0) return radix;
  }
  int prime = 11;
  while (n % prime != 0) prime = prime * prime > n ? n : prime + 2;
  return prime;
}

}  // namespace

StockhamFft::StockhamFft(int length) {
  for (int rest = length, stride = 1; rest > 1;) {
    const int radix = next_radix(rest);
    const int span = rest / radix;
    Pass pass{radix, span, stride, {}, {}};
    for (int p = 0; p < span; ++p) {
      for (int k = 1; k < radix; ++k) pass.twiddles.push_back(root_of_unity(p * k, rest));
    }
    for (int k = 0; k < radix; ++k) pass.roots.push_back(root_of_unity(k, radix));
    passes_.push_back(std::move(pass));
    rest = span;
    stride *= radix;
  }
}

ComplexLanes* StockhamFft::run(ComplexLanes* x, ComplexLanes* work) const {
  for (const Pass& pass : passes_) {
    switch (pass.radix) {
      case 2:
        radix2(pass, x, work);
        break;
      case 3:
        odd_radix<3>(pass, x, work);
        break;
      case 4:
        radix4(pass, x, work);
        break;
      case 5:
        odd_radix<5>(pass, x, work);
        break;
      case 7:
        odd_radix<7>(pass, x, work);
        break;
      default:
        prime_radix(pass, x, work);
    }
    std::swap(x, work);
  }
  return x;
}

std::string StockhamFft::radices() const {
  std::string text;
  for (const Pass& pass : passes_) text += fmt::format("{}{}", text.empty() ? "" : "x", pass.radix);
  return text.empty() ? "1" : text;
}

}  // namespace limpid::cpu
