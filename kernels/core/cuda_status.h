// Errors of the CUDA runtime as ours.
#pragma once

#include <cuda_runtime.h>

#include "kernels/core/error.h"

namespace limpid::cuda {

/// Throws Error{runtime} saying what was being done unless `status` is success.
inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // Not to be met again by the next launch that is checked.
  fail_runtime("CUDA: {}: {}", what, cudaGetErrorString(status));
}

/// Whether what a stream is given is recorded by a capture, be it one that has been spoilt.
inline bool is_captured(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(stream, &status), "asking about a stream");
  return status != cudaStreamCaptureStatusNone;
}

}  // namespace limpid::cuda
