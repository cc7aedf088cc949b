// For cases that take long under sanitizers and whose every round runs the same code.
#pragma once

namespace limpid::test {

/// Whether this is a build under sanitizers. They look for wrong accesses: what results are, the optimised build tells, whose
/// tests leave nothing out.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace limpid::test
