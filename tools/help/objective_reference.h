// What objectives are made of, from the table of their terms: in the help of render, and as a page.
#pragma once

#include <string>

namespace limpid {

/// The section of help: every kind of term, then how terms are put together.
std::string objectives_help();

/// Markdown: the same with every option and an example.
std::string objective_reference();

}  // namespace limpid
