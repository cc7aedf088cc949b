// A run of the engine in the terms of the double-precision reference: its values, its choices, its gradients.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/threads.h"
#include "engine/objective/objective.h"
#include "kernels/backend.h"
#include "tests/reference/reference_network.h"
#include "weights/network.h"

namespace limpid::test {

/// Logical channels of a target of a plan that computes them all, image `n`.
reference::Map read_target(NetworkExecutor& network, int target, int n = 0);

/// An input of noise on the scale the networks expect, without the ties of a smooth one.
reference::Map make_input(int h, int w, unsigned seed);

/// Writes a 3 x h x w input into image `n`.
void write_input(const reference::Map& input, NetworkExecutor& network, int n = 0);

/// Value and input gradient (3 x h x w) of an objective.
struct EngineGradient {
  double value;
  std::vector<float> values;
};

/// With the whole layer of the objective computed (`pruned` false), or only what the objective needs.
EngineGradient engine_gradient(const Model& model, const reference::Map& input,
                               const ObjectiveTerm& objective, bool pruned = false, int threads = 0);

/// The layers whose values show the choices that are made at `layers`.
std::vector<std::string> layers_that_show(const Model& model, const reference::Selections& layers);

/// The choices of a pass at `layers`, read off its values of the layers that show them.
reference::Selections choices_of(const Model& model, const reference::Selections& layers,
                                 const std::function<reference::Map(const std::string&)>& value_of);

/// A forward pass of the engine that shows every value it chose by. Same shapes and same operations as a pass
/// for a gradient, so the same bits.
class OpenPass {
 public:
  /// Opens what the choices of `layers` are made from.
  OpenPass(const Model& model, const reference::Map& input, const reference::Selections& layers,
           const ExecutorOptions& options = {});

  /// The engine's own choices at these layers.
  reference::Selections choices();

 private:
  const Model& model_;
  reference::Selections layers_;
  std::map<std::string, int> opened_;  ///< Number of the target that shows a layer.
  HostThreads threads_{0};
  std::unique_ptr<Backend> backend_ = cpu::make_backend();
  std::unique_ptr<NetworkExecutor> network_;
};

/// The ReLUs and pools that a gradient passes through.
reference::Selections on_the_way(const reference::Trace& trace, const reference::Gradients& gradients);

}  // namespace limpid::test
