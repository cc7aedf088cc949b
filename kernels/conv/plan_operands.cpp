#include "kernels/conv/plan_operands.h"

#include <cstdint>

#include "kernels/conv/conv_choice.h"
#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

constexpr std::size_t kWorkspaceAlignment = 256;

void require_operand(const ConvRequest& request, const char* what, const Tensor& t, bool input_side,
                     int pixel) {
  const ConvShape& s = request.shape;
  const int h = input_side ? s.h : s.p;
  const int w = input_side ? s.w : s.q;
  const std::int64_t row = std::int64_t{pixel} * w;
  const bool same = t.dtype == request.dtype && t.n == request.batch &&
                    t.channels() == (input_side ? s.c : s.k) && t.h == h && t.w == w && t.stride_w == pixel &&
                    t.stride_h == row && t.stride_n == row * h && t.stride_g == kGroup;
  if (!same) {
    fail_runtime("{}: the {} is {}x{}x{}x{} @{} {}, which is not what was planned", where(request), what, t.n,
                 t.channels(), t.h, t.w, t.stride_w, name_of(t.dtype));
  }
}

}  // namespace

std::string where(const ConvRequest& request) {
  return "layer " + request.layer + ": " + describe(request);
}

void require_operands(const ConvRequest& request, const Tensor& source, const Tensor& target) {
  const bool fprop = request.direction == ConvDirection::fprop;
  require_operand(request, "source", source, fprop, source_pixel_stride(request));
  require_operand(request, "target", target, !fprop, target_pixel_stride(request));
}

std::size_t padded_workspace(std::size_t bytes) {
  return bytes == 0 ? 0 : bytes + kWorkspaceAlignment;
}

void* align_workspace(void* workspace) {
  const auto address = reinterpret_cast<std::uintptr_t>(workspace);
  return reinterpret_cast<void*>((address + kWorkspaceAlignment - 1) / kWorkspaceAlignment *
                                 kWorkspaceAlignment);
}

}  // namespace limpid::cuda
