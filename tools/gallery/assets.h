// The files that are the same for every gallery, carried inside the program.
#pragma once

#include <span>
#include <string_view>

namespace limpid {

struct GalleryAsset {
  std::string_view name;
  std::string_view bytes;
};

/// The page: index.html, its style and its scripts.
std::span<const GalleryAsset> gallery_assets();

}  // namespace limpid
