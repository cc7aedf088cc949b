// A plan as text: everything it says, so that equal texts are equal plans.
#pragma once

#include <string>

#include "engine/network/plan.h"
#include "weights/model.h"

namespace limpid::test {

/// Buffers with their lifetimes, convolutions with their filters' channels, operations in order with all
/// operands, and targets; one a line.
std::string plan_text(const Model& model, const Plan& plan);

}  // namespace limpid::test
