// Arithmetic of softmax, one channel group at a time. Sums are in double precision.
#pragma once

#include <cmath>

#include "kernels/core/group.h"

namespace limpid {

/// The largest of `largest` and the logits of classes; x holds the channels from `first` on. A NaN is never
/// it: the sum of weights tells.
LIMPID_HD float largest_logit(Group x, int first, int classes, float largest) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
    if (first + i < classes && x[i] > largest) largest = x[i];
  }
  return largest;
}

/// exp(x - largest), and zero for padded channels.
LIMPID_HD Group softmax_weights(Group x, int first, int classes, float largest) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) x[i] = first + i < classes ? expf(x[i] - largest) : 0.0F;
  return x;
}

LIMPID_HD Group softmax_values(Group weights, double sum) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) weights[i] = static_cast<float>(weights[i] / sum);
  return weights;
}

/// sum + the lanes of x, in order.
LIMPID_HD double add_lanes(double sum, Group x) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

/// sum + the products of the lanes, in order.
LIMPID_HD double add_products(double sum, Group a, Group b) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// y (dy - dot).
LIMPID_HD Group softmax_gradient(Group y, Group dy, double dot) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
    y[i] = static_cast<float>(static_cast<double>(y[i]) * (static_cast<double>(dy[i]) - dot));
  }
  return y;
}

}  // namespace limpid
