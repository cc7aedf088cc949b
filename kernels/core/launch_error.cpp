#include "kernels/core/launch_error.h"

#include "kernels/core/error.h"

namespace limpid::cuda {

void fail_launch(const char* op, const char* reason) {
  fail_runtime("{}: kernel launch failed: {}", op, reason);
}

void fail_launch_range(const char* op, std::int64_t count, const char* what, std::int64_t most) {
  fail_runtime("{}: {} {} in one launch, at most {} are possible; use a smaller batch", op, count, what,
               most);
}

}  // namespace limpid::cuda
