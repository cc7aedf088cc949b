// Which process this is, as fork() tells processes apart.
#pragma once

#include <cstdint>

namespace limpid {

/// A number that is another in a child of fork() than in its parent, and stays what it is in both. What threads or
/// devices were started under another number is not there any more. As quick as reading a variable.
std::uint32_t process_number();

}  // namespace limpid
