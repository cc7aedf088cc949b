// A thread works on one pixel. In the backward pass a block of 64 shares its pixels' gradients and inputs,
// layer by layer, and each thread sums over them for some of the weights.
#include "kernels/core/launch.cuh"
#include "kernels/ops/cppn.body.h"

namespace limpid::cuda {
namespace {

constexpr int kCppnThreads = 64;

__global__ void __launch_bounds__(kCppnThreads) cppn_fprop_pixels(CppnFprop op) {
  const std::int64_t pixel = std::int64_t{blockIdx.x} * kCppnThreads + threadIdx.x;
  if (pixel >= std::int64_t{op.latent.h} * op.latent.w) return;
  const int image = static_cast<int>(blockIdx.y);
  const float* parameters = op.parameters + image * cppn_parameters(op.latent.c);
  const CppnGrid grid(op.latent.w, op.frame);
  float activations[kCppnActivations], latent[kMostCppnOutputs];
  cppn_hidden_layers(parameters, grid.x(pixel), grid.y(pixel), activations, CppnKeepNothing{});
  cppn_output(parameters, op.latent.c, activations, latent);
  for (int c = 0; c < op.latent.c; ++c) op.latent.plane(image, c)[pixel] = latent[c];
}

/// Rows are one longer than they need be, so that threads reading one column meet different banks.
struct SharedTile {
  float dz[kCppnThreads][kCppnWidth + 1];
  float inputs[kCppnThreads][kCppnActivations + 1];
};

/// Adds the tile's sums of dz inputs^T and of dz to the gradients of a layer, which this block alone writes.
__device__ void add_layer(const SharedTile& tile, const CppnLayer& layer, float* partial) {
  const int columns = layer.inputs + 1;  // The last one is the bias.
  for (int k = static_cast<int>(threadIdx.x); k < layer.outputs * columns; k += kCppnThreads) {
    const int j = k / columns, i = k % columns;
    float sum = 0;
    for (int p = 0; p < kCppnThreads; ++p) {
      sum = i < layer.inputs ? fmaf(tile.dz[p][j], tile.inputs[p][i], sum) : sum + tile.dz[p][j];
    }
    partial[i < layer.inputs ? layer.first + j * layer.inputs + i : layer.biases() + j] += sum;
  }
}

__device__ void share(float* row, const float* values, int count) {
  for (int i = 0; i < count; ++i) row[i] = values[i];
}

__global__ void __launch_bounds__(kCppnThreads) cppn_bprop_chunks(CppnBprop op, std::int64_t chunk_pixels) {
  LIMPID_SHARED(SharedTile, tile);
  const int image = static_cast<int>(blockIdx.y), planes = op.dlatent.c;
  const std::int64_t pixels = std::int64_t{op.dlatent.h} * op.dlatent.w;
  const std::int64_t count = cppn_parameters(planes);
  const float* parameters = op.parameters + image * count;
  float* partial = op.partials + (std::int64_t{image} * gridDim.x + blockIdx.x) * count;
  // Other threads add to these: behind the barrier of the first tile.
  for (std::int64_t i = threadIdx.x; i < count; i += kCppnThreads) partial[i] = 0;
  const CppnGrid grid(op.dlatent.w, {op.dlatent.h, 0});
  const std::int64_t begin = blockIdx.x * chunk_pixels;
  const std::int64_t end = begin + chunk_pixels < pixels ? begin + chunk_pixels : pixels;
  for (std::int64_t first = begin; first < end; first += kCppnThreads) {
    const std::int64_t pixel = first + threadIdx.x;
    const float x = grid.x(pixel), y = grid.y(pixel);
    CppnHidden<float> hidden[kCppnLayers];
    float values[kCppnActivations], dz[kCppnWidth];
    cppn_hidden_layers(parameters, x, y, values, CppnKeep<float>{hidden});
    for (int c = 0; c < planes; ++c) dz[c] = pixel < end ? op.dlatent.plane(image, c)[pixel] : 0.0F;
    for (int layer = kCppnLayers; layer >= 0; --layer) {
      const CppnLayer l = cppn_layer(layer, planes);
      if (layer > 0) {
        cppn_activate(hidden[layer - 1].angle, values);
      } else {
        values[0] = x;
        values[1] = y;
      }
      share(tile.dz[threadIdx.x], dz, l.outputs);
      share(tile.inputs[threadIdx.x], values, l.inputs);
      __syncthreads();
      add_layer(tile, l, partial);
      __syncthreads();
      if (layer == 0) break;
      cppn_dense_adjoint(parameters + l.first, l.outputs, dz, values);
      cppn_activate_adjoint(hidden[layer - 1], values, dz);
    }
  }
}

/// The chunks' sums, one after the other.
struct SumChunksBody {
  const float* partials;
  float* dparameters;
  std::int64_t count, chunks;

  __device__ SumChunksBody(const CppnBprop& op, int image)
      : count(cppn_parameters(op.dlatent.c)), chunks(cppn_chunks(std::int64_t{op.dlatent.h} * op.dlatent.w)) {
    partials = op.partials + image * chunks * count;
    dparameters = op.dparameters + image * count;
  }

  __device__ void operator()(std::int64_t i) const {
    double sum = 0;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
      sum += static_cast<double>(partials[chunk * count + i]);
    dparameters[i] = static_cast<float>(sum);
  }
};

}  // namespace

void cppn_fprop(const Stream& stream, const CppnFprop& op) {
  const std::int64_t pixels = std::int64_t{op.latent.h} * op.latent.w;
  check_index_range("cppn_fprop", pixels);
  check_images("cppn_fprop", op.latent.n);
  if (pixels == 0 || op.latent.n == 0) return;
  const dim3 grid(detail::blocks_of(pixels, kCppnThreads), static_cast<unsigned>(op.latent.n));
  launch<cppn_fprop_pixels>(stream, "cppn_fprop", grid, kCppnThreads, 0, op);
}

void cppn_bprop(const Stream& stream, const CppnBprop& op) {
  const std::int64_t pixels = std::int64_t{op.dlatent.h} * op.dlatent.w;
  check_index_range("cppn_bprop", pixels);
  check_images("cppn_bprop", op.dlatent.n);
  if (pixels == 0 || op.dlatent.n == 0) return;
  const dim3 grid(static_cast<unsigned>(cppn_chunks(pixels)), static_cast<unsigned>(op.dlatent.n));
  launch<cppn_bprop_chunks>(stream, "cppn_bprop", grid, kCppnThreads, 0, op, cppn_chunk(pixels));
  for_each_image_element<SumChunksBody>(stream, "cppn_bprop", op, op.dlatent.n,
                                        cppn_parameters(op.dlatent.c));
}

}  // namespace limpid::cuda
