// A look at how deep a JSON text nests, before a parser builds what takes recursion to walk.
#pragma once

#include <cstddef>
#include <string_view>

namespace limpid {

/// Where the text first has more than `most` arrays and objects within one another; npos where it never has.
/// Every reader of JSON asks this first. The text need not be JSON.
std::size_t find_deeper_json(std::string_view text, int most);

}  // namespace limpid
