// Every operation of the network in double precision, written from its definition: the oracle of the parity
// tests. Shares no code with the kernels; only the plain descriptions of a window, a layer and a
// normalisation.
//
// One image at a time, planes C x H x W. "vjp" takes dL/dy and returns dL/dx.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/window.h"
#include "weights/model.h"

namespace limpid::reference {

/// c planes of h x w values, w fastest.
struct Map {
  int c = 0, h = 0, w = 0;
  std::vector<double> values;

  Map() = default;
  Map(int channels, int height, int width)
      : c(channels), h(height), w(width), values(static_cast<std::size_t>(channels) * plane_size()) {}

  std::size_t plane_size() const { return static_cast<std::size_t>(h) * static_cast<std::size_t>(w); }
  double* plane(int channel) { return values.data() + static_cast<std::size_t>(channel) * plane_size(); }
  const double* plane(int channel) const {
    return values.data() + static_cast<std::size_t>(channel) * plane_size();
  }
  double& at(int channel, int y, int x) { return plane(channel)[std::int64_t{y} * w + x]; }
  double at(int channel, int y, int x) const { return plane(channel)[std::int64_t{y} * w + x]; }
};

/// A window and the p x q positions it visits.
struct Sliding {
  Window window;
  int p = 0, q = 0;
};

/// How a family slides a convolution or a max-pool over h x w pixels.
Sliding slide_conv(Padding padding, int h, int w, int size, int stride);
Sliding slide_pool(Padding padding, int h, int w, int size, int stride);

/// y[k, p, q] = bias[k] + sum over c, r, s of filter[k, c, r, s] x[c, p stride + r - before_h, q stride + s -
/// before_w], zero outside the map. An empty bias counts as zero.
Map conv_fprop(const Map& x, const ConvLayer& layer, const Sliding& sliding);

/// dL/dx (layer.c x h x w) from dL/dy.
Map conv_dgrad(const Map& dy, const ConvLayer& layer, const Sliding& sliding, int h, int w);

/// One entry per element: 1 where x > 0, which is where a ReLU lets values and gradients through.
using Mask = std::vector<std::uint8_t>;
Mask positive_mask(const Map& x);

/// Zero where the mask is zero: a ReLU forward (with its own mask) and backward.
Map masked(const Map& x, const Mask& mask);

/// For each output of a max-pool, y * w + x of the input pixel it took.
using Argmax = std::vector<std::int32_t>;

/// The first of the largest values in row-major order. Taps outside the map never win. The window must touch
/// the map everywhere.
Argmax max_pool_argmax(const Map& x, const Sliding& sliding);

/// y[c, p, q] = x[c, argmax[c, p, q]].
Map max_pool(const Map& x, const Argmax& argmax, const Sliding& sliding);
Map max_pool_vjp(const Map& dy, const Argmax& argmax, int h, int w);

/// y_c = x_c D_c^-beta with D_c = bias + alpha sum over |j - c| <= radius of x_j^2, clipped at the channel
/// edges; x itself when `lrn` is not present.
Map lrn_fprop(const Map& x, const Lrn& lrn);

/// dx_i = dy_i D_i^-beta - 2 alpha beta x_i sum over |j - i| <= radius of dy_j x_j D_j^(-beta - 1).
Map lrn_vjp(const Map& x, const Map& dy, const Lrn& lrn);

/// Mean over all positions: c x 1 x 1.
Map global_average(const Map& x);
Map global_average_vjp(const Map& dy, int h, int w);

/// Over channels, at each position.
Map softmax(const Map& x);

/// dx_i = y_i (dy_i - sum_j dy_j y_j), from the softmax's output y.
Map softmax_vjp(const Map& y, const Map& dy);

/// Planes of all maps in order. They must agree in height and width.
Map concatenate(const std::vector<const Map*>& maps);

/// Planes [first, first + count).
Map slice(const Map& x, int first, int count);

/// target += addend, of the same shape.
void accumulate(Map& target, const Map& addend);

}  // namespace limpid::reference
