// CUDA launches of bodies that work on channel groups; kernels/core/cpu_loops.h holds the CPU forms.
#pragma once

#include "kernels/core/fastdiv.h"
#include "kernels/core/launch.cuh"
#include "kernels/core/tensor.h"

namespace limpid::cuda {

/// Small blocks: at batch 1 a map of 14 x 14 pixels must spread over many multiprocessors.
inline constexpr int kGroupThreads = 128;

/// Channel groups from which on a thread for each fills a large GPU (132 multiprocessors x 2048 threads).
/// Below, a step is a chain of short launches, and a thread that does more only makes them longer.
inline constexpr std::int64_t kFillingGroups = 1 << 18;

inline bool fills_device(const Tensor& t) {
  return t.elements() / kGroup >= kFillingGroups;
}

/// Where a channel group of one image lies.
struct GroupPlace {
  int g, h, w;
};

/// Takes the index of a channel group of one image to its place: neighbouring threads take neighbouring
/// groups of one pixel, which is how NHWC lies in memory.
class GroupOrder {
 public:
  GroupOrder(int groups, int w) : groups_(groups), w_(w) {}

  __device__ GroupPlace place(std::int32_t i) const {
    const FastDivisor::Result pixel = groups_.divide(i);
    const FastDivisor::Result row = w_.divide(pixel.quotient);
    return {pixel.remainder, row.quotient, row.remainder};
  }

 private:
  FastDivisor groups_, w_;
};

namespace detail {

template <class Body>
__global__ void __launch_bounds__(kGroupThreads) each_group(Body body, GroupOrder order, std::int32_t count) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kGroupThreads + threadIdx.x;
  if (i >= count) return;
  const GroupPlace p = order.place(static_cast<std::int32_t>(i));
  body(static_cast<int>(blockIdx.y), p.g, p.h, p.w);
}

}  // namespace detail

/// Throws Error{runtime} unless images and the groups of one of them fit the index of a launch, and returns
/// the latter.
inline std::int32_t checked_groups(const char* op, int n, int groups, int h, int w) {
  const std::int64_t count = std::int64_t{groups} * h * w;
  check_index_range(op, count);
  check_images(op, n);
  return static_cast<std::int32_t>(count);
}

/// body(n, g, h, w) for every channel group of every pixel.
template <class Body>
void for_each_group(const Stream& stream, const char* op, int n, int groups, int h, int w, const Body& body) {
  const std::int32_t count = checked_groups(op, n, groups, h, w);
  if (count == 0 || n == 0) return;
  const dim3 grid(detail::blocks_of(count, kGroupThreads), static_cast<unsigned>(n));
  launch<detail::each_group<Body>>(stream, op, grid, kGroupThreads, 0, body, GroupOrder(groups, w), count);
}

}  // namespace limpid::cuda
