#include "kernels/core/cpu_loops.h"
#include "kernels/ops/relu.body.h"

namespace limpid::cpu {
namespace {

/// Whether any gradient of the image passes the plain mask.
bool any_passes(const GroupView<const float>& gradient, const GroupView<const float>& y, int n) {
  for (int g = 0; g < y.groups; ++g) {
    for (int h = 0; h < y.h; ++h) {
      for (int w = 0; w < y.w; ++w) {
        const Group passed = mask_positive(load_group(gradient.at(n, g, h, w)), load_group(y.at(n, g, h, w)));
        for (int i = 0; i < kGroup; ++i) {
          if (passed[i] != 0.0F) return true;
        }
      }
    }
  }
  return false;
}

}  // namespace

void relu_mask(const Stream& stream, const ReluMask& op) {
  const ReluMaskBody<float> body{op.gradient.as<float>(), op.y.as<const float>()};
  for_each_group(stream, op.y.n, op.y.groups, op.y.h, op.y.w, body);
}

void redirected_relu(const Stream& stream, const RedirectedRelu& op) {
  for (int n = 0; n < op.y.n; ++n) {
    const Tensor gradient = op.gradient.image(n);
    const Tensor y = op.y.image(n);
    if (op.redirect[n] == 0 || any_passes(gradient.as<const float>(), y.as<const float>(), 0)) {
      relu_mask(stream, {gradient, y});
    } else {
      const RedirectBody<float> body{gradient.as<float>(), y.as<const float>()};
      for_each_group(stream, 1, y.groups, y.h, y.w, body);
    }
  }
}

}  // namespace limpid::cpu
