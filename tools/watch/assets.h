// The page's files, carried inside the program.
#pragma once

#include <span>
#include <string_view>

namespace limpid {

struct WatchAsset {
  std::string_view name;  ///< In the page's folder; empty for the page itself.
  std::string_view type;
  std::string_view bytes;
};

std::span<const WatchAsset> watch_assets();

}  // namespace limpid
