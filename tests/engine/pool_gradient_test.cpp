// Gradients of smooth pools in place of the max-pool's, from the objective to the picture, against double
// precision.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "tests/engine/engine_run.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "weights/inception_v1.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using reference::Map;

/// dL/dx of lucid's overrides, over the pixels of a window that lie in the map: their average, or
/// mean(x^2) / (0.01 + mean |x|).
Map smooth_pool_vjp(const Map& x, const Map& dy, const reference::Sliding& sliding, PoolGradient rule) {
  Map dx(x.c, x.h, x.w);
  const Window& window = sliding.window;
  for (int c = 0; c < x.c; ++c) {
    for (int p = 0; p < sliding.p; ++p) {
      for (int q = 0; q < sliding.q; ++q) {
        std::vector<std::pair<int, int>> pixels;
        double squares = 0, sizes = 0;
        for (int r = 0; r < window.size; ++r) {
          for (int s = 0; s < window.size; ++s) {
            const int row = p * window.stride + r - window.before_h,
                      column = q * window.stride + s - window.before_w;
            if (row < 0 || row >= x.h || column < 0 || column >= x.w) continue;
            pixels.emplace_back(row, column);
            squares += x.at(c, row, column) * x.at(c, row, column);
            sizes += std::abs(x.at(c, row, column));
          }
        }
        const auto count = static_cast<double>(pixels.size());
        const double below = 0.01 + sizes / count;
        for (const auto& [row, column] : pixels) {
          const double value = x.at(c, row, column);
          const double sign = value > 0 ? 1 : value < 0 ? -1 : 0;
          const double slope = rule == PoolGradient::average
                                   ? 1
                                   : 2 * value / below - squares / count * sign / (below * below);
          dx.at(c, row, column) += dy.at(c, p, q) * slope / count;
        }
      }
    }
  }
  return dx;
}

TEST(PoolGradients, ReachThePictureAsLucidsDo) {
  const Model model = synthetic_model("inception5h", 3);
  for (const auto& [height, width] : {std::pair{34, 41}, {33, 36}}) {
    const Map input = test::make_input(height, width, 6);
    const reference::Network oracle(model);
    const reference::Selections choices =
        test::OpenPass(model, input, oracle.forward(input, "maxpool0").selections).choices();
    const reference::Trace trace = oracle.forward(input, "maxpool0", choices);
    const Map& before = trace.at("conv2d0");
    const reference::Sliding sliding =
        reference::slide_pool(rules_of(model.network).padding, before.h, before.w, 3, 2);
    for (const PoolGradient rule : {PoolGradient::average, PoolGradient::l2}) {
      HostThreads threads(2);
      const auto backend = cpu::make_backend();
      ObjectiveTerm term;
      term.layer = "maxpool0";
      term.kind = TermKind::layer;
      PlanRequest request{{target_of(term)}, height, width, 1};
      request.pool_gradient = rule;
      NetworkExecutor network(*backend, threads.stream(), model, make_plan(model, request));
      network.set_term(0, 0, term_of(term, network.plan().targets.front()));
      test::write_input(input, network);
      network.forward();
      network.backward();

      const Map& map = trace.at("maxpool0");
      Map seed = map;
      for (double& value : seed.values) value *= 2 / static_cast<double>(map.values.size());
      const Map dx = smooth_pool_vjp(before, seed, sliding, rule);
      const Map expected = oracle.backward(trace, "conv2d0", dx).input();
      const Planar<float> gradient = network.input_gradient();
      const std::vector<float> actual(gradient.data, gradient.data + gradient.elements());
      EXPECT_LE(reference::relative_l2(actual, expected.values), 1e-5) << static_cast<int>(rule);
      // Not the max-pool's own by another name.
      EXPECT_GE(reference::relative_l2(actual, oracle.backward(trace, "maxpool0", seed).input().values), 0.1);
    }
  }
}

}  // namespace
}  // namespace limpid
