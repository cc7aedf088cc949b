// A root as a GPU has it in one instruction.
#pragma once

#include "kernels/core/host_device.h"

namespace limpid {
inline namespace device_form {

/// x^(-1/2) for a normal x > 0, within two units in the last place. sqrtf and a division are some twenty instructions;
/// rsqrtf, which takes the smallest numbers too, is four.
LIMPID_HD float inverse_root(float x) {
#if defined(__NVCC__) && defined(__CUDA_ARCH__)
  float root;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(x));
  return root;
#else
  return rsqrtf(x);
#endif
}

}  // namespace device_form
}  // namespace limpid
