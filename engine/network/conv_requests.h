// The convolutions of a plan as a device is asked for them.
#pragma once

#include <optional>
#include <vector>

#include "engine/network/bound_network.h"
#include "engine/network/plan.h"
#include "kernels/conv/conv.h"

namespace limpid {

/// What the operation asks for, if it is a convolution. With `grouped_input` (Backend::groups_input) the
/// network's first convolution has a group of channels like any other; without, it is what a StemConvPlan is
/// made from.
std::optional<ConvRequest> conv_request(const Plan& plan, const AnyOp& op, const ExecutorOptions& options,
                                        bool grouped_input);

/// Those of a plan in the order they run in, each that differs from the others in more than its layer once.
std::vector<ConvRequest> conv_requests(const Plan& plan, const ExecutorOptions& options, bool grouped_input);

}  // namespace limpid
