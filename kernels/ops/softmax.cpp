#include "kernels/ops/softmax.h"

#include <algorithm>
#include <cmath>

namespace limpid::cpu {
namespace {

template <class T>
T* channel(const GroupView<T>& view, int n, int c) {
  return view.at(n, c / kGroup, 0, 0) + c % kGroup;
}

}  // namespace

void softmax_fprop(const Stream&, const SoftmaxFprop& op) {
  const auto x = op.x.as<const float>();
  const auto y = op.y.as<float>();
  for (int n = 0; n < op.x.n; ++n) {
    float largest = *channel(x, n, 0);
    for (int c = 1; c < op.classes; ++c) largest = std::max(largest, *channel(x, n, c));
    double sum = 0;
    for (int c = 0; c < op.y.channels(); ++c) {
      const float e = c < op.classes ? std::exp(*channel(x, n, c) - largest) : 0.0F;
      *channel(y, n, c) = e;
      sum += e;
    }
    for (int c = 0; c < op.classes; ++c) {
      *channel(y, n, c) = static_cast<float>(*channel(y, n, c) / sum);
    }
  }
}

void softmax_bprop(const Stream&, const SoftmaxBprop& op) {
  const auto y = op.y.as<const float>();
  const auto dy = op.dy.as<const float>();
  const auto dx = op.dx.as<float>();
  for (int n = 0; n < op.y.n; ++n) {
    double dot = 0;
    for (int c = 0; c < op.y.channels(); ++c) dot += double{*channel(dy, n, c)} * *channel(y, n, c);
    for (int c = 0; c < op.y.channels(); ++c) {
      *channel(dx, n, c) = static_cast<float>(*channel(y, n, c) * (*channel(dy, n, c) - dot));
    }
  }
}

}  // namespace limpid::cpu
