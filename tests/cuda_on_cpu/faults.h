// What tests ask of the emulated libraries and the driver: how often they were used, and that they fail.
#pragma once

#include <string>

namespace emulated {

/// How often something was done, by its name: "allocations", "uploads", "heuristics", "waits" of the host.
long& times_done(const std::string& what);

/// As after an access out of bounds: calls fail from here on, for as long as $EMULATED_CUDNN asks for it.
void break_context();

}  // namespace emulated
