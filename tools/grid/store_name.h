// Stores as their users call them.
#pragma once

#include <string>

namespace limpid {

/// The store that is meant by `name`: "mixed4a" is "mixed4a.limpid" where that is a folder and nothing is called "mixed4a".
std::string store_named(const std::string& name);

}  // namespace limpid
