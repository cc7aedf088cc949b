// Cases and operands of the convolution tests.
#pragma once

#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "kernels/conv/cpu_conv.h"
#include "kernels/core/aligned.h"
#include "tests/image/support.h"
#include "tests/kernels/activations.h"
#include "weights/model.h"

namespace limpid::test {

struct ConvCase {
  std::string name;
  int n, c, k, h, w;
  Window window;
  int p, q;
  Surround x_surround = {}, y_surround = {};

  ConvShape shape() const { return {c, h, w, k, p, q, window}; }
  reference::Sliding sliding() const { return {window, p, q}; }
  ActivationShape x() const { return {n, c, h, w, Layout::nchw8c, x_surround}; }
  ActivationShape y() const { return {n, k, p, q, Layout::nchw8c, y_surround}; }

  friend void PrintTo(const ConvCase& c, std::ostream* out) { *out << c.name; }
};

/// A convolution of stride 1 that keeps the map's extents.
inline ConvCase same_conv(const std::string& name, int n, int c, int k, int h, int w, int size,
                          Surround x_surround = {}, Surround y_surround = {}) {
  return {name, n, c, k, h, w, {size, 1, size / 2, size / 2}, h, w, x_surround, y_surround};
}

/// Filter and bias of small whole numbers, or normally distributed with the deviation that keeps activations
/// of order one.
inline ConvLayer make_layer(std::mt19937& random, const ConvCase& c, int channels, bool whole_numbers) {
  const int size = c.window.size;
  ConvLayer layer{"test", c.k, channels, size, {}, {}};
  std::uniform_int_distribution<int> integer(-3, 3);
  std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(channels * size * size)));
  const auto fill = [&](std::vector<float>& values, int count) {
    values.resize(static_cast<std::size_t>(count));
    for (float& value : values) value = whole_numbers ? static_cast<float>(integer(random)) : normal(random);
  };
  fill(layer.filter, c.k * channels * size * size);
  fill(layer.bias, c.k);
  return layer;
}

inline ConvFilter filter_of(const ConvLayer& layer) {
  return {layer.filter.data(), layer.bias.data()};
}

/// Scratch memory between fences.
class Workspace {
 public:
  explicit Workspace(std::size_t bytes) : bytes_(bytes), memory_((bytes + 2 * kFence + 3) / 4) {
    std::memset(memory_.data(), kMark, 2 * kFence + bytes);
  }
  void* data() { return raw() + kFence; }
  bool fences_intact() {
    for (std::size_t i = 0; i < kFence; ++i) {
      if (raw()[i] != kMark || raw()[kFence + bytes_ + i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kFence = 256;
  static constexpr unsigned char kMark = 0xa5;

  unsigned char* raw() { return reinterpret_cast<unsigned char*>(memory_.data()); }

  std::size_t bytes_;
  AlignedFloats memory_;
};

/// Makes the plan and runs it once; the workspace's fences must hold.
inline void run_conv(const ConvRequest& request, const ConvFilter& filter, int thread_count,
                     const Tensor& source, const Tensor& target) {
  const auto plan = cpu::make_conv_plan(request, filter, thread_count);
  Workspace workspace(plan->workspace_bytes());
  plan->run(threads(thread_count), source, target, workspace.data());
  EXPECT_TRUE(workspace.fences_intact());
}

/// Relative error in L2 that a sum of c x size x size products may show, computed directly: roundings of a
/// long sum in sequence, each half a unit of the partial sum, add up like a random walk whose steps grow with
/// the partial sums, to sqrt(terms / 6) units; twice that is allowed.
inline double direct_tolerance(int c, int size) {
  return 2 * kEpsilon * std::sqrt(c * size * size / 6.0 + 1);
}

/// The same for Winograd convolution. Its sums have c terms only, but 36 of them are combined with weights
/// that cancel, which magnifies what their roundings (and those of the transforms, some six deep) leave by
/// about six.
inline double winograd_tolerance(int c) {
  return 6 * kEpsilon * std::sqrt(c / 6.0 + 6);
}

}  // namespace limpid::test
