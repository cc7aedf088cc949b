// Memory of the CUDA device for the tests, and tests that skip where there is no device.
#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/kernels/activations.h"

namespace limpid::test {

/// Throws std::runtime_error unless the call succeeded.
inline void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}

/// Skips its tests, saying why, where the driver or a device is missing.
class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    if (status != cudaSuccess)
      GTEST_SKIP() << "no usable CUDA driver or device: " << cudaGetErrorString(status);
    if (devices == 0) GTEST_SKIP() << "no CUDA device";
  }
};

/// Elements on the device, copied from and to host memory.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::span<const T> host) : count_(host.size()) {
    check_cuda(cudaMalloc(&data_, host.size_bytes()), "cudaMalloc");
    check_cuda(cudaMemcpy(data_, host.data(), host.size_bytes(), cudaMemcpyHostToDevice),
               "copy to the device");
  }
  explicit DeviceArray(const std::vector<T>& host) : DeviceArray(std::span<const T>(host)) {}
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return static_cast<T*>(data_); }

  /// What is there once all work is done.
  void download(std::span<T> host) const {
    check_cuda(cudaDeviceSynchronize(), "the operation");
    check_cuda(cudaMemcpy(host.data(), data_, host.size_bytes(), cudaMemcpyDeviceToHost),
               "copy from the device");
  }
  std::vector<T> values() const {
    std::vector<T> host(count_);
    download(host);
    return host;
  }

 private:
  void* data_ = nullptr;
  std::size_t count_;
};

/// A copy of activations, surroundings and fences included, on the device.
template <class T>
class DeviceActivations {
 public:
  explicit DeviceActivations(BasicActivations<T>& host)
      : shape_(host.shape()), array_(std::span<const T>(host.whole(), host.whole_elements())) {}

  Tensor tensor() { return BasicActivations<T>(shape_).tensor_in(array_.data()); }

  /// The copy's present contents; fails the test when anything but the slice was written.
  BasicActivations<T> download() {
    BasicActivations<T> host(shape_);
    array_.download({host.whole(), host.whole_elements()});
    EXPECT_TRUE(host.surroundings_intact());
    return host;
  }

 private:
  ActivationShape shape_;
  DeviceArray<T> array_;
};

}  // namespace limpid::test
