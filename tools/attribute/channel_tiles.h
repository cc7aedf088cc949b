// The pictures that stores have of a layer's channels.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/gallery/store_pictures.h"

namespace limpid {

class ChannelTiles {
 public:
  /// Throws Error{input} where a folder is no store, Error{usage} where one was made with other weights than those in the
  /// file `weights`.
  ChannelTiles(const std::vector<std::filesystem::path>& stores, const std::filesystem::path& weights);

  /// Of those channels that are `wanted`; where there are several of one, the first. A picture is of a channel where that
  /// alone is maximised, at all positions. One note says how many have none. Throws Error{input} where the stores have no
  /// picture of any channel of the layer.
  std::map<int, Pixels> of(const std::string& layer, const std::set<int>& wanted);

 private:
  StorePictures pictures_;
  std::filesystem::path first_;  ///< Of the stores.
};

}  // namespace limpid
