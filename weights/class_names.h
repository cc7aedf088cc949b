// Classes by what they are called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// The class that `word` names: by its whole label ("tabby, tabby cat"), else by one of the synonyms that the
/// label lists ("tabby cat"), else by either in another case.
///
/// Throws Error{usage} naming the classes where there are several (ImageNet's two cranes), and, where there
/// is none, those that may have been meant: whose labels have the word in them, or a word like it.
int find_class(const std::vector<std::string>& labels, std::string_view word);

}  // namespace limpid
