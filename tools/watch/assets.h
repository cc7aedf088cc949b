// The page's files, carried inside the program.
#pragma once

#include <span>
#include <string_view>

namespace limpid {

struct WatchAsset {
  std::string_view name;  ///< Of its file.
  std::string_view type;
  std::string_view bytes;
};

std::span<const WatchAsset> watch_assets();

}  // namespace limpid
