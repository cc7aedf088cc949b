// Arithmetic of the smooth pools, one channel group of one pixel at a time. Backwards what each window that holds the
// pixel sends back is gathered, so nothing is written twice.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/smoothed_pool.h"

namespace limpid {

template <class T, int Stride, PoolGradient Rule, int Size = 3>
struct SmoothedPoolBpropBody {
  static constexpr float kOffset = 0.01F;  ///< Of the l2 pool's divisor.

  GroupView<const T> x, dy;
  GroupView<T> dx;
  GroupView<const T> relu_output;
  int before_h, before_w;
  bool accumulate;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = dx.at(n, g, h, w);
    Group sum = accumulate ? load_group(target) : splat(0.0F);
    Group own = splat(0.0F);
    if constexpr (Rule == PoolGradient::l2) own = load_group(x.at(n, g, h, w));
    // (h, w) is tap (i, j) of window (p, q) where p Stride + i = h + before_h, and likewise along w.
    const int bottom = h + before_h;
    const int right = w + before_w;
    for (int i = bottom % Stride; i < Size; i += Stride) {
      const int p = (bottom - i) / Stride;
      if (bottom < i || p >= dy.h) continue;
      for (int j = right % Stride; j < Size; j += Stride) {
        const int q = (right - j) / Stride;
        if (right < j || q >= dy.w) continue;
        sum = sum + from_window(n, g, p, q, own);
      }
    }
    if (relu_output.data != nullptr) sum = mask_positive(sum, load_group(relu_output.at(n, g, h, w)));
    store_group(target, sum);
  }

 private:
  /// What window (p, q) sends to a pixel of value `own`.
  LIMPID_HD Group from_window(int n, int g, int p, int q, Group own) const {
    const int top = p * Stride - before_h, left = q * Stride - before_w;
    const int h0 = top < 0 ? 0 : top, h1 = top + Size < dx.h ? top + Size : dx.h;
    const int w0 = left < 0 ? 0 : left, w1 = left + Size < dx.w ? left + Size : dx.w;
    const Group share = splat(1.0F / static_cast<float>((h1 - h0) * (w1 - w0)));
    const Group gradient = load_group(dy.at(n, g, p, q)) * share;
    if constexpr (Rule == PoolGradient::average) return gradient;
    Group squares = splat(0.0F), sizes = splat(0.0F);
    for (int h = h0; h < h1; ++h) {
      for (int w = w0; w < w1; ++w) {
        const Group value = load_group(x.at(n, g, h, w));
        squares = squares + value * value;
        sizes = sizes + value * sign(value);
      }
    }
    const Group inverse = splat(1.0F) / (splat(kOffset) + sizes * share);
    return gradient * inverse * (own + own - squares * share * inverse * sign(own));
  }

  LIMPID_HD static Group sign(Group value) {
    const Group zero = splat(0.0F);
    return select_greater(value, zero, splat(1.0F), select_greater(zero, value, splat(-1.0F), zero));
  }
};

template <class T>
struct WindowMeanBody {
  GroupView<const T> x;
  GroupView<T> y;
  Window window;

  LIMPID_HD void operator()(int n, int g, int p, int q) const {
    const int top = p * window.stride - window.before_h, left = q * window.stride - window.before_w;
    const int h0 = top < 0 ? 0 : top, h1 = top + window.size < x.h ? top + window.size : x.h;
    const int w0 = left < 0 ? 0 : left, w1 = left + window.size < x.w ? left + window.size : x.w;
    Group sum = splat(0.0F);
    for (int h = h0; h < h1; ++h) {
      for (int w = w0; w < w1; ++w) sum = sum + load_group(x.at(n, g, h, w));
    }
    store_group(y.at(n, g, p, q), sum * splat(1.0F / static_cast<float>((h1 - h0) * (w1 - w0))));
  }
};

}  // namespace limpid
