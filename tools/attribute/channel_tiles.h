// The pictures that stores have of a layer's channels.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/gallery/picture_source.h"

namespace limpid {

/// Of those channels that are `wanted`; where there are several of one, the first. A picture is of a channel where that
/// alone is maximised, at all positions. Throws Error{input} where a folder is no store, or where the stores have no picture of
/// any channel of the layer.
std::map<int, Pixels> channel_tiles(const std::vector<std::filesystem::path>& stores,
                                    const std::string& layer, const std::set<int>& wanted);

}  // namespace limpid
