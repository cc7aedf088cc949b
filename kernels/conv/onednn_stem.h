// Forward half of the stem on the CPU.
#pragma once

#include <memory>

#include "kernels/conv/conv.h"
#include "kernels/conv/cpu_conv_request.h"

namespace limpid::cpu {

/// y = max(x * filter + bias, 0) from three planar channels.
class StemFprop {
 public:
  virtual ~StemFprop() = default;
  virtual std::size_t workspace_bytes() const = 0;
  virtual std::string algorithm() const = 0;
  virtual void run(const Stream& stream, Planar<const float> x, const Tensor& y, void* workspace) = 0;
};

std::unique_ptr<StemFprop> make_onednn_stem(const CpuConvRequest& request, const ConvFilter& filter);

}  // namespace limpid::cpu
