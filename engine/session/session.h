// A network planned once, and any number of passes through it, forward and back, with the caller's memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "engine/network/device.h"
#include "engine/network/tensor_view.h"
#include "engine/objective/objective.h"
#include "kernels/ops/relu_gradient.h"
#include "weights/model.h"

namespace limpid {

/// What a derivative by the picture is taken by.
enum class PictureUnit {
  picture,  ///< The picture's own values in [0, 1].
  network,  ///< The network's input on its scale of 0 to 255: 255 times smaller. `limpid gradient` writes these.
};

/// What a session computes, and where.
struct SessionOptions {
  /// Layers, by any name they are known by; "mixed4d:pre" is one before its ReLU. None twice.
  std::vector<std::string> targets;
  /// The layer whose activations the passes begin with; empty for the picture.
  std::string start;
  bool backward = true;  ///< Whether `backward` may be called: it needs memory.
  bool push = false;     ///< Whether `push` may be called: memory, and weights converted once more.
  /// `backward` and `push` are products with the network as a linear map, for expanded weights (Voss 2021, "Visualizing
  /// Weights"): biases are zero, ReLUs the identity, max-pools the mean of their windows' pixels, and LRN its
  /// derivative at zero. They depend on no input and take no `forward`, which such a session has not.
  bool linear = false;
  /// How `backward` and `gradient` pass ReLUs. Their sum, or objective, is taken as something to be ascended, which
  /// `redirected` minds. `push` is by the derivative.
  ReluGradient relu_gradient = ReluGradient::plain;
  bool subtract_mean = true;  ///< False feeds the network raw values of 0 to 255.
  PictureUnit unit = PictureUnit::picture;
  /// Whether equal patches of a picture give equal activations, so that max-pools meet true ties in the flat regions of a
  /// photo. False lets the forward pass use the convolutions that renders use, which round by place in the map.
  bool translation_exact = true;
  ComputeOptions compute;
};

/// A model, targets and optionally a start layer, planned for each size of input when that is first seen. The plans of
/// the kPlans sizes and objectives used last are kept, memory and converted weights included; and that of the last
/// `forward`, which `backward` and `push` go through.
///
/// The input is batch x 3 x height x width, RGB in [0, 1]; with a start layer batch x its channels x height x width of
/// its map. A target is batch x its channels x its map. Channels are logical ones, in the layer's own order. All are
/// fp32 in host memory, or, all of one call, fp32, fp16 or bf16 in that of the session's GPU (DeviceView), where passes
/// are on the caller's stream (`set_stream`). Of host memory nothing is kept after a call returns, and nothing is
/// allocated by a call like one before it (oneDNN's own table of arguments excepted), but by `gradient`.
///
/// The results of an image are independent of the rest of the batch and of the number of threads, to the bit.
///
/// Not for use by two threads at once, which is an error where it is noticed: Error{usage}. Threads may take turns.
/// In a child of fork() a session of its parent's goes on, on the CPU; on a GPU, which does not come along, it is
/// Error{runtime}.
class Session {
 public:
  /// Plans kept besides that of the last `forward` and those that were recorded in a capture.
  static constexpr std::size_t kPlans = 4;

  /// Throws Error{usage} for a layer that is unknown, named twice or not computed from the start, and for a device or
  /// precision that makes no sense; Error{runtime} where the device is missing.
  Session(std::shared_ptr<const Model> model, const SessionOptions& options);

  /// On a device of the caller's, in place of that of the options.
  Session(std::shared_ptr<const Model> model, const SessionOptions& options, Device device);
  ~Session();

  const Model& model() const;

  int target_count() const;

  /// The extents of a target for an input of so many images of height x width, which is planned if it is not yet.
  /// Throws Error{usage} for an input that is too small.
  Extents target_extents(int target, int batch, int height, int width);

  /// Channels of the input: 3, or those of the start layer.
  int input_channels() const;

  /// The number of the GPU that it computes on; -1 for the CPU.
  int gpu() const;

  /// The cudaStream_t, of the session's GPU, that passes run on from now on. What they read must be there, and what they
  /// write may be used, in its order: passes with tensors of the device do not wait for the host, nor does it for them, but
  /// for `gradient`, whose values come to the host, and the first pass of each kind and size, which chooses algorithms.
  /// Passes on one stream wait for those that were given before on another. A handle that stands for another stream than
  /// before, the thread's own in another thread or that of a stream made anew, must be set again.
  /// Null, as at first: a stream of the session's own, which waits for what CUDA's default stream was given before; calls
  /// return when all is done. Throws Error{usage} for another one on the CPU.
  ///
  /// On a stream that is being captured passes are recorded, operation by operation. They take tensors of the device alone, and
  /// a pass of the kind, and size, must have run before outside of a capture: Error{usage}. Graphs go through the memory of
  /// the session, which must outlive them; what they were recorded from it keeps, beyond kPlans. In which order replays run beside
  /// other passes of the session is the caller's to see to.
  void set_stream(void* stream);

  /// Computes the targets. `outputs`: one a target, in their order; one without data is not wanted, and no outputs at
  /// all are none wanted. Throws Error{usage} for extents that do not fit, and, as all of these, where what is written has
  /// one place for several values.
  void forward(const TensorView<const float>& input, std::span<const TensorView<float>> outputs);
  void forward(const DeviceView& input, std::span<const DeviceView> outputs);

  /// The vector-Jacobian product at the input of the last `forward`, any number of times: the gradient by the input
  /// of the sum over all targets of <cotangent, target>. One cotangent a target; one without data is zero. ReLUs and
  /// max-pools pass what they chose in that `forward`. A linear session needs none: the extents of `gradient` are its
  /// input's.
  void backward(std::span<const TensorView<const float>> cotangents, const TensorView<float>& gradient);
  void backward(std::span<const DeviceView> cotangents, const DeviceView& gradient);

  /// The Jacobian-vector product at the input of the last `forward`, any number of times: how the targets change as
  /// the input moves along `tangent`, along the same choices. One pass, where `backward` takes one for each value of
  /// the targets. `outputs` as in `forward`. A linear session needs no `forward`.
  void push(const TensorView<const float>& tangent, std::span<const TensorView<float>> outputs);
  void push(const DeviceView& tangent, std::span<const DeviceView> outputs);

  /// The value of `objective` for each image of the input, and its gradient. The objective's own layers are planned,
  /// not the session's targets; only terms on layers and without photos have one. A gradient without data is not wanted, and
  /// costs no pass back. The last `forward` is left as it was.
  void gradient(const TensorView<const float>& input, const Objective& objective, std::span<double> values,
                const TensorView<float>& gradient);
  void gradient(const DeviceView& input, const Objective& objective, std::span<double> values,
                const DeviceView& gradient);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limpid
