// Rows of values from one pitch to another.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"

namespace limpid {

class OpContract;

/// to[row * to_stride + i] = from[row * from_stride + i] for 0 <= i < count. A `from_stride` of 0 repeats one
/// row. What is read and what is written must not overlap.
struct StridedCopy {
  const float* from;
  std::int64_t from_stride;
  float* to;
  std::int64_t to_stride;  ///< At least `count`.
  int rows;
  std::int64_t count;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const StridedCopy& op, const OpContract& contract);

namespace cpu {
void strided_copy(const Stream&, const StridedCopy&);
}
namespace cuda {
void strided_copy(const Stream&, const StridedCopy&);
}

}  // namespace limpid
