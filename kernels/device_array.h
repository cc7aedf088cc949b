// An array in a device's memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "kernels/backend.h"

namespace limpid {

/// `size` values of a plain type, owned, zeros at first.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(Backend& backend, std::size_t size)
      : backend_(&backend), memory_(backend.allocate(size * sizeof(T))), size_(size) {}

  T* data() const { return memory_ == nullptr ? nullptr : static_cast<T*>(memory_->data()); }
  std::size_t size() const { return size_; }

  void upload(const Stream& stream, std::size_t first, std::span<const T> values) {
    backend_->upload(stream, data() + first, values.data(), values.size_bytes());
  }
  void upload(const Stream& stream, std::size_t at, const T& value) {
    upload(stream, at, std::span<const T>(&value, 1));
  }
  void download(const Stream& stream, std::size_t first, std::span<T> values) const {
    backend_->download(stream, values.data(), data() + first, values.size_bytes());
  }

 private:
  Backend* backend_ = nullptr;
  std::unique_ptr<DeviceMemory> memory_;
  std::size_t size_ = 0;
};

}  // namespace limpid
