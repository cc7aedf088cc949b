// How updates and gradients are written, on command lines and in lists of jobs.
#pragma once

#include <optional>
#include <string_view>

#include "kernels/ops/pool_gradient.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

/// "adam", "nadam" or "ascent".
std::string_view to_string(Optimiser optimiser);

/// "constant" or "cosine".
std::string_view to_string(RateSchedule schedule);

/// "corrected" or "uncorrected".
std::string_view to_string(EpsilonForm form);

/// "max", "average" or "l2".
std::string_view to_string(PoolGradient gradient);

/// "plain", "redirected", "leaky" or "unmasked".
std::string_view to_string(ReluGradient gradient);

/// What the text names; nothing where it is none of those above.
std::optional<Optimiser> optimiser_named(std::string_view text);
std::optional<RateSchedule> schedule_named(std::string_view text);
std::optional<EpsilonForm> epsilon_form_named(std::string_view text);
std::optional<PoolGradient> pool_gradient_named(std::string_view text);
std::optional<ReluGradient> relu_gradient_named(std::string_view text);

}  // namespace limpid
