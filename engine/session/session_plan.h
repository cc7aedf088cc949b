// A plan of a session: one size of input, one set of targets.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/network/device.h"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/tensor_view.h"
#include "engine/objective/objective.h"
#include "engine/session/device_maps.h"
#include "engine/session/picture_transfer.h"
#include "kernels/ops/relu_gradient.h"

namespace limpid {

/// The passes of a plan that a capture may record.
enum class Pass { forward, backward, push };

/// The network of one plan, and the way between it and the caller's memory, a host's or the device's. Its functions are
/// Session's, which says what they do; all check the extents of what they are given, and throw Error{usage} where those do
/// not fit. `In` and `Out` are TensorView<const float> and TensorView<float>, or DeviceView.
class SessionPlan {
 public:
  SessionPlan(Device& device, const Model& model, const PlanRequest& request, const PictureRule& picture,
              ReluGradient relu_gradient, bool translation_exact);

  const PlanRequest& request() const { return request_; }
  Extents input_extents() const;
  Extents target_extents(int target) const;

  /// What passes run on from now on.
  void set_stream(const Stream& stream);

  /// Whether a pass has run to its end: the first run of each chooses algorithms, waits and allocates.
  bool has_run(Pass pass) const { return run_[static_cast<std::size_t>(pass)]; }
  void set_run(Pass pass) { run_[static_cast<std::size_t>(pass)] = true; }

  /// Whether a capture recorded a pass: the caller's graph goes through this plan's memory.
  bool is_recorded() const { return recorded_; }
  void set_recorded() { recorded_ = true; }

  /// Throws what `forward` would of what it is given, and touches nothing.
  template <class In, class Out>
  void check_forward(const In& input, std::span<const Out> outputs) const;
  template <class In, class Out>
  void forward(const In& input, std::span<const Out> outputs);
  template <class In, class Out>
  void backward(std::span<const In> cotangents, const Out& gradient);
  template <class In, class Out>
  void push(const In& tangent, std::span<const Out> outputs);
  template <class In, class Out>
  void gradient(const In& input, const Objective& objective, std::span<double> values, const Out& gradient);

 private:
  bool at_picture() const { return request_.start.empty(); }
  std::string target_name(int target) const;
  void write_input(const TensorView<const float>& input);
  void write_input(const DeviceView& input) { maps_->write_input(stream_, network_, input); }
  void write_tangent(const TensorView<const float>& tangent);
  void write_tangent(const DeviceView& tangent) { maps_->write_tangent(stream_, network_, tangent); }
  void write_cotangent(int target, const TensorView<const float>& cotangent);
  void write_cotangent(int target, const DeviceView& cotangent);
  void read_gradient(const TensorView<float>& gradient);
  void read_gradient(const DeviceView& gradient) { maps_->read_gradient(stream_, network_, gradient); }
  void read_target(int target, const TensorView<float>& to) { network_.read_target(target, to); }
  void read_target(int target, const DeviceView& to) { maps_->read_target(stream_, network_, target, to); }
  void read_tangent(int target, const TensorView<float>& to) { network_.read_tangent(target, to); }
  void read_tangent(int target, const DeviceView& to) { maps_->read_tangent(stream_, network_, target, to); }
  template <class Out>
  void check_outputs(std::span<const Out> outputs) const;
  void check_count(std::size_t given, const char* what) const;
  NetworkExecutor::ReluRule relu_rule() const;

  Device& device_;
  Stream stream_;
  PlanRequest request_;
  PictureRule picture_;
  ReluGradient relu_gradient_;
  NetworkExecutor network_;
  std::unique_ptr<DeviceMaps> maps_;  ///< Of a device whose memory is not the host's.
  std::array<bool, 3> run_{};         ///< By Pass.
  bool recorded_ = false;
  std::vector<float> staging_;  ///< Planes of the input, where the device's memory is not the host's.
};

}  // namespace limpid
