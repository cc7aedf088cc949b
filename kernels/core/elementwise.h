// CPU loops over the elements or pixels of a batch of images.
//
// A body is built from an operation and an image, which is where everything constant over the image is worked
// out, and is then called once per element. kernels/core/launch.cuh holds the CUDA forms of the same
// functions.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/core/parallel.h"

namespace limpid::cpu {

/// Elements one task covers: long enough to hide its start, short enough for both cores of a small machine to
/// end together.
inline constexpr std::int64_t kElementBlock = 2048;

/// Calls f(image, begin, end) for blocks that together cover [0, count) of each image.
template <class F>
void for_each_image_block(const Stream& stream, int images, std::int64_t count, const F& f) {
  const std::int64_t blocks = (count + kElementBlock - 1) / kElementBlock;
  parallel_for(stream, images * blocks, [&](std::int64_t task) {
    const std::int64_t begin = task % blocks * kElementBlock;
    f(static_cast<int>(task / blocks), begin, std::min(begin + kElementBlock, count));
  });
}

/// Body(op, image)(i) for every i in [0, count) of every image. Elements must be independent: the loop is
/// vectorised.
template <class Body, class Op>
void for_each_image_element(const Stream& stream, const Op& op, int images, std::int64_t count) {
  for_each_image_block(stream, images, count, [&](int image, std::int64_t begin, std::int64_t end) {
    const Body body(op, image);
#pragma omp simd
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

/// Body(op, image)(y, x) for every pixel of every image.
template <class Body, class Op>
void for_each_image_pixel(const Stream& stream, const Op& op, int images, int h, int w) {
  parallel_for(stream, std::int64_t{images} * h, [&](std::int64_t task) {
    const Body body(op, static_cast<int>(task / h));
    const int y = static_cast<int>(task % h);
    for (int x = 0; x < w; ++x) body(y, x);
  });
}

}  // namespace limpid::cpu
