// How far two words are apart, for "did you mean".
#pragma once

#include <string_view>

namespace limpid {

/// Levenshtein distance: insertions, deletions and substitutions of bytes that make `b` of `a`.
int edit_distance(std::string_view a, std::string_view b);

/// In lower case, of ASCII letters.
char lower_case(char c);

}  // namespace limpid
