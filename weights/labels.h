// Class labels in a text file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace limpid {

/// Reads a label file: line i names class i. A leading WordNet id ("n01440764 tench, Tinca tinca") is
/// dropped; the last line may end without a line feed, and lines may end in CR LF. The text is UTF-8, or UTF-16
/// with a byte order mark; labels are UTF-8 without a mark. Throws Error{input} naming the file and the line for
/// a file that cannot be read, holds an empty line, or is not such a text: Latin-1 and its like do not say what
/// they are, and one taken for another gives wrong letters.
std::vector<std::string> read_labels(const std::filesystem::path& path);

}  // namespace limpid
