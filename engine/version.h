// Which version of limpid this is.
#pragma once

#include <string>

namespace limpid {

/// Version of the library: "0.1.0+githash".
std::string version();

}  // namespace limpid
