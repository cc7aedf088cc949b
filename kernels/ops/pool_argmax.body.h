// How an argmax is made.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/pool_argmax.h"

namespace limpid {

/// The argmax of a window whose maximum is `value`.
LIMPID_HD Group marked_tap(Group tap, Group value) {
  return select_at_most(value, splat(0.0F), tap + splat(static_cast<float>(kNotPositive)), tap);
}

}  // namespace limpid
