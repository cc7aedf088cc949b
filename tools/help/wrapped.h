// Text broken into lines of a terminal.
#pragma once

#include <string>
#include <string_view>

namespace limpid {

/// Breaks lines longer than `columns` at spaces. What is broken goes on below where the line's text began: at
/// its indentation, or, where two or more spaces set a second column off, at that. A word longer than a line
/// stays whole.
std::string wrapped(std::string_view text, int columns);

}  // namespace limpid
