#include "tests/reference/reference_ops.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"

namespace limpid::reference {
namespace {

void require_same_shape(const Map& a, const Map& b, const char* operation) {
  if (a.c != b.c || a.h != b.h || a.w != b.w) {
    fail_usage("reference {}: {}x{}x{} and {}x{}x{} should be alike", operation, a.c, a.h, a.w, b.c, b.h,
               b.w);
  }
}

void require_channels(const Map& x, int channels, const ConvLayer& layer) {
  if (x.c != channels) fail_usage("reference convolution {}: {} channels, not {}", layer.name, x.c, channels);
}

/// The positions [first, last) of `count` along one dimension at which tap `tap` falls on one of n pixels.
struct Span {
  int first, last;
};
Span inside(int count, int n, int tap, int stride, int before) {
  const int offset = tap - before;
  const int first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int last = n - offset <= 0 ? 0 : (n - offset + stride - 1) / stride;
  return {std::min(first, count), std::max(std::min(last, count), std::min(first, count))};
}

/// Calls f(weight, row of the k side, row of the c side, length) for every tap of the filter plane (k, c) and
/// row it touches. The row of the k side has unit stride, that of the c side the window's: both directions
/// are this one walk.
template <class F>
void for_each_tap_row(const ConvLayer& layer, const Sliding& sliding, int k, int c, int h, int w,
                      const F& f) {
  const Window& window = sliding.window;
  const int size = layer.size;
  const float* filter = layer.filter.data() + (std::int64_t{k} * layer.c + c) * size * size;
  for (int r = 0; r < size; ++r) {
    const Span rows = inside(sliding.p, h, r, window.stride, window.before_h);
    for (int s = 0; s < size; ++s) {
      const Span columns = inside(sliding.q, w, s, window.stride, window.before_w);
      const int length = columns.last - columns.first;
      const double weight = filter[r * size + s];
      for (int p = rows.first; p < rows.last; ++p) {
        const int y = p * window.stride + r - window.before_h;
        const int x = columns.first * window.stride + s - window.before_w;
        f(weight, std::int64_t{p} * sliding.q + columns.first, std::int64_t{y} * w + x, length);
      }
    }
  }
}

/// target[i target_stride] += weight source[i source_stride]; unit strides apart, so that they vectorise.
void add_scaled(double weight, const double* source, int source_stride, double* target, int target_stride,
                int length) {
  if (source_stride == 1 && target_stride == 1) {
#pragma omp simd
    for (int i = 0; i < length; ++i) target[i] += weight * source[i];
    return;
  }
  for (int i = 0; i < length; ++i) {
    target[std::int64_t{i} * target_stride] += weight * source[std::int64_t{i} * source_stride];
  }
}

/// sums[c] = bias + alpha * sum of squares over the window around channel c, at one pixel.
void lrn_denominators(const Map& x, const Lrn& lrn, std::size_t pixel, std::vector<double>& sums) {
  for (int c = 0; c < x.c; ++c) {
    double sum = 0;
    for (int j = std::max(c - lrn.radius, 0); j <= std::min(c + lrn.radius, x.c - 1); ++j) {
      sum += x.plane(j)[pixel] * x.plane(j)[pixel];
    }
    sums[static_cast<std::size_t>(c)] = double{lrn.bias} + double{lrn.alpha} * sum;
  }
}

Sliding slide(Extent vertical, Extent horizontal, int size, int stride) {
  return {{size, stride, vertical.before, horizontal.before}, vertical.out, horizontal.out};
}

}  // namespace

Sliding slide_conv(Padding padding, int h, int w, int size, int stride) {
  return slide(conv_extent(padding, h, size, stride), conv_extent(padding, w, size, stride), size, stride);
}

Sliding slide_pool(Padding padding, int h, int w, int size, int stride) {
  return slide(pool_extent(padding, h, size, stride), pool_extent(padding, w, size, stride), size, stride);
}

Map conv_fprop(const Map& x, const ConvLayer& layer, const Sliding& sliding) {
  require_channels(x, layer.c, layer);
  Map y(layer.k, sliding.p, sliding.q);
#pragma omp parallel for schedule(dynamic)
  for (int k = 0; k < layer.k; ++k) {
    double* target = y.plane(k);
    const double bias = layer.bias.empty() ? 0.0 : double{layer.bias[static_cast<std::size_t>(k)]};
    std::fill_n(target, y.plane_size(), bias);
    for (int c = 0; c < layer.c; ++c) {
      const double* source = x.plane(c);
      for_each_tap_row(layer, sliding, k, c, x.h, x.w,
                       [&](double weight, std::int64_t out, std::int64_t in, int length) {
                         add_scaled(weight, source + in, sliding.window.stride, target + out, 1, length);
                       });
    }
  }
  return y;
}

Map conv_dgrad(const Map& dy, const ConvLayer& layer, const Sliding& sliding, int h, int w) {
  require_channels(dy, layer.k, layer);
  Map dx(layer.c, h, w);
#pragma omp parallel for schedule(dynamic)
  for (int c = 0; c < layer.c; ++c) {
    double* target = dx.plane(c);
    for (int k = 0; k < layer.k; ++k) {
      const double* source = dy.plane(k);
      for_each_tap_row(layer, sliding, k, c, h, w,
                       [&](double weight, std::int64_t out, std::int64_t in, int length) {
                         add_scaled(weight, source + out, 1, target + in, sliding.window.stride, length);
                       });
    }
  }
  return dx;
}

Mask positive_mask(const Map& x) {
  Mask mask(x.values.size());
  std::transform(x.values.begin(), x.values.end(), mask.begin(),
                 [](double value) { return static_cast<std::uint8_t>(value > 0); });
  return mask;
}

Map masked(const Map& x, const Mask& mask) {
  if (mask.size() != x.values.size()) {
    fail_usage("reference mask: {} entries for {} values", mask.size(), x.values.size());
  }
  Map y(x.c, x.h, x.w);
  std::transform(x.values.begin(), x.values.end(), mask.begin(), y.values.begin(),
                 [](double value, std::uint8_t passes) { return passes != 0 ? value : 0.0; });
  return y;
}

Argmax max_pool_argmax(const Map& x, const Sliding& sliding) {
  const Window& window = sliding.window;
  Argmax argmax;
  argmax.reserve(static_cast<std::size_t>(x.c) * static_cast<std::size_t>(sliding.p * sliding.q));
  for (int c = 0; c < x.c; ++c) {
    for (int p = 0; p < sliding.p; ++p) {
      const int y0 = p * window.stride - window.before_h;
      for (int q = 0; q < sliding.q; ++q) {
        const int x0 = q * window.stride - window.before_w;
        int best = -1;
        for (int y = std::max(y0, 0); y < std::min(y0 + window.size, x.h); ++y) {
          for (int column = std::max(x0, 0); column < std::min(x0 + window.size, x.w); ++column) {
            const int candidate = y * x.w + column;
            if (best < 0 || x.plane(c)[candidate] > x.plane(c)[best]) best = candidate;
          }
        }
        if (best < 0) fail_usage("reference max-pool: window at {},{} lies outside {}x{}", p, q, x.h, x.w);
        argmax.push_back(best);
      }
    }
  }
  return argmax;
}

Map max_pool(const Map& x, const Argmax& argmax, const Sliding& sliding) {
  Map y(x.c, sliding.p, sliding.q);
  if (argmax.size() != y.values.size()) {
    fail_usage("reference max-pool: {} choices for {} outputs", argmax.size(), y.values.size());
  }
  std::size_t i = 0;
  for (int c = 0; c < x.c; ++c) {
    for (std::size_t end = i + y.plane_size(); i < end; ++i) y.values[i] = x.plane(c)[argmax[i]];
  }
  return y;
}

Map max_pool_vjp(const Map& dy, const Argmax& argmax, int h, int w) {
  if (argmax.size() != dy.values.size()) {
    fail_usage("reference max-pool: {} choices for {} gradients", argmax.size(), dy.values.size());
  }
  Map dx(dy.c, h, w);
  std::size_t i = 0;
  for (int c = 0; c < dy.c; ++c) {
    for (std::size_t end = i + dy.plane_size(); i < end; ++i) dx.plane(c)[argmax[i]] += dy.values[i];
  }
  return dx;
}

Map lrn_fprop(const Map& x, const Lrn& lrn) {
  if (!lrn.present) return x;
  Map y(x.c, x.h, x.w);
  std::vector<double> denominators(static_cast<std::size_t>(x.c));
  for (std::size_t pixel = 0; pixel < x.plane_size(); ++pixel) {
    lrn_denominators(x, lrn, pixel, denominators);
    for (int c = 0; c < x.c; ++c) {
      const double d = denominators[static_cast<std::size_t>(c)];
      y.plane(c)[pixel] = x.plane(c)[pixel] * std::pow(d, -double{lrn.beta});
    }
  }
  return y;
}

Map lrn_vjp(const Map& x, const Map& dy, const Lrn& lrn) {
  require_same_shape(x, dy, "LRN");
  if (!lrn.present) return dy;
  Map dx(x.c, x.h, x.w);
  const auto channels = static_cast<std::size_t>(x.c);
  std::vector<double> denominators(channels);
  std::vector<double> coupled(channels);  // dy_j x_j D_j^(-beta - 1)
  for (std::size_t pixel = 0; pixel < x.plane_size(); ++pixel) {
    lrn_denominators(x, lrn, pixel, denominators);
    for (int j = 0; j < x.c; ++j) {
      const auto index = static_cast<std::size_t>(j);
      coupled[index] =
          dy.plane(j)[pixel] * x.plane(j)[pixel] * std::pow(denominators[index], -double{lrn.beta} - 1);
    }
    for (int i = 0; i < x.c; ++i) {
      double sum = 0;
      for (int j = std::max(i - lrn.radius, 0); j <= std::min(i + lrn.radius, x.c - 1); ++j) {
        sum += coupled[static_cast<std::size_t>(j)];
      }
      const double direct =
          dy.plane(i)[pixel] * std::pow(denominators[static_cast<std::size_t>(i)], -double{lrn.beta});
      dx.plane(i)[pixel] = direct - 2 * double{lrn.alpha} * double{lrn.beta} * x.plane(i)[pixel] * sum;
    }
  }
  return dx;
}

Map global_average(const Map& x) {
  Map y(x.c, 1, 1);
  for (int c = 0; c < x.c; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < x.plane_size(); ++i) sum += x.plane(c)[i];
    y.at(c, 0, 0) = sum / static_cast<double>(x.plane_size());
  }
  return y;
}

Map global_average_vjp(const Map& dy, int h, int w) {
  Map dx(dy.c, h, w);
  for (int c = 0; c < dy.c; ++c) {
    std::fill_n(dx.plane(c), dx.plane_size(), dy.at(c, 0, 0) / static_cast<double>(dx.plane_size()));
  }
  return dx;
}

Map softmax(const Map& x) {
  Map y(x.c, x.h, x.w);
  for (std::size_t pixel = 0; pixel < x.plane_size(); ++pixel) {
    double largest = x.plane(0)[pixel];
    for (int c = 1; c < x.c; ++c) largest = std::max(largest, x.plane(c)[pixel]);
    double sum = 0;
    for (int c = 0; c < x.c; ++c) sum += y.plane(c)[pixel] = std::exp(x.plane(c)[pixel] - largest);
    for (int c = 0; c < x.c; ++c) y.plane(c)[pixel] /= sum;
  }
  return y;
}

Map softmax_vjp(const Map& y, const Map& dy) {
  require_same_shape(y, dy, "softmax");
  Map dx(y.c, y.h, y.w);
  for (std::size_t pixel = 0; pixel < y.plane_size(); ++pixel) {
    double inner = 0;
    for (int c = 0; c < y.c; ++c) inner += dy.plane(c)[pixel] * y.plane(c)[pixel];
    for (int c = 0; c < y.c; ++c) dx.plane(c)[pixel] = y.plane(c)[pixel] * (dy.plane(c)[pixel] - inner);
  }
  return dx;
}

Map concatenate(const std::vector<const Map*>& maps) {
  int channels = 0;
  for (const Map* map : maps) {
    if (map->h != maps.front()->h || map->w != maps.front()->w) {
      fail_usage("reference concatenation: {}x{} beside {}x{}", map->h, map->w, maps.front()->h,
                 maps.front()->w);
    }
    channels += map->c;
  }
  Map result(channels, maps.front()->h, maps.front()->w);
  auto out = result.values.begin();
  for (const Map* map : maps) out = std::copy(map->values.begin(), map->values.end(), out);
  return result;
}

Map slice(const Map& x, int first, int count) {
  Map result(count, x.h, x.w);
  std::copy_n(x.plane(first), result.values.size(), result.values.begin());
  return result;
}

void accumulate(Map& target, const Map& addend) {
  require_same_shape(target, addend, "sum");
  std::transform(target.values.begin(), target.values.end(), addend.values.begin(), target.values.begin(),
                 std::plus<>());
}

}  // namespace limpid::reference
