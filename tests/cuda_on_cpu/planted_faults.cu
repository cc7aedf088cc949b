#include "kernels/core/kernel_launch.cuh"
#include "kernels/core/relaxed.cuh"
#include "tests/cuda_on_cpu/planted_faults.h"

namespace emulated {
namespace {

using limpid::cuda::detail::start;
constexpr int kThreads = 64;

__global__ void read_one_kernel(const float* in, long at, float* out) {
  out[0] = in[at];
}

__global__ void read_vector_kernel(const char* in, float4* out) {
  out[0] = __ldg(reinterpret_cast<const float4*>(in));
}

__global__ void write_one_place_kernel(int* out, bool atomically) {
  if (atomically) {
    limpid::cuda::store_relaxed(out, 1);
  } else {
    out[0] = 1;
  }
}

__global__ void swap_neighbours_kernel(float* out, bool barrier) {
  LIMPID_SHARED(float[kThreads], shared);
  shared[threadIdx.x] = static_cast<float>(threadIdx.x);
  if (barrier) __syncthreads();
  const float other = shared[threadIdx.x ^ 1];
  out[threadIdx.x] = other;
}

__global__ void read_shared_unwritten_kernel(float* out) {
  LIMPID_SHARED(float[2], shared);
  shared[0] = 1;
  out[0] = shared[1];
}

__global__ void write_beyond_shared_kernel(float* out) {
  LIMPID_SHARED(float[2], shared);
  float* p = shared;
  p[2] = 1;
  out[0] = 0;
}

__global__ void leave_before_barrier_kernel(float* out) {
  if (threadIdx.x < kThreads / 2) return;
  __syncthreads();
  out[threadIdx.x] = 1;
}

__global__ void leave_before_exchange_kernel(float* out) {
  if (threadIdx.x % 2 == 0) return;
  out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0F, 1);
}

}  // namespace

void read_one(cudaStream_t stream, const float* in, long at, float* out) {
  start<read_one_kernel>(stream, 1, 1, 0, in, at, out);
}
void read_vector(cudaStream_t stream, const char* in, float4* out) {
  start<read_vector_kernel>(stream, 1, 1, 0, in, out);
}
void write_one_place(cudaStream_t stream, int* out, bool atomically) {
  start<write_one_place_kernel>(stream, 2, kThreads, 0, out, atomically);
}
void swap_neighbours(cudaStream_t stream, float* out, bool barrier) {
  start<swap_neighbours_kernel>(stream, 1, kThreads, 0, out, barrier);
}
void read_shared_unwritten(cudaStream_t stream, float* out) {
  start<read_shared_unwritten_kernel>(stream, 1, 1, 0, out);
}
void write_beyond_shared(cudaStream_t stream, float* out) {
  start<write_beyond_shared_kernel>(stream, 1, 1, 0, out);
}
void leave_before_barrier(cudaStream_t stream, float* out) {
  start<leave_before_barrier_kernel>(stream, 1, kThreads, 0, out);
}
void leave_before_exchange(cudaStream_t stream, float* out) {
  start<leave_before_exchange_kernel>(stream, 1, kThreads, 0, out);
}
void launch_too_many_threads(cudaStream_t stream, float* out) {
  start<leave_before_barrier_kernel>(stream, 1, 2048, 0, out);
}

}  // namespace emulated
