// A thread for every tile of eight by eight: neighbours take neighbouring groups, which lie side by side in
// NHWC and in a matrix.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/launch.cuh"
#include "kernels/ops/gram.body.h"

namespace limpid::cuda {
namespace {

/// Small blocks: the tiles of one image must spread over many multiprocessors.
constexpr int kTileThreads = 64;
constexpr int kGramThreads = 256;

template <class T>
__global__ void __launch_bounds__(kTileThreads) gram_tiles(GramBody<T> body) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kTileThreads + threadIdx.x;
  const int groups = body.map.groups;
  if (i >= std::int64_t{groups} * groups) return;
  const int n = static_cast<int>(blockIdx.y), a = static_cast<int>(i / groups),
            b = static_cast<int>(i % groups);
  body.store(n, a, b, body.tile(n, a, b));
}

__global__ void __launch_bounds__(kGramThreads) sum_gram_parts(GramSeedBody body) {
  const int n = static_cast<int>(blockIdx.y), part = static_cast<int>(blockIdx.x);
  for (int t = 0; t < body.terms_per_image; ++t) {
    const GramTerm term = body.term(n, t);
    for (int j = 0; j < body.others(term); ++j) {
      GramSums sums{};
      for (std::int64_t i = std::int64_t{part} * kGramThreads + threadIdx.x; i < body.groups();
           i += kGramParts * kGramThreads) {
        body.add(sums, term, n, j, i);
      }
      sums = {block_reduce<kGramThreads>(sums.both, Add{}), block_reduce<kGramThreads>(sums.other, Add{})};
      if (threadIdx.x == 0) body.store(n, t, j, part, sums);
    }
  }
}

/// One thread per image: its terms may share a value.
__global__ void finish(GramSeedBody body, double* values, int columns) {
  const int n = static_cast<int>(blockIdx.x);
  for (int t = 0; t < body.terms_per_image; ++t) {
    const GramTerm term = body.term(n, t);
    if (term.kind == TermKind::none) continue;
    values[std::int64_t{n} * columns + term.column] += body.finish(term, n, t);
  }
}

__global__ void __launch_bounds__(kGramThreads) write_slope(GramSeedBody body) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kGramThreads + threadIdx.x;
  if (i < body.groups()) body.slope(static_cast<int>(blockIdx.y), i);
}

template <class T>
__global__ void __launch_bounds__(kTileThreads) adjoint_tiles(GramAdjointBody<T> body, const float* slope) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kTileThreads + threadIdx.x;
  const int groups = body.map.groups;
  if (i >= std::int64_t{groups} * body.tiles()) return;
  const int n = static_cast<int>(blockIdx.y), a = static_cast<int>(i % groups);
  const std::int64_t channels = std::int64_t{groups} * kGroup;
  const float* row = slope + n * channels * channels + a * kGroup;
  body.add(n, a, static_cast<int>(i / groups), {row, channels, 0, groups});
}

}  // namespace

void gram(const Stream& stream, const Gram& op) {
  const std::int64_t tiles = std::int64_t{op.map.groups} * op.map.groups;
  check_index_range("gram", tiles);
  check_images("gram", op.map.n);
  if (tiles == 0 || op.map.n == 0) return;
  const dim3 grid(detail::blocks_of(tiles, kTileThreads), static_cast<unsigned>(op.map.n));
  with_type(op.map.dtype, [&](auto type) {
    using T = decltype(type);
    const GramBody<T> body{op.map.as<const T>(), op.gram};
    launch<gram_tiles<T>>(stream, "gram", grid, kTileThreads, 0, body);
  });
}

void gram_seed(const Stream& stream, const GramSeed& op) {
  const GramSeedBody body(op);
  check_index_range("gram_seed", body.groups());
  check_images("gram_seed", op.images);
  if (op.channels == 0 || op.images == 0) return;
  const auto images = static_cast<unsigned>(op.images);
  launch<sum_gram_parts>(stream, "gram_seed", dim3(kGramParts, images), kGramThreads, 0, body);
  launch<finish>(stream, "gram_seed", images, 1, 0, body, op.values, op.columns);
  const dim3 blocks(detail::blocks_of(body.groups(), kGramThreads), images);
  launch<write_slope>(stream, "gram_seed", blocks, kGramThreads, 0, body);
}

void gram_adjoint(const Stream& stream, const GramAdjoint& op) {
  check_index_range("gram_adjoint", std::int64_t{op.map.groups} * op.map.h * op.map.w);
  check_images("gram_adjoint", op.map.n);
  if (op.map.elements() == 0) return;
  with_type(op.map.dtype, [&](auto type) {
    using T = decltype(type);
    const GramAdjointBody<T> body{op.map.as<const T>(), op.gradient.as<T>(), op.gradient_scale};
    const dim3 grid(detail::blocks_of(std::int64_t{op.map.groups} * body.tiles(), kTileThreads),
                    static_cast<unsigned>(op.map.n));
    launch<adjoint_tiles<T>>(stream, "gram_adjoint", grid, kTileThreads, 0, body, op.slope);
  });
}

}  // namespace limpid::cuda
