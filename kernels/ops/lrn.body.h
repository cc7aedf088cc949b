// Arithmetic of local response normalisation, in two walks over it: a CPU takes a pixel at a time, all its
// channel groups in order with their neighbours in registers; a GPU takes a channel group at a time, for a
// pixel at a time would leave most of it idle.
#pragma once

#include <type_traits>
#include <utility>

#include "kernels/core/group.h"
#include "kernels/ops/lrn.h"

namespace limpid {

/// Three neighbouring channel groups of one pixel.
struct GroupTriple {
  Group before, middle, after;

  LIMPID_HD void push(Group next) {
    before = middle;
    middle = after;
    after = next;
  }
};

/// For each channel of the middle group, the sum over the channels up to `Radius` to either side.
template <int Radius>
LIMPID_HD Group window_sum(const GroupTriple& x) {
  if constexpr (Radius == 0) {
    return x.middle;
  } else {
    return window_sum<Radius - 1>(x) +
           (shifted<-Radius>(x.before, x.middle, x.after) + shifted<Radius>(x.before, x.middle, x.after));
  }
}

/// Powers of D.
struct LrnPowers {
  Group minus_beta;
  Group minus_one;
};

/// For beta 1/2 (`Quarters` 2) or 3/4 (3).
template <int Quarters>
LIMPID_HD LrnPowers lrn_powers(Group d) {
  const Group r = reciprocal_square_root(d);
  return {Quarters == 2 ? r : r * square_root(r), r * r};
}

/// Calls `visit` with the constants' radius and with the quarters of their beta as types
/// (std::integral_constant); nothing is called for constants that `lrn_supports` refuses.
template <class Visit>
void with_lrn_rules(const LrnConstants& constants, const Visit& visit) {
  const auto with_radius = [&]<int Quarters>(std::integral_constant<int, Quarters> quarters) {
    [&]<int... Less>(std::integer_sequence<int, Less...>) {
      ((constants.radius == Less + 1 ? visit(std::integral_constant<int, Less + 1>{}, quarters) : void()),
       ...);
    }
    (std::make_integer_sequence<int, 5>{});
  };
  if (constants.beta == 0.5F) with_radius(std::integral_constant<int, 2>{});
  if (constants.beta == 0.75F) with_radius(std::integral_constant<int, 3>{});
}

/// D of the middle group, from the squares of three.
template <int Radius>
LIMPID_HD Group lrn_denominator(const LrnConstants& constants, const GroupTriple& squares) {
  return splat(constants.bias) + splat(constants.alpha) * window_sum<Radius>(squares);
}

/// The squares of group g at one pixel; zero beyond the first and last group.
template <class T>
LIMPID_HD Group square_at(const GroupView<const T>& x, int n, int g, int h, int w) {
  if (g < 0 || g >= x.groups) return splat(0.0F);
  const Group value = load_group(x.at(n, g, h, w));
  return value * value;
}

/// What a group adds to the window sums of its neighbours on the way back, and what its own gradient takes.
struct LrnTerm {
  Group value;  ///< dy x D^(-beta-1).
  Group power;  ///< D^-beta.
};

/// From the squares of a group and its neighbours.
template <int Radius, int Quarters>
LIMPID_HD LrnTerm lrn_term(const LrnConstants& constants, const GroupTriple& squares, Group dy, Group x) {
  const LrnPowers powers = lrn_powers<Quarters>(lrn_denominator<Radius>(constants, squares));
  const Group product = dy * x;
  return {product * powers.minus_beta * powers.minus_one, powers.minus_beta};
}

/// The gradient of a group, from its own power and the terms of it and its neighbours.
template <int Radius>
LIMPID_HD Group lrn_gradient(const LrnConstants& constants, const GroupTriple& terms, Group power, Group dy,
                             Group x) {
  return dy * power - splat(2.0F * constants.alpha * constants.beta) * x * window_sum<Radius>(terms);
}

template <class T, int Radius, int Quarters>
struct LrnFpropBody {
  GroupView<const T> x;
  GroupView<T> y;
  LrnConstants constants;

  /// Every group of a pixel.
  LIMPID_HD void operator()(int n, int h, int w) const {
    GroupTriple squares{splat(0.0F), splat(0.0F), square_at(x, n, 0, h, w)};
    for (int g = 0; g < x.groups; ++g) {
      squares.push(square_at(x, n, g + 1, h, w));
      write(n, g, h, w, squares);
    }
  }

  /// One group of a pixel.
  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    write(n, g, h, w, {square_at(x, n, g - 1, h, w), square_at(x, n, g, h, w), square_at(x, n, g + 1, h, w)});
  }

 private:
  LIMPID_HD void write(int n, int g, int h, int w, const GroupTriple& squares) const {
    const Group power = lrn_powers<Quarters>(lrn_denominator<Radius>(constants, squares)).minus_beta;
    store_group(y.at(n, g, h, w), load_group(x.at(n, g, h, w)) * power);
  }
};

template <class T, int Radius, int Quarters>
struct LrnBpropBody {
  GroupView<const T> x;
  GroupView<const T> dy;
  GroupView<T> dx;
  GroupView<const T> relu_output;
  LrnConstants constants;
  bool accumulate;

  /// Every group of a pixel. Two windows run over the channels, one group apart: squares of x give D, and
  /// with D come the terms dy x D^(-beta-1) whose window sum the gradient needs.
  LIMPID_HD void operator()(int n, int h, int w) const {
    GroupTriple squares{splat(0.0F), splat(0.0F), square_at(x, n, 0, h, w)};
    GroupTriple terms{splat(0.0F), splat(0.0F), splat(0.0F)};
    Group power = splat(0.0F);
    Group next_power = splat(0.0F);
    for (int g = -1; g < x.groups; ++g) {
      squares.push(square_at(x, n, g + 2, h, w));
      const LrnTerm next = term_at(n, g + 1, h, w, squares);
      terms.push(next.value);
      power = next_power;
      next_power = next.power;
      if (g >= 0) write(n, g, h, w, power, terms);
    }
  }

  LIMPID_HD LrnTerm term_at(int n, int g, int h, int w) const {
    return term_at(n, g, h, w,
                   {square_at(x, n, g - 1, h, w), square_at(x, n, g, h, w), square_at(x, n, g + 1, h, w)});
  }

  /// Of group g, from the squares of it and its neighbours; zero beyond the first and last group.
  LIMPID_HD LrnTerm term_at(int n, int g, int h, int w, const GroupTriple& squares) const {
    if (g < 0 || g >= x.groups) return {splat(0.0F), splat(0.0F)};
    return lrn_term<Radius, Quarters>(constants, squares, load_group(dy.at(n, g, h, w)),
                                      load_group(x.at(n, g, h, w)));
  }

  /// The gradient of group g, from the terms of it and its neighbours.
  LIMPID_HD void write(int n, int g, int h, int w, Group power, const GroupTriple& terms) const {
    Group gradient = lrn_gradient<Radius>(constants, terms, power, load_group(dy.at(n, g, h, w)),
                                          load_group(x.at(n, g, h, w)));
    if (accumulate) gradient = gradient + load_group(dx.at(n, g, h, w));
    if (relu_output.data != nullptr)
      gradient = mask_positive(gradient, load_group(relu_output.at(n, g, h, w)));
    store_group(dx.at(n, g, h, w), gradient);
  }
};

template <class T, int Radius, int Quarters>
struct LrnJvpBody {
  GroupView<const T> x;
  GroupView<const T> dx;
  GroupView<T> dy;
  LrnConstants constants;

  /// One group of a pixel.
  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    const GroupTriple squares{square_at(x, n, g - 1, h, w), square_at(x, n, g, h, w),
                              square_at(x, n, g + 1, h, w)};
    const GroupTriple products{product_at(n, g - 1, h, w), product_at(n, g, h, w),
                               product_at(n, g + 1, h, w)};
    const LrnPowers powers = lrn_powers<Quarters>(lrn_denominator<Radius>(constants, squares));
    const Group along = load_group(dx.at(n, g, h, w)) * powers.minus_beta;
    const Group across = splat(2.0F * constants.alpha * constants.beta) * load_group(x.at(n, g, h, w)) *
                         powers.minus_beta * powers.minus_one * window_sum<Radius>(products);
    store_group(dy.at(n, g, h, w), along - across);
  }

 private:
  /// x dx of group g; zero beyond the first and last.
  LIMPID_HD Group product_at(int n, int g, int h, int w) const {
    if (g < 0 || g >= x.groups) return splat(0.0F);
    return load_group(x.at(n, g, h, w)) * load_group(dx.at(n, g, h, w));
  }
};

}  // namespace limpid
