// What operations demand of their operands, checked once, when an operation is recorded.
//
// Of memory only the address is looked at, for it may be a device's. What an operation reads from it (keys,
// terms, maps) is its maker's affair.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "kernels/core/tensor.h"
#include "kernels/core/window.h"

namespace limpid {

struct NamedTensor {
  const char* name;
  Tensor tensor;
};
struct NamedPlanes {
  const char* name;
  Planar<const float> planes;
};
/// Memory of one type, which it is aligned to.
struct NamedMemory {
  template <class T>
  NamedMemory(const char* name, const T* data) : name(name), data(data), alignment(alignof(T)) {}
  const char* name;
  const void* data;
  std::size_t alignment;
};
struct NamedNumber {
  const char* name;
  std::int64_t value;
};

/// The contract of one operation. Everything here throws std::logic_error, with one line that names the
/// operation, the operand and the values, where what it says does not hold: a mistake in the program.
class OpContract {
 public:
  /// `fp32_only`: tensors of other types are refused.
  OpContract(const char* op, bool fp32_only) : op_(op), fp32_only_(fp32_only) {}

  /// All are there, with pixels of whole channel groups on addresses of 16 bytes, and have the extents and
  /// the type of the first.
  void tensors(std::initializer_list<NamedTensor> tensors) const;

  /// All are there, and have the extents of the first.
  void planes(std::initializer_list<NamedPlanes> planes) const;

  /// All are there.
  void memory(std::initializer_list<NamedMemory> memory) const;

  /// All are `least` or more.
  void at_least(std::int64_t least, std::initializer_list<NamedNumber> numbers) const;

  /// The same extents but for the channels.
  void same_pixels(const NamedPlanes& a, const NamedPlanes& b) const;

  /// No value of one is one of the other.
  void apart(const NamedPlanes& a, const NamedPlanes& b) const;

  /// The post-ReLU map that masks a gradient, where it has data: as the gradient is.
  void mask(const NamedTensor& relu_output, const NamedTensor& gradient) const;

  /// `y` has a pixel for each window over `x`: all begin in it, or before it by less than their size.
  void windows(const Window& window, const NamedTensor& x, const NamedTensor& y) const;

  /// The same, of windows that pools are built for: 3 x 3 of stride 1 or 2, or 2 x 2 of stride 2.
  void pool_windows(const Window& window, const NamedTensor& x, const NamedTensor& y) const;

  /// Fails unless `holds`. The format says what the operand is and what it must be.
  template <class... Args>
  void require(bool holds, const char* operand, fmt::format_string<Args...> format, Args&&... args) const {
    if (!holds) fail(operand, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  [[noreturn]] void fail(const char* operand, const std::string& what) const;
  void is_there(const NamedMemory& memory) const;
  void is_there(const NamedTensor& tensor) const;
  void is_there(const NamedPlanes& planes) const;

  const char* op_;
  bool fp32_only_;
};

}  // namespace limpid
