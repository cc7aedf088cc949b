// A plan of a session: one size of input, one set of targets.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/network/device.h"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/tensor_view.h"
#include "engine/objective/objective.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/warp.h"

namespace limpid {

/// How the picture comes to the network, and derivatives back to it.
struct PictureRule {
  InputScaling scaling;
  float derivative = 1;  ///< d network input / d picture, in the unit derivatives are given in.
};

/// The network of one plan, and the way between it and the caller's memory. Its functions are Session's, which says
/// what they do; all check the extents of what they are given, and throw Error{usage} where those do not fit.
class SessionPlan {
 public:
  SessionPlan(Device& device, const Model& model, const PlanRequest& request, const PictureRule& picture,
              ReluGradient relu_gradient, bool translation_exact);

  const PlanRequest& request() const { return request_; }
  Extents input_extents() const;
  Extents target_extents(int target) const;

  /// Throws what `forward` would of what it is given, and touches nothing.
  void check_forward(const TensorView<const float>& input, std::span<const TensorView<float>> outputs) const;
  void forward(const TensorView<const float>& input, std::span<const TensorView<float>> outputs);
  void backward(std::span<const TensorView<const float>> cotangents, const TensorView<float>& gradient);
  void push(const TensorView<const float>& tangent, std::span<const TensorView<float>> outputs);
  void gradient(const TensorView<const float>& input, const Objective& objective, std::span<double> values,
                const TensorView<float>& gradient);

 private:
  bool at_picture() const { return request_.start.empty(); }
  std::string target_name(int target) const;
  void write_input(const TensorView<const float>& input);
  void write_tangent(const TensorView<const float>& tangent);
  void read_gradient(const TensorView<float>& gradient);
  void check_outputs(std::span<const TensorView<float>> outputs) const;
  void check_count(std::size_t given, const char* what) const;
  NetworkExecutor::ReluRule relu_rule() const;

  Device& device_;
  PlanRequest request_;
  PictureRule picture_;
  ReluGradient relu_gradient_;
  NetworkExecutor network_;
  std::vector<float> staging_;  ///< Planes of the input, where the device's memory is not the host's.
};

}  // namespace limpid
