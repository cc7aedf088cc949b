// Arithmetic of strided_copy, per value. A body works on one row.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/strided_copy.h"

namespace limpid {

struct StridedCopyBody {
  const float* from;
  float* to;

  LIMPID_HD StridedCopyBody(const StridedCopy& op, int row)
      : from(op.from + row * op.from_stride), to(op.to + row * op.to_stride) {}

  LIMPID_HD float load(std::int64_t i) const { return from[i]; }
  LIMPID_HD void store(std::int64_t i, float value) const { to[i] = value; }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
