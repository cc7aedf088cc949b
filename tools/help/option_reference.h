// The page of all options of a render, made of their table.
#pragma once

#include <string>

namespace limpid {

/// Markdown: a section for each group of options, and one for what presets set.
std::string option_reference();

}  // namespace limpid
