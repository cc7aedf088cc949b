// CUDA launches of single-source bodies.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/core/kernel_launch.cuh"
#include "kernels/core/launch_error.h"
#include "kernels/core/stream.h"

namespace limpid::cuda {

/// Throws Error{runtime} unless `count` indices fit the 32-bit index of a launch.
inline void check_index_range(const char* op, std::int64_t count) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (count < 0 || count > kMost) fail_launch_range(op, count, "elements", kMost);
}

/// Throws Error{runtime} unless `images` (or planes) fit the grid's z extent.
inline void check_images(const char* op, int images) {
  constexpr int kMost = 65535;
  if (images < 0 || images > kMost) fail_launch_range(op, images, "images or planes", kMost);
}

inline cudaStream_t native(const Stream& stream) {
  return static_cast<cudaStream_t>(stream.cuda);
}

/// Kernel(args...) by every thread of `grid` blocks, each with `shared_bytes` of shared memory besides its
/// variables. Throws Error{runtime}, with the name `op`, when the launch is refused.
template <auto Kernel, class... Args>
void launch(const Stream& stream, const char* op, dim3 grid, dim3 block, std::size_t shared_bytes,
            const Args&... args) {
  detail::start<Kernel>(native(stream), grid, block, shared_bytes, args...);
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess) fail_launch(op, cudaGetErrorString(status));
}

namespace detail {

inline constexpr int kThreads = 256;

template <class Body>
__global__ void __launch_bounds__(kThreads) each(Body body, std::int32_t count) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i < count) body(static_cast<std::int32_t>(i));
}

/// Elements a thread of each_element takes, a block's width apart: the body is built once for all.
inline constexpr int kElementsPerThread = 4;

/// A body is called with an element, or, where it has `load` and `store`, does all its loads before its first
/// store: the compiler cannot know that they do not overlap, and one load at a time leaves memory half idle.
template <class Body, class Op>
__global__ void __launch_bounds__(kThreads) each_element(Op op, std::int32_t count) {
  const std::int64_t first = std::int64_t{blockIdx.x} * (kElementsPerThread * kThreads) + threadIdx.x;
  if (first >= count) return;
  const Body body(op, static_cast<int>(blockIdx.z));
  if constexpr (requires { body.load(first); }) {
    decltype(body.load(first)) loaded[kElementsPerThread];
#pragma unroll
    for (int k = 0; k < kElementsPerThread; ++k) {
      if (first + k * kThreads < count) loaded[k] = body.load(first + k * kThreads);
    }
#pragma unroll
    for (int k = 0; k < kElementsPerThread; ++k) {
      if (first + k * kThreads < count) body.store(first + k * kThreads, loaded[k]);
    }
  } else {
    for (int k = 0; k < kElementsPerThread; ++k) {
      if (first + k * kThreads < count) body(first + k * kThreads);
    }
  }
}

template <class Body, class Op>
__global__ void __launch_bounds__(kThreads) each_pixel(Op op, int h, int w) {
  const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
  if (y < h && x < w) Body(op, static_cast<int>(blockIdx.z))(y, x);
}

inline unsigned blocks_of(std::int64_t count, int per_block) {
  return static_cast<unsigned>((count + per_block - 1) / per_block);
}

}  // namespace detail

/// body(i) for every i in [0, count); `op` names the operation in errors.
template <class Body>
void for_each(const Stream& stream, const char* op, std::int64_t count, const Body& body) {
  check_index_range(op, count);
  if (count == 0) return;
  launch<detail::each<Body>>(stream, op, detail::blocks_of(count, detail::kThreads), detail::kThreads, 0,
                             body, static_cast<std::int32_t>(count));
}

/// Body(op, image)(i) for every i in [0, count) of every image.
template <class Body, class Op>
void for_each_image_element(const Stream& stream, const char* name, const Op& op, int images,
                            std::int64_t count) {
  check_index_range(name, count);
  check_images(name, images);
  if (count == 0 || images == 0) return;
  const int per_block = detail::kElementsPerThread * detail::kThreads;
  const dim3 grid(detail::blocks_of(count, per_block), 1, static_cast<unsigned>(images));
  launch<detail::each_element<Body, Op>>(stream, name, grid, detail::kThreads, 0, op,
                                         static_cast<std::int32_t>(count));
}

/// Body(op, image)(y, x) for every pixel of every image.
template <class Body, class Op>
void for_each_image_pixel(const Stream& stream, const char* name, const Op& op, int images, int h, int w) {
  check_index_range(name, std::int64_t{h} * w);
  check_images(name, images);
  if (h == 0 || w == 0 || images == 0) return;
  const dim3 block(32, detail::kThreads / 32);  // A warp reads and writes along one row.
  const dim3 grid(detail::blocks_of(w, 32), detail::blocks_of(h, detail::kThreads / 32),
                  static_cast<unsigned>(images));
  launch<detail::each_pixel<Body, Op>>(stream, name, grid, block, 0, op, h, w);
}

}  // namespace limpid::cuda
