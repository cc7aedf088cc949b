// Kernels with one fault each, for the tests of what finds them.
#pragma once

#include <cuda_runtime.h>

namespace emulated {

/// out[0] = in[at], by one thread.
void read_one(cudaStream_t stream, const float* in, long at, float* out);
/// The same of sixteen bytes.
void read_vector(cudaStream_t stream, const char* in, float4* out);
/// Every thread of two blocks writes out[0]; at once, or by relaxed atomics.
void write_one_place(cudaStream_t stream, int* out, bool atomically);
/// Each thread of a block reads what its neighbour wrote to shared memory, after a barrier or without.
void swap_neighbours(cudaStream_t stream, float* out, bool barrier);
void read_shared_unwritten(cudaStream_t stream, float* out);
void write_beyond_shared(cudaStream_t stream, float* out);
/// Half of the threads leave before the others' barrier.
void leave_before_barrier(cudaStream_t stream, float* out);
void leave_before_exchange(cudaStream_t stream, float* out);
void launch_too_many_threads(cudaStream_t stream, float* out);

}  // namespace emulated
