// Host memory aligned for vector and cache-line access.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "kernels/core/error.h"

namespace limpid {

/// One cache line, and the widest vector register.
inline constexpr std::size_t kAlignment = 64;

struct FreeDeleter {
  void operator()(void* p) const noexcept { std::free(p); }
};

/// `count` floats, 64-byte aligned, zeroed, owned. Throws Error{runtime} when memory is short.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::size_t count) : size_(count) {
    const std::size_t bytes = (count * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
    data_.reset(static_cast<float*>(std::aligned_alloc(kAlignment, bytes == 0 ? kAlignment : bytes)));
    if (!data_)
      fail_runtime("out of memory: {:.1f} MiB of host memory could not be had",
                   static_cast<double>(bytes) / (1 << 20));
    std::memset(data_.get(), 0, bytes);
  }

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<float, FreeDeleter> data_;
  std::size_t size_ = 0;
};

}  // namespace limpid
