// The weights that an index was built with.
#pragma once

#include <filesystem>
#include <string>

#include "tools/dataset/index_folder.h"

namespace limpid {

/// The file of the index's weights: where it says they are, unless another is `given`. Throws Error{usage} where these are
/// others, Error{input} where there are none.
std::filesystem::path weights_of_index(const IndexReader& index, const std::string& given);

/// " -w FILE", or nothing where commands use these weights when none are named.
std::string weights_words(const std::filesystem::path& file, const std::string& sha256);

}  // namespace limpid
