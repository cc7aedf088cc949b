// CUDA launches of bodies that work on channel groups; kernels/core/cpu_loops.h holds the CPU forms.
#pragma once

#include "kernels/core/launch.cuh"
#include "kernels/core/tensor.h"

namespace limpid::cuda {

/// body(n, g, h, w) for every channel group of every pixel; neighbouring threads take neighbouring groups of
/// one pixel, which is how NHWC lies in memory.
template <class Body>
struct GroupIndex {
  Body body;
  std::int32_t groups, h, w;

  __device__ void operator()(std::int32_t i) const {
    const std::int32_t g = i % groups;
    const std::int32_t x = i / groups % w;
    const std::int32_t y = i / groups / w % h;
    body(i / groups / w / h, g, y, x);
  }
};

template <class Body>
void for_each_group(const Stream& stream, const char* op, int n, int groups, int h, int w, const Body& body) {
  for_each(stream, op, std::int64_t{n} * groups * h * w, GroupIndex<Body>{body, groups, h, w});
}

/// body(n, h, w) for every pixel; the body walks the channel groups itself.
template <class Body>
struct PixelIndex {
  Body body;
  std::int32_t h, w;

  __device__ void operator()(std::int32_t i) const { body(i / w / h, i / w % h, i % w); }
};

template <class Body>
void for_each_pixel(const Stream& stream, const char* op, int n, int h, int w, const Body& body) {
  for_each(stream, op, std::int64_t{n} * h * w, PixelIndex<Body>{body, h, w});
}

}  // namespace limpid::cuda
