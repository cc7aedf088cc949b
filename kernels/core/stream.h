// Where an operation runs.
#pragma once

namespace limpid {

/// An execution resource: a number of worker threads on the host, or a CUDA stream. Plain data, passed to
/// every operation; operations never allocate and, on a device, never wait.
struct Stream {
  int threads = 1;       ///< Host threads an operation may use (CPU backend).
  void* cuda = nullptr;  ///< cudaStream_t (CUDA backend).
};

}  // namespace limpid
