// What operations on a max-pool's argmax demand of it.
#pragma once

#include "kernels/ops/op_contract.h"

namespace limpid {

/// A byte for each number of `y`, on addresses of a group of them; throws as OpContract does.
template <class T>
void check_argmax(const OpContract& contract, const GroupView<T>& argmax, const NamedTensor& y) {
  NamedMemory memory("argmax", argmax.data);
  memory.alignment = kGroup;
  contract.memory({memory});
  const Tensor& t = y.tensor;
  contract.require(argmax.n == t.n && argmax.groups == t.groups && argmax.h == t.h && argmax.w == t.w,
                   "argmax", "is {} x {} x {} x {}, and must be {} x {} x {} x {} as {} is", argmax.n,
                   argmax.groups * kGroup, argmax.h, argmax.w, t.n, t.channels(), t.h, t.w, y.name);
}

}  // namespace limpid
