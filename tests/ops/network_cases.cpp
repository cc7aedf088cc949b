// Cases of the network's operations but for pools and objectives.
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/ops/add_gradient.h"
#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/jump_relu.h"
#include "kernels/ops/lrn.h"
#include "kernels/ops/relu.h"
#include "kernels/ops/softmax.h"
#include "kernels/ops/top_k.h"
#include "tests/image/support.h"
#include "tests/kernels/lrn_cases.h"
#include "tests/ops/network_parts.h"

namespace limpid::test {
namespace {

using reference::Map;

OpCase relu_fprop(const NamedShape& s) {
  return OpCase(s.name,
                [s](Operands& m) {
                  return ReluFprop{m.tensor("x", Role::input, s.shape, normal()),
                                   m.tensor("y", Role::output, elsewhere(s.shape))};
                })
      .defined("y", {}, by_image(s.shape.n, [](const Operands& m, int n) {
                 const Map x = m.map_before("x", n);
                 return reference::masked(x, reference::positive_mask(x));
               }));
}

OpCase relu_mask(const NamedShape& s) {
  return OpCase(s.name,
                [s](Operands& m) {
                  return ReluMask{m.tensor("gradient", Role::in_place, s.shape, normal()),
                                  m.tensor("y", Role::input, elsewhere(s.shape), rectified())};
                })
      .defined("gradient", {}, by_image(s.shape.n, [](const Operands& m, int n) {
                 return reference::masked(m.map_before("gradient", n),
                                          reference::positive_mask(m.map_before("y", n)));
               }));
}

/// Of a gradient that lies elsewhere.
OpCase relu_mask_from(const NamedShape& s) {
  return OpCase(std::string(s.name) + "_from",
                [s](Operands& m) {
                  return ReluMask{m.tensor("gradient", Role::output, s.shape),
                                  m.tensor("y", Role::input, elsewhere(s.shape), rectified()),
                                  m.tensor("from", Role::input, s.shape, normal())};
                })
      .defined("gradient", {}, by_image(s.shape.n, [](const Operands& m, int n) {
                 return reference::masked(m.map_before("from", n),
                                          reference::positive_mask(m.map_before("y", n)));
               }));
}

/// Half of the units are on. In image 0 some of these have a gradient, in 1 and 2 none; in 3 the last alone.
OpCase ruled_relu(const NamedShape& s, ReluGradient second) {
  const auto on = [](const Place& p) { return (3 * p.n + p.c + 5 * p.h + p.w) % 2 == 0; };
  const auto last = [shape = s.shape](const Place& p) {
    return p.n == 3 && p.c == shape.channels - 1 && p.h == shape.h - 1 && p.w == shape.w - 1;
  };
  const Draw y = [=](std::mt19937& random, const Place& p) {
    const float value = uniform(0.5F, 2)(random, p);
    return on(p) || last(p) ? value : 0.0F;
  };
  const Draw gradient = [=](std::mt19937& random, const Place& p) {
    const float value = uniform(-2, 2)(random, p);
    return on(p) && p.n > 0 && !last(p) ? 0.0F : value;
  };
  return OpCase(s.name,
                [=](Operands& m) {
                  using enum ReluGradient;
                  return RuledRelu{
                      m.tensor("gradient", Role::in_place, s.shape, gradient),
                      m.tensor("y", Role::input, s.shape, y),
                      m.array<ReluGradient>("rules", Role::input, {redirected, second, plain, redirected}),
                      m.array<std::int32_t>("scratch", Role::scratch,
                                            std::vector<std::int32_t>(4 * kRuledReluParts, -1))};
                })
      .defined("gradient", {}, by_image(4, [=](const Operands& m, int n) {
                 const Map y_map = m.map_before("y", n), all = m.map_before("gradient", n);
                 const Map plain = reference::masked(all, reference::positive_mask(y_map));
                 const auto rule = static_cast<ReluGradient>(m.before("rules")[static_cast<std::size_t>(n)]);
                 const bool silent = dot(plain, plain) == 0;
                 Map result = plain;
                 for (std::size_t i = 0; i < result.values.size(); ++i) {
                   if (y_map.values[i] > 0) continue;
                   const double g = all.values[i];
                   if (rule == ReluGradient::leaky) {
                     result.values[i] = static_cast<double>(static_cast<float>(g) * 0.1F);
                   }
                   if (rule == ReluGradient::unmasked && silent) result.values[i] = g;
                   if (rule == ReluGradient::redirected && silent) result.values[i] = std::max(g, 0.0);
                 }
                 return result;
               }));
}

/// Thresholds below, at and above what is there.
OpCase jump_relu(const NamedShape& s) {
  return OpCase(s.name,
                [s](Operands& m) {
                  return JumpRelu{m.tensor("y", Role::in_place, s.shape, integers(0, 4)),
                                  m.floats("thresholds", Role::input, s.shape.channels, integers(-1, 3))};
                })
      .defined("y", {}, by_image(s.shape.n, [](const Operands& m, int n) {
                 Map y = m.map_before("y", n);
                 const std::vector<double> thresholds = m.before("thresholds");
                 for (int c = 0; c < y.c; ++c) {
                   for (std::size_t i = 0; i < y.plane_size(); ++i) {
                     double& value = y.plane(c)[i];
                     if (value <= thresholds[static_cast<std::size_t>(c)]) value = 0;
                   }
                 }
                 return y;
               }));
}

/// Of what a position holds sorted, lower channels first among equals.
OpCase top_k(const NamedShape& s, int kept, const Draw& draw, const std::string& name) {
  return OpCase(std::string(s.name) + "_" + name,
                [=](Operands& m) {
                  return TopK{m.tensor("y", Role::in_place, s.shape, draw), kept};
                })
      .defined("y", {}, by_image(s.shape.n, [kept](const Operands& m, int n) {
                 const Map y = m.map_before("y", n);
                 Map result(y.c, y.h, y.w);
                 for (std::size_t i = 0; i < y.plane_size(); ++i) {
                   std::vector<int> order;
                   for (int c = 0; c < y.c; ++c) order.push_back(c);
                   std::stable_sort(order.begin(), order.end(),
                                    [&](int a, int b) { return y.plane(a)[i] > y.plane(b)[i]; });
                   order.resize(static_cast<std::size_t>(std::min(kept, y.c)));
                   for (const int c : order) result.plane(c)[i] = std::max(y.plane(c)[i], 0.0);
                 }
                 return result;
               }));
}

OpCase add_gradient(const NamedShape& s) {
  return OpCase(s.name,
                [s](Operands& m) {
                  return AddGradient{m.tensor("dy", Role::input, s.shape, normal()),
                                     m.tensor("dx", Role::in_place, elsewhere(s.shape), normal())};
                })
      .defined("dx", {kEpsilon}, by_image(s.shape.n, [](const Operands& m, int n) {
                 Map sum = m.map_before("dx", n);
                 reference::accumulate(sum, m.map_before("dy", n));
                 return sum;
               }));
}

OpCase lrn_fprop(const LrnCase& c) {
  // The sum of a window, a root or two and a few products: some twenty roundings, each relative to a term
  // that is not cancelled.
  return OpCase(c.name,
                [=](Operands& m) {
                  return LrnFprop{m.tensor("x", Role::input, c.shape, normal(c.deviation)),
                                  m.tensor("y", Role::output, c.shape), c.constants};
                })
      .defined(
          "y", {20 * kEpsilon},
          by_image(c.shape.n, [=](const Operands& m,
                                  int n) { return reference::lrn_fprop(m.map_before("x", n), c.rule()); }))
      .devices("y", {20 * kEpsilon});
}

OpCase lrn_bprop(const LrnCase& c, const Writing& writing) {
  return OpCase(c.name + writing.text(),
                [=](Operands& m) {
                  return LrnBprop{m.tensor("x", Role::input, c.shape, normal(c.deviation)),
                                  m.tensor("dy", Role::input, c.shape, normal()),
                                  m.tensor("dx", writing.role(), c.shape, normal()),
                                  c.constants,
                                  writing.relu_output(m, c.shape),
                                  writing.accumulate};
                })
      .defined("dx", {40 * kEpsilon},
               by_image(c.shape.n,
                        [=](const Operands& m, int n) {
                          return writing.written(
                              reference::lrn_vjp(m.map_before("x", n), m.map_before("dy", n), c.rule()), m,
                              n);
                        }))
      .devices("dx", {40 * kEpsilon});
}

OpCase lrn_jvp(const LrnCase& c) {
  const auto pushed = [=](const Operands& m, int n) {
    const Map x = m.map_before("x", n), dx = m.map_before("dx", n);
    const Lrn rule = c.rule();
    const double alpha = double{rule.alpha}, beta = double{rule.beta};
    Map dy(x.c, x.h, x.w);
    for (int k = 0; k < x.c; ++k) {
      for (std::size_t i = 0; i < x.plane_size(); ++i) {
        double squares = 0, products = 0;
        for (int j = std::max(0, k - rule.radius); j <= std::min(x.c - 1, k + rule.radius); ++j) {
          squares += x.plane(j)[i] * x.plane(j)[i];
          products += x.plane(j)[i] * dx.plane(j)[i];
        }
        const double d = double{rule.bias} + alpha * squares;
        dy.plane(k)[i] = dx.plane(k)[i] * std::pow(d, -beta) -
                         2 * alpha * beta * x.plane(k)[i] * std::pow(d, -beta - 1) * products;
      }
    }
    return dy;
  };
  return OpCase(c.name,
                [=](Operands& m) {
                  return LrnJvp{m.tensor("x", Role::input, c.shape, normal(c.deviation)),
                                m.tensor("dx", Role::input, c.shape, normal()),
                                m.tensor("dy", Role::output, c.shape), c.constants};
                })
      .defined("dy", {40 * kEpsilon}, by_image(c.shape.n, pushed))
      .devices("dy", {40 * kEpsilon});
}

OpCase average_fprop(const NamedShape& s) {
  const ActivationShape pooled{s.shape.n, s.shape.channels, 1, 1, s.shape.layout, {0, 1}};
  const Tolerance sum{static_cast<double>(s.shape.h * s.shape.w + 1) * kEpsilon};
  return OpCase(s.name,
                [=](Operands& m) {
                  return GlobalAveragePoolFprop{m.tensor("x", Role::input, s.shape, rectified()),
                                                m.tensor("y", Role::output, pooled)};
                })
      .defined("y", sum,
               by_image(s.shape.n, [](const Operands& m,
                                      int n) { return reference::global_average(m.map_before("x", n)); }))
      .devices("y", sum);
}

OpCase average_bprop(const NamedShape& s, const Writing& writing) {
  const ActivationShape pooled{s.shape.n, s.shape.channels, 1, 1, s.shape.layout, {0, 1}};
  return OpCase(s.name + writing.text(),
                [=](Operands& m) {
                  return GlobalAveragePoolBprop{m.tensor("dy", Role::input, pooled, normal()),
                                                m.tensor("dx", writing.role(), s.shape, normal()),
                                                writing.relu_output(m, s.shape), writing.accumulate};
                })
      .defined("dx", {3 * kEpsilon},
               by_image(s.shape.n,
                        [=](const Operands& m, int n) {
                          return writing.written(
                              reference::global_average_vjp(m.map_before("dy", n), s.shape.h, s.shape.w), m,
                              n);
                        }))
      .devices("dx", {writing.accumulate ? kEpsilon : 0});  // A contracted product.
}

/// Padded channels hold what would win, were it looked at.
OpCase softmax_fprop(int classes, float deviation, const std::string& name) {
  const ActivationShape shape{3, round_up_to_group(classes), 1, 1, Layout::nchw8c, {1, 0}};
  const auto defined = [=](const Operands& m, int n) {
    const Map logits = reference::slice(m.map_before("x", n), 0, classes);
    Map all(shape.channels, 1, 1);
    const Map probabilities = reference::softmax(logits);
    std::copy(probabilities.values.begin(), probabilities.values.end(), all.values.begin());
    return all;
  };
  const Draw logits = [=](std::mt19937& random, const Place& place) {
    return place.c < classes ? normal(deviation)(random, place) : 1e4F;
  };
  // The subtraction rounds the exponent by half a unit of at most ten deviations; exponentials are good to two.
  const Tolerance tolerance{(10 * static_cast<double>(deviation) + 8) * kEpsilon};
  return OpCase(name,
                [=](Operands& m) {
                  return SoftmaxFprop{m.tensor("x", Role::input, shape, logits),
                                      m.tensor("y", Role::output, shape), classes};
                })
      .defined("y", tolerance, by_image(3, defined))
      .devices("y", {8 * kEpsilon});  // Both round the exponent alike.
}

OpCase softmax_bprop(int classes, const std::string& name) {
  const ActivationShape shape{3, round_up_to_group(classes), 1, 1, Layout::nchw8c, {1, 0}};
  return OpCase(name,
                [=](Operands& m) {
                  return SoftmaxBprop{m.tensor("y", Role::input, shape, rectified()),
                                      m.tensor("dy", Role::input, shape, normal()),
                                      m.tensor("dx", Role::output, shape)};
                })
      .defined("dx", {2 * kEpsilon},
               by_image(3,
                        [](const Operands& m, int n) {
                          return reference::softmax_vjp(m.map_before("y", n), m.map_before("dy", n));
                        }))
      .devices("dx", {2 * kEpsilon});
}

}  // namespace

OpCases network_cases() {
  OpCases cases;
  for (const NamedShape& s : kShapes) {
    cases.push_back(average_fprop(s));
    for (const Writing& writing : kWritings) cases.push_back(average_bprop(s, writing));
  }
  for (const NamedShape& s : kShapes) {
    cases.push_back(relu_fprop(s));
    cases.push_back(relu_mask(s));
    cases.push_back(relu_mask_from(s));
    cases.push_back(add_gradient(s));
    cases.push_back(jump_relu(s));
    cases.push_back(top_k(s, 3, rectified(), "three"));
    cases.push_back(top_k(s, 5, integers(-2, 3), "of_equals"));
    cases.push_back(top_k(s, 1000, rectified(), "all"));
  }
  cases.push_back(ruled_relu({"redirected", {4, 8, 1, 2, Layout::nhwc, {1, 0}}}, ReluGradient::redirected));
  // More groups than a GPU's search looks at in its first round.
  cases.push_back(ruled_relu({"leaky", {4, 64, 37, 40}}, ReluGradient::leaky));
  cases.push_back(ruled_relu({"unmasked", {4, 16, 9, 7}}, ReluGradient::unmasked));
  // More groups than a GPU's block has threads.
  const NamedShape wide{"wide", {2, 1096, 2, 3, Layout::nchw8c, {1, 0}}};
  cases.push_back(top_k(wide, 32, rectified(), "many"));
  cases.push_back(top_k(wide, 700, integers(0, 2), "of_equals"));
  for (const LrnCase& c : lrn_cases()) {
    cases.push_back(lrn_fprop(c));
    cases.push_back(lrn_jvp(c));
    for (const Writing& writing : kWritings) cases.push_back(lrn_bprop(c, writing));
  }
  for (const int classes : {1, 5, 8, 70, 1000, 1008}) {
    const std::string name = std::to_string(classes) + "_classes";
    cases.push_back(softmax_fprop(classes, 4, name));
    cases.push_back(softmax_bprop(classes, name));
  }
  cases.push_back(softmax_fprop(24, 200, "steep"));
  return cases;
}

std::vector<AdjointPair> network_pairs() {
  std::vector<AdjointPair> pairs;
  for (const NamedShape& s : kShapes) {
    pairs.push_back({average_fprop(s), average_bprop(s, {}), "x", "y", "dy", "dx"});
  }
  for (const LrnCase& c : lrn_cases()) {
    pairs.push_back({lrn_jvp(c), lrn_bprop(c, {}), "dx", "dy", "dy", "dx"});
  }
  return pairs;
}

OpCases full_size_network_cases(int batch) {
  OpCases cases;
  for (const int channels : {64, 192}) {
    const LrnCase c{
        std::to_string(channels) + "_channels", {batch, channels, 56, 56}, {2, 2e-5F, 0.75F, 1}, 100};
    cases.push_back(lrn_fprop(c));
    cases.push_back(lrn_bprop(c, {false, true}));
  }
  const NamedShape mixed3b{"mixed3b", {batch, 480, 28, 28}};
  cases.push_back(relu_mask(mixed3b));
  cases.push_back(ruled_relu({"mixed3b", {4, 480, 28, 28}}, ReluGradient::redirected));
  cases.push_back(add_gradient(mixed3b));
  const NamedShape dictionary{"4096_features", {batch, 4096, 14, 14}};
  cases.push_back(jump_relu(dictionary));
  cases.push_back(top_k(dictionary, 32, rectified(), "32"));
  cases.push_back(average_fprop({"mixed5b", {batch, 1024, 7, 7}}));
  return cases;
}

}  // namespace limpid::test
