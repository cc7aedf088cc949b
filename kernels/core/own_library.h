// Shared libraries that are part of limpid and loaded when they are needed.
#pragma once

#include <string>

namespace limpid {

/// What the loader made of a library of limpid's.
struct OwnLibrary {
  void* handle = nullptr;  ///< For dlsym; null where it does not load.
  std::string why_not;     ///< What the loader said of the first one that is there, or of none.
};

/// Opens the library of that name: from the first of library_folders() that has one that loads, then from wherever the
/// system looks. `global`: its symbols, and those of what it needs, are for all that is loaded after it.
OwnLibrary open_own_library(const char* name, bool global = false);

}  // namespace limpid
