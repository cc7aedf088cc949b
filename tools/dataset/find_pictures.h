// The pictures of an index, found and read again.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "tools/dataset/index_folder.h"

namespace limpid {

/// Reads the pictures at these rows of the index's table, each once, archive by archive, and hands each to `visit` with
/// its number in `rows`; of one that is gone, damaged or another than it was, the image is empty and the failure says why
/// in a line. Throws Error{runtime} where the system could not read a file.
void find_pictures(
    const IndexReader& index, std::span<const std::size_t> rows,
    const std::function<void(std::size_t number, Image image, const std::string& failure)>& visit);

}  // namespace limpid
