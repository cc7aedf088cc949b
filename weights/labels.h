// Class labels in a text file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace limpid {

/// Reads a label file: line i names class i. A leading WordNet id ("n01440764 tench, Tinca tinca") is
/// dropped; the last line may end without a line feed, and lines may end in CR LF. Throws Error{input} naming
/// the file and the line for a file that cannot be read, holds an empty line, or is not text.
std::vector<std::string> read_labels(const std::filesystem::path& path);

}  // namespace limpid
