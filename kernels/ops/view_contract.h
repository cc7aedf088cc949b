// What operations between pictures and the network's views of them demand.
#pragma once

#include "kernels/ops/input_scaling.h"
#include "kernels/ops/op_contract.h"

namespace limpid {

/// Pictures of three planes, and `draws` views of each: three planes in `network`, or, where that has no
/// data, one channel group in `grouped`. The scaling permutes the channels.
void check_views(const OpContract& contract, const NamedPlanes& picture, const NamedPlanes& network,
                 const Tensor& grouped, int draws, const InputScaling& scaling);

}  // namespace limpid
