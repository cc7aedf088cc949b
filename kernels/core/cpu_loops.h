// How the CPU backend walks a grouped tensor: rows in parallel, pixels of a row in order.
#pragma once

#include "kernels/core/parallel.h"
#include "kernels/core/tensor.h"

namespace limpid::cpu {

/// Calls body(n, g, h, w) for every channel group of every pixel.
template <class Body>
void for_each_group(const Stream& stream, int n, int groups, int h, int w, const Body& body) {
  parallel_for(stream, std::int64_t{n} * groups * h, [&](std::int64_t row) {
    const int ih = static_cast<int>(row % h);
    const int ig = static_cast<int>(row / h % groups);
    const int in = static_cast<int>(row / h / groups);
    for (int iw = 0; iw < w; ++iw) body(in, ig, ih, iw);
  });
}

/// Calls body(n, h, w) for every pixel; the body walks the channel groups itself.
template <class Body>
void for_each_pixel(const Stream& stream, int n, int h, int w, const Body& body) {
  parallel_for(stream, std::int64_t{n} * h, [&](std::int64_t row) {
    const int ih = static_cast<int>(row % h);
    const int in = static_cast<int>(row / h);
    for (int iw = 0; iw < w; ++iw) body(in, ih, iw);
  });
}

}  // namespace limpid::cpu
