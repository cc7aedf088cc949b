#include "kernels/ops/op_contract.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

// Texts are made where something is refused, for an operation that runs once is checked each time.
template <>
struct fmt::formatter<limpid::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const limpid::Tensor& t, Context& context) const {
    return fmt::format_to(context.out(), "{} {} x {} x {} x {}", limpid::name_of(t.dtype), t.n, t.channels(),
                          t.h, t.w);
  }
};
template <>
struct fmt::formatter<limpid::Planar<const float>> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const limpid::Planar<const float>& p, Context& context) const {
    return fmt::format_to(context.out(), "{} x {} x {} x {}", p.n, p.c, p.h, p.w);
  }
};

namespace limpid {
namespace {

/// Of a channel group of fp16, the widest access of a GPU.
constexpr std::size_t kGroupAlignment = 16;

bool alike(const Tensor& a, const Tensor& b) {
  return a.dtype == b.dtype && a.n == b.n && a.groups == b.groups && a.h == b.h && a.w == b.w;
}
bool alike(const Planar<const float>& a, const Planar<const float>& b) {
  return a.n == b.n && a.c == b.c && a.h == b.h && a.w == b.w;
}

/// Whether the pixels of every image and group lie side by side as vectors can take them.
bool whole_groups(const Tensor& t) {
  const auto steps = [](int extent, std::int64_t stride) {
    return extent == 1 || (stride >= kGroup && stride % kGroup == 0);
  };
  return steps(t.n, t.stride_n) && steps(t.groups, t.stride_g) && steps(t.h, t.stride_h) &&
         steps(t.w, t.stride_w);
}

/// Whether `count` windows all begin in `extent` pixels, or before them by less than their size.
bool windows_fit(int extent, int count, int before, const Window& window) {
  return before >= 0 && before < window.size && (count - 1) * window.stride - before < extent;
}

}  // namespace

void OpContract::fail(const char* operand, const std::string& what) const {
  throw std::logic_error(fmt::format("{}: {} {}", op_, operand, what));
}

void OpContract::is_there(const NamedMemory& memory) const {
  require(memory.data != nullptr, memory.name, "is null");
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data);
  require(address % memory.alignment == 0, memory.name, "is at {:#x}, and must be at a multiple of {} bytes",
          address, memory.alignment);
}

void OpContract::is_there(const NamedTensor& tensor) const {
  const auto& [name, t] = tensor;
  NamedMemory memory(name, static_cast<const std::byte*>(t.data));
  memory.alignment = kGroupAlignment;
  is_there(memory);
  require(t.n >= 1 && t.groups >= 1 && t.h >= 1 && t.w >= 1, name, "is empty: {}", t);
  require(t.dtype == DType::f32 || !fp32_only_, name, "is {}, and this device computes it in fp32 alone", t);
  require(whole_groups(t), name,
          "has strides {}, {}, {}, {} (n, group, h, w), which must be multiples of {} values", t.stride_n,
          t.stride_g, t.stride_h, t.stride_w, kGroup);
}

void OpContract::is_there(const NamedPlanes& planes) const {
  const auto& [name, p] = planes;
  is_there(NamedMemory(name, p.data));
  require(p.n >= 1 && p.c >= 1 && p.h >= 1 && p.w >= 1, name, "is empty: {}", p);
}

void OpContract::tensors(std::initializer_list<NamedTensor> tensors) const {
  const NamedTensor& first = *tensors.begin();
  for (const NamedTensor& tensor : tensors) {
    is_there(tensor);
    require(alike(tensor.tensor, first.tensor), tensor.name, "is {}, and must be {} as {} is", tensor.tensor,
            first.tensor, first.name);
  }
}

void OpContract::planes(std::initializer_list<NamedPlanes> planes) const {
  const NamedPlanes& first = *planes.begin();
  for (const NamedPlanes& one : planes) {
    is_there(one);
    require(alike(one.planes, first.planes), one.name, "is {}, and must be {} as {} is", one.planes,
            first.planes, first.name);
  }
}

void OpContract::memory(std::initializer_list<NamedMemory> memory) const {
  for (const NamedMemory& one : memory) is_there(one);
}

void OpContract::at_least(std::int64_t least, std::initializer_list<NamedNumber> numbers) const {
  for (const auto& [name, value] : numbers) {
    require(value >= least, name, "is {}, and must be at least {}", value, least);
  }
}

void OpContract::same_pixels(const NamedPlanes& a, const NamedPlanes& b) const {
  require(a.planes.n == b.planes.n && a.planes.h == b.planes.h && a.planes.w == b.planes.w, b.name,
          "is {}, and must have the pictures and pixels of {}, which is {}", b.planes, a.name, a.planes);
}

void OpContract::apart(const NamedPlanes& a, const NamedPlanes& b) const {
  const bool before = b.planes.data + b.planes.elements() <= a.planes.data;
  const bool after = a.planes.data + a.planes.elements() <= b.planes.data;
  require(before || after, b.name, "shares memory with {}", a.name);
}

void OpContract::mask(const NamedTensor& relu_output, const NamedTensor& gradient) const {
  if (relu_output.tensor.data != nullptr) tensors({gradient, relu_output});
}

void OpContract::windows(const Window& window, const NamedTensor& x, const NamedTensor& y) const {
  const Tensor &in = x.tensor, &out = y.tensor;
  require(window.size >= 1 && window.stride >= 1, "window", "is {} x {} of stride {}", window.size,
          window.size, window.stride);
  require(in.n == out.n && in.groups == out.groups && in.dtype == out.dtype, y.name,
          "is {}, and must have the images, channels and type of {}, which is {}", out, x.name, in);
  require(
      windows_fit(in.h, out.h, window.before_h, window) && windows_fit(in.w, out.w, window.before_w, window),
      y.name, "is {}: not all of its windows ({} x {} of stride {}, {} and {} before) begin in {}, {}", out,
      window.size, window.size, window.stride, window.before_h, window.before_w, x.name, in);
}

void OpContract::pool_windows(const Window& window, const NamedTensor& x, const NamedTensor& y) const {
  const bool built = (window.size == 3 && (window.stride == 1 || window.stride == 2)) ||
                     (window.size == 2 && window.stride == 2);
  require(built, "window",
          "is {0} x {0} of stride {1}, and must be 3 x 3 of stride 1 or 2, or 2 x 2 of stride 2", window.size,
          window.stride);
  windows(window, x, y);
}

}  // namespace limpid
