// Cases of max-pools and of the smooth pools that may stand in for them backwards.
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/ops/lrn_pool.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/smoothed_pool.h"
#include "tests/image/support.h"
#include "tests/kernels/pool_support.h"
#include "tests/ops/network_parts.h"

namespace limpid::test {
namespace {

using reference::Map;

/// Which tap of its window an output took.
std::vector<double> taps_of(const Map& x, const PoolCase& c) {
  const reference::Argmax chosen = reference::max_pool_argmax(x, c.sliding());
  const ActivationShape y = c.output();
  std::vector<double> taps;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const int q = static_cast<int>(i) % y.w, p = static_cast<int>(i) / y.w % y.h;
    const int row = chosen[i] / c.w - (p * c.stride - c.window().before_h);
    const int column = chosen[i] % c.w - (q * c.stride - c.window().before_w);
    taps.push_back(row * c.size + column);
  }
  return taps;
}

int taken_tap(double argmax) {
  return static_cast<int>(argmax) & kTapBits;
}

bool is_positive(double argmax) {
  return (static_cast<int>(argmax) & kNotPositive) == 0;
}

/// Each value as `change` makes it.
template <class Change>
Map changed(Map map, const Change& change) {
  for (double& value : map.values) value = change(value);
  return map;
}

Map pooled(const Map& x, const PoolCase& c) {
  return reference::max_pool(x, reference::max_pool_argmax(x, c.sliding()), c.sliding());
}

/// Of windows that hold a NaN it is one, and the tap that of the largest number.
OpCase max_pool_fprop(const PoolCase& c, const Draw& values, const std::string& suffix) {
  const auto numbers = [](const Operands& m, int n) {
    return changed(m.map_before("x", n), [](double x) { return std::isnan(x) ? -HUGE_VAL : x; });
  };
  const auto maxima = [=](const Operands& m, int n) {
    const Map nans =
        pooled(changed(m.map_before("x", n), [](double x) { return std::isnan(x) ? 1.0 : 0.0; }), c);
    Map y = pooled(numbers(m, n), c);
    for (std::size_t i = 0; i < y.values.size(); ++i) {
      if (nans.values[i] > 0) y.values[i] = std::nan("");
    }
    return y;
  };
  const auto argmax = [=](const Operands& m, int n) {
    Map taps = maxima(m, n);
    const std::vector<double> chosen = taps_of(numbers(m, n), c);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      taps.values[i] = chosen[i] + (taps.values[i] <= 0 ? kNotPositive : 0);
    }
    return taps;
  };
  return OpCase(c.name + suffix,
                [=](Operands& m) {
                  return MaxPoolFprop{m.tensor("x", Role::input, c.input(), values),
                                      m.tensor("y", Role::output, c.output()),
                                      m.bytes("argmax", Role::output, c.output()), c.window()};
                })
      .defined("y", {}, by_image(c.n, maxima))
      .defined("argmax", {}, by_image(c.n, argmax));
}

/// A NaN here and there, and a number in every window of more than one pixel.
float with_nans(std::mt19937& random, const Place& place) {
  const float number = std::normal_distribution<float>()(random);
  return (place.c + 3 * place.h + 5 * place.w) % 13 == 0 ? std::nanf("") : number;
}

/// Any tap of the window of (p, q) that lies in the map, of a positive maximum or not.
Draw some_tap(const PoolCase& c) {
  return [c](std::mt19937& random, const Place& place) {
    const auto some = [&](int at, int before, int extent) {
      const int first = at * c.stride - before;
      return std::uniform_int_distribution<int>(std::max(0, -first),
                                                std::min(c.size, extent - first) - 1)(random);
    };
    const int row = some(place.h, c.window().before_h, c.h);
    const int tap = row * c.size + some(place.w, c.window().before_w, c.w);
    return static_cast<float>(random() % 2 == 0 ? tap : tap + kNotPositive);
  };
}

/// What the windows pass to the taps they took, of image n.
Map passed_back(const Operands& m, int n, const PoolCase& c, bool positive_only = false) {
  const Map dy = m.map_before("dy", n), taps = m.map_before("argmax", n);
  Map dx(c.channels, c.h, c.w);
  for (int k = 0; k < c.channels; ++k) {
    for (int p = 0; p < dy.h; ++p) {
      for (int q = 0; q < dy.w; ++q) {
        if (positive_only && !is_positive(taps.at(k, p, q))) continue;
        const int tap = taken_tap(taps.at(k, p, q));
        dx.at(k, p * c.stride - c.window().before_h + tap / c.size,
              q * c.stride - c.window().before_w + tap % c.size) += dy.at(k, p, q);
      }
    }
  }
  return dx;
}

OpCase max_pool_bprop(const PoolCase& c, const Writing& writing, bool positive_only = false) {
  const auto shared = [=](const Operands& m, int n) {
    return writing.written(passed_back(m, n, c, positive_only), m, n);
  };
  return OpCase(c.name + writing.text() + (positive_only ? "_positive" : ""),
                [=](Operands& m) {
                  const auto v = m.bytes("argmax", Role::input, c.output(), some_tap(c));
                  return MaxPoolBprop{
                      m.tensor("dy", Role::input, c.output(), normal()),
                      m.tensor("dx", writing.role(), c.input(), normal()),
                      {v.data, v.n, v.groups, v.h, v.w, v.stride_n, v.stride_g, v.stride_h, v.stride_w},
                      c.window(),
                      writing.accumulate,
                      writing.relu_output(m, c.input()),
                      positive_only};
                })
      .defined("dx", {9 * kEpsilon}, by_image(c.n, shared));  // Of at most nine windows.
}

// ---- Behind LRN -----------------------------------------------------------------------------------------------------

/// Constants under which what LRN makes of a louder pixel is louder, of all that networks have.
constexpr LrnConstants kLrnRules[] = {{2, 0.02F, 0.75F, 1}, {4, 0.02F, 0.5F, 1}, {5, 0.02F, 0.5F, 2}};

Lrn rule_of(const LrnConstants& c) {
  return {true, c.radius, c.alpha, c.beta, c.bias};
}

std::string lrn_pool_name(const PoolCase& c, const LrnConstants& constants) {
  return c.name + "_radius" + std::to_string(constants.radius);
}

/// Pixels of seven loudnesses, of which LRN makes seven that no type rounds to one: the same tap wins on every device.
float of_seven_levels(std::mt19937&, const Place& place) {
  const int level = (7 * place.n + 5 * place.h + 3 * place.w + place.h * place.w) % 7;
  const float sign = place.c % 5 == 3 ? -1.0F : 1.0F;
  return sign * (1 + 0.25F * static_cast<float>(place.c % 3)) * std::pow(1.3F, static_cast<float>(level - 3));
}

OpCase lrn_pool_fprop(const PoolCase& c, const LrnConstants& constants) {
  const auto normalised = [=](const Operands& m, int n) {
    return reference::lrn_fprop(m.map_before("x", n), rule_of(constants));
  };
  const auto argmax = [=](const Operands& m, int n) {
    Map taps = pooled(normalised(m, n), c);
    const std::vector<double> chosen = taps_of(normalised(m, n), c);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      taps.values[i] = chosen[i] + (taps.values[i] <= 0 ? kNotPositive : 0);
    }
    return taps;
  };
  // See lrn_fprop in network_cases.cpp.
  return OpCase(lrn_pool_name(c, constants),
                [=](Operands& m) {
                  return LrnPoolFprop{m.tensor("x", Role::input, c.input(), of_seven_levels),
                                      m.tensor("y", Role::output, c.output()),
                                      m.bytes("argmax", Role::output, c.output()), constants, c.window()};
                })
      .defined("y", {20 * kEpsilon},
               by_image(c.n, [=](const Operands& m, int n) { return pooled(normalised(m, n), c); }))
      .defined("argmax", {}, by_image(c.n, argmax))
      .devices("y", {20 * kEpsilon});
}

OpCase lrn_pool_bprop(const PoolCase& c, const LrnConstants& constants, const Writing& writing) {
  const auto gradient = [=](const Operands& m, int n) {
    const Map x = m.map_before("x", n);
    Map dx = reference::lrn_vjp(x, passed_back(m, n, c), rule_of(constants));
    if (writing.accumulate) reference::accumulate(dx, m.map_before("dx", n));
    return writing.mask ? reference::masked(dx, reference::positive_mask(x)) : dx;
  };
  // Of four windows at most besides: see lrn_bprop in network_cases.cpp.
  return OpCase(lrn_pool_name(c, constants) + writing.text(),
                [=](Operands& m) {
                  const auto v = m.bytes("argmax", Role::input, c.output(), some_tap(c));
                  return LrnPoolBprop{
                      m.tensor("x", Role::input, c.input(), writing.mask ? rectified(3) : normal(3)),
                      m.tensor("dy", Role::input, c.output(), normal()),
                      m.tensor("dx", writing.role(), c.input(), normal()),
                      {v.data, v.n, v.groups, v.h, v.w, v.stride_n, v.stride_g, v.stride_h, v.stride_w},
                      constants,
                      c.window(),
                      writing.accumulate,
                      writing.mask};
                })
      .defined("dx", {44 * kEpsilon}, by_image(c.n, gradient))
      .devices("dx", {44 * kEpsilon});
}

OpCase max_pool_jvp(const PoolCase& c) {
  const auto taken = [=](const Operands& m, int n) {
    const Map dx = m.map_before("dx", n), taps = m.map_before("argmax", n);
    Map dy(c.channels, taps.h, taps.w);
    for (int k = 0; k < c.channels; ++k) {
      for (int p = 0; p < dy.h; ++p) {
        for (int q = 0; q < dy.w; ++q) {
          const int tap = taken_tap(taps.at(k, p, q));
          dy.at(k, p, q) = dx.at(k, p * c.stride - c.window().before_h + tap / c.size,
                                 q * c.stride - c.window().before_w + tap % c.size);
        }
      }
    }
    return dy;
  };
  return OpCase(c.name,
                [=](Operands& m) {
                  const auto v = m.bytes("argmax", Role::input, c.output(), some_tap(c));
                  return MaxPoolJvp{
                      m.tensor("dx", Role::input, c.input(), normal()),
                      m.tensor("dy", Role::output, c.output()),
                      {v.data, v.n, v.groups, v.h, v.w, v.stride_n, v.stride_g, v.stride_h, v.stride_w},
                      c.window()};
                })
      .defined("dy", {}, by_image(c.n, taken));
}

/// Slopes of the pool that is taken back, of the pixels of one window.
std::vector<double> slopes(const std::vector<double>& window, PoolGradient rule) {
  const auto count = static_cast<double>(window.size());
  double squares = 0, sizes = 0;
  for (const double x : window) {
    squares += x * x / count;
    sizes += std::abs(x) / count;
  }
  std::vector<double> result;
  for (const double x : window) {
    const double sign = x > 0 ? 1 : x < 0 ? -1 : 0, divisor = 0.01 + sizes;
    result.push_back(rule == PoolGradient::average
                         ? 1 / count
                         : (2 * x / divisor - squares * sign / (divisor * divisor)) / count);
  }
  return result;
}

OpCase smoothed_pool(const PoolCase& c, PoolGradient rule, const Writing& writing) {
  const auto shared = [=](const Operands& m, int n) {
    const Map x = m.map_before("x", n), dy = m.map_before("dy", n);
    Map dx(c.channels, c.h, c.w);
    for (int k = 0; k < c.channels; ++k) {
      for (int p = 0; p < dy.h; ++p) {
        for (int q = 0; q < dy.w; ++q) {
          const int h0 = p * c.stride - c.window().before_h, w0 = q * c.stride - c.window().before_w;
          std::vector<std::pair<int, int>> pixels;
          std::vector<double> window;
          for (int h = std::max(0, h0); h < std::min(c.h, h0 + c.size); ++h) {
            for (int w = std::max(0, w0); w < std::min(c.w, w0 + c.size); ++w) {
              pixels.emplace_back(h, w);
              window.push_back(x.at(k, h, w));
            }
          }
          const std::vector<double> slope = slopes(window, rule);
          for (std::size_t i = 0; i < pixels.size(); ++i) {
            dx.at(k, pixels[i].first, pixels[i].second) += dy.at(k, p, q) * slope[i];
          }
        }
      }
    }
    return writing.written(std::move(dx), m, n);
  };
  // Nine windows of some fifteen roundings each, with and without contraction.
  constexpr Tolerance kRoundings{2 * 9 * 15 * kEpsilon};
  return OpCase(c.name + (rule == PoolGradient::l2 ? "_l2" : "_average") + writing.text(),
                [=](Operands& m) {
                  return SmoothedPoolBprop{m.tensor("x", Role::input, c.input(), normal()),
                                           m.tensor("dy", Role::input, c.output(), normal()),
                                           m.tensor("dx", writing.role(), c.input(), normal()),
                                           c.window(),
                                           rule,
                                           writing.accumulate,
                                           writing.relu_output(m, c.input())};
                })
      .defined("dx", kRoundings, by_image(c.n, shared))
      .devices("dx", kRoundings);
}

OpCase window_mean(const PoolCase& c) {
  const auto means = [=](const Operands& m, int n) {
    const Map x = m.map_before("x", n);
    Map y(c.channels, c.output().h, c.output().w);
    for (int k = 0; k < c.channels; ++k) {
      for (int p = 0; p < y.h; ++p) {
        for (int q = 0; q < y.w; ++q) {
          const int h0 = p * c.stride - c.window().before_h, w0 = q * c.stride - c.window().before_w;
          double sum = 0, count = 0;
          for (int h = std::max(0, h0); h < std::min(c.h, h0 + c.size); ++h) {
            for (int w = std::max(0, w0); w < std::min(c.w, w0 + c.size); ++w) {
              sum += x.at(k, h, w);
              count += 1;
            }
          }
          y.at(k, p, q) = sum / count;
        }
      }
    }
    return y;
  };
  return OpCase(c.name,
                [=](Operands& m) {
                  return WindowMean{m.tensor("x", Role::input, c.input(), normal()),
                                    m.tensor("y", Role::output, c.output()), c.window()};
                })
      // Nine roundings, and two of the share, of sums below nine values of at most 8.
      .defined("y", {0, c.size == 1 ? 0 : 11 * 8 * kEpsilon}, by_image(c.n, means));
}

/// Which windows of one pixel leave as they were.
PoolCase of_single_pixels() {
  return {"1x1_5x7_slice", 2, 16, 5, 7, 1, Padding::symmetric, Layout::nchw8c, {1, 2}, 1};
}

}  // namespace

OpCases pool_op_cases() {
  OpCases cases;
  for (const PoolCase& c : pool_cases()) {
    cases.push_back(max_pool_fprop(c, integers(-2, 2), "_ties"));
    cases.push_back(max_pool_fprop(c, normal(), ""));
    // Others' windows may hold a single pixel.
    if (c.padding == Padding::symmetric && c.h > 1) cases.push_back(max_pool_fprop(c, with_nans, "_nan"));
    cases.push_back(max_pool_jvp(c));
    cases.push_back(window_mean(c));
    cases.push_back(max_pool_bprop(c, {}, true));
    for (const Writing& writing : kWritings) {
      cases.push_back(max_pool_bprop(c, writing));
      cases.push_back(smoothed_pool(c, PoolGradient::average, writing));
      cases.push_back(smoothed_pool(c, PoolGradient::l2, writing));
    }
    if (c.size != 3 || c.stride != 2) continue;
    for (const LrnConstants& constants : kLrnRules) {
      cases.push_back(lrn_pool_fprop(c, constants));
      for (const Writing& writing : kWritings) cases.push_back(lrn_pool_bprop(c, constants, writing));
    }
  }
  cases.push_back(window_mean(of_single_pixels()));
  return cases;
}

std::vector<AdjointPair> pool_pairs() {
  std::vector<AdjointPair> pairs;
  for (const PoolCase& c : pool_cases()) {
    pairs.push_back({max_pool_jvp(c), max_pool_bprop(c, {}), "dx", "dy", "dy", "dx"});
    pairs.push_back({window_mean(c), smoothed_pool(c, PoolGradient::average, {}), "x", "y", "dy", "dx"});
  }
  return pairs;
}

OpCases full_size_pool_cases(int batch) {
  OpCases cases;
  for (const auto& [name, channels, extent, stride] :
       std::vector<std::tuple<const char*, int, int, int>>{{"maxpool0", 64, 112, 2},
                                                           {"maxpool1", 192, 56, 2},
                                                           {"mixed3b_pool", 256, 28, 1},
                                                           {"mixed4e_pool", 528, 14, 1}}) {
    const PoolCase c{name, batch, channels, extent, extent, stride, Padding::caffe};
    cases.push_back(max_pool_fprop(c, normal(), ""));
    cases.push_back(max_pool_bprop(c, {false, true}));
    cases.push_back(max_pool_bprop(c, {}, true));
    cases.push_back(smoothed_pool(c, PoolGradient::l2, {false, true}));
  }
  const PoolCase maxpool1{"maxpool1", batch, 192, 56, 56, 2, Padding::caffe};
  cases.push_back(lrn_pool_fprop(maxpool1, kLrnRules[0]));
  cases.push_back(lrn_pool_bprop(maxpool1, kLrnRules[0], {false, true}));
  return cases;
}

}  // namespace limpid::test
