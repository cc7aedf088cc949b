// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3).
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// Constants in TensorFlow's convention: D_c = bias + alpha * sum_{|j - c| <= radius} x_j^2.
struct LrnConstants {
  /// Channels to either side, 1 to 5: 2 is Caffe's, 4 lucent's, 5 inception5h's. The window is clipped at the
  /// edges.
  int radius;
  float alpha;  ///< On the sum, not the mean.
  float beta;   ///< 0.5 or 0.75: the powers then are square roots.
  float bias;
};

/// y_c = x_c * D_c^-beta.
struct LrnFprop {
  Tensor x;
  Tensor y;
  LrnConstants constants;
};

/// dx_i = dy_i D_i^-beta - 2 alpha beta x_i sum_{|j - i| <= radius} dy_j x_j D_j^(-beta - 1), then masked by
/// the ReLU that made x. D is computed again from x: it costs less than keeping it. With `accumulate` it is
/// added to what dx holds, before the mask.
struct LrnBprop {
  Tensor x;
  Tensor dy;
  Tensor dx;
  LrnConstants constants;
  Tensor relu_output;  ///< To mask dx with; no data: dx stays unmasked.
  bool accumulate = false;
};

/// dy_c = dx_c D_c^-beta - 2 alpha beta x_c D_c^(-beta - 1) sum_{|j - c| <= radius} x_j dx_j: how y changes along dx.
struct LrnJvp {
  Tensor x;
  Tensor dx;
  Tensor dy;
  LrnConstants constants;
};

/// Whether the kernels are built for these constants.
constexpr bool lrn_supports(const LrnConstants& c) {
  return c.radius >= 1 && c.radius <= 5 && (c.beta == 0.5F || c.beta == 0.75F);
}

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const LrnFprop& op, const OpContract& contract);
void check(const LrnBprop& op, const OpContract& contract);
void check(const LrnJvp& op, const OpContract& contract);

namespace cpu {
void lrn_fprop(const Stream& stream, const LrnFprop& op);
void lrn_bprop(const Stream& stream, const LrnBprop& op);
void lrn_jvp(const Stream& stream, const LrnJvp& op);
}  // namespace cpu

namespace cuda {
void lrn_fprop(const Stream& stream, const LrnFprop& op);
void lrn_bprop(const Stream& stream, const LrnBprop& op);
void lrn_jvp(const Stream& stream, const LrnJvp& op);
}  // namespace cuda

}  // namespace limpid
