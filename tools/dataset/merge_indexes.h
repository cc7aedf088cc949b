// Several indexes of examples as one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace limpid {

/// Writes `to`, which is not there yet, of the pictures of all `indexes`, each once; returns how many. Merged shards are the
/// index of the whole, to the byte. Throws Error{usage} where indexes are of different weights, layers or fits (naming the
/// first difference) or `to` is there, Error{input} where one cannot be read.
std::size_t merge_indexes(const std::vector<std::filesystem::path>& indexes, const std::filesystem::path& to);

}  // namespace limpid
