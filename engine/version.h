// Which version of limpid this is.
#pragma once

#include <string>

namespace limpid {

/// Version of the library: "0.2.0+1a2b3c4", or "0.2.0" where the sources are no repository of their own.
std::string version();

}  // namespace limpid
