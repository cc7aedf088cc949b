// What the program says beside its results: one line on standard error.
#pragma once

#include <string>

namespace limpid {

/// Says something about the work that is no error: "limpid: ...". Nothing once `silence_notes` was called.
void note(std::string text);

/// For `--quiet`.
void silence_notes();

}  // namespace limpid
