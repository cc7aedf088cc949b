#include "kernels/conv/pixel_blocks.h"
#include "kernels/conv/space_to_depth.h"
#include "kernels/core/group.h"
#include "kernels/core/group_launch.cuh"

namespace limpid::cuda {
namespace {

/// Channel group `row` of a block is the two pixels of that row: 32 bytes of fp16 read, 16 written.
template <class T>
struct SpaceToDepthBody {
  GroupView<const T> pixels;
  GroupView<T> blocks;

  __device__ void operator()(int n, int row, int h, int w) const {
    Group block = splat(0.0F);
#pragma unroll
    for (int column = 0; column < kBlockEdge; ++column) {
      const int y = kBlockEdge * h + row, x = kBlockEdge * w + column;
      if (y >= pixels.h || x >= pixels.w) continue;
      const Group pixel = load_group(pixels.at(n, 0, y, x));
#pragma unroll
      for (int c = 0; c < kColours; ++c) block[column * kPixelChannels + c] = pixel[c];
    }
    store_group(blocks.at(n, row, h, w), block);
  }
};

template <class T>
struct DepthToSpaceBody {
  GroupView<const T> blocks;
  GroupView<T> pixels;

  __device__ void operator()(int n, int row, int h, int w) const {
    const Group block = load_group(blocks.at(n, row, h, w));
#pragma unroll
    for (int column = 0; column < kBlockEdge; ++column) {
      const int y = kBlockEdge * h + row, x = kBlockEdge * w + column;
      if (y >= pixels.h || x >= pixels.w) continue;
      Group pixel = splat(0.0F);
#pragma unroll
      for (int c = 0; c < kColours; ++c) pixel[c] = block[column * kPixelChannels + c];
      store_group(pixels.at(n, 0, y, x), pixel);
    }
  }
};

}  // namespace

void space_to_depth(const Stream& stream, const Tensor& pixels, const Tensor& blocks) {
  with_type(pixels.dtype, [&](auto type) {
    using T = decltype(type);
    const SpaceToDepthBody<T> body{pixels.as<const T>(), blocks.as<T>()};
    for_each_group(stream, "space_to_depth", blocks.n, blocks.groups, blocks.h, blocks.w, body);
  });
}

void depth_to_space(const Stream& stream, const Tensor& blocks, const Tensor& pixels) {
  with_type(pixels.dtype, [&](auto type) {
    using T = decltype(type);
    const DepthToSpaceBody<T> body{blocks.as<const T>(), pixels.as<T>()};
    for_each_group(stream, "depth_to_space", blocks.n, blocks.groups, blocks.h, blocks.w, body);
  });
}

}  // namespace limpid::cuda
