#include "tools/gallery/sprite_sheet.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "engine/pictures/jpeg.h"
#include "tools/gallery/staged_folder.h"
#include "tools/gallery/thumbnail.h"

namespace limpid {

SpriteSheets::SpriteSheets(std::filesystem::path folder, SheetLayout layout)
    : folder_(std::move(folder)), layout_(std::move(layout)) {
  pixels_.height = layout_.rows * layout_.tile;
  pixels_.width = layout_.columns * layout_.tile;
  pixels_.rgb.resize(3 * static_cast<std::size_t>(pixels_.height) * static_cast<std::size_t>(pixels_.width));
}

void SpriteSheets::add(const Pixels& thumbnail) {
  if (filled_ == layout_.columns * layout_.rows) finish();
  const auto row_bytes = static_cast<std::size_t>(3 * layout_.tile);
  const auto stride = static_cast<std::size_t>(3 * pixels_.width);
  const auto top = static_cast<std::size_t>(filled_ / layout_.columns * layout_.tile);
  const auto left = static_cast<std::size_t>(filled_ % layout_.columns) * row_bytes;
  for (std::size_t y = 0; y < static_cast<std::size_t>(thumbnail.height); ++y) {
    std::copy_n(&thumbnail.rgb[y * row_bytes], row_bytes, &pixels_.rgb[(top + y) * stride + left]);
  }
  ++filled_;
}

void SpriteSheets::finish() {
  if (filled_ == 0) return;
  Pixels sheet = pixels_;
  sheet.height = (filled_ + layout_.columns - 1) / layout_.columns * layout_.tile;
  sheet.rgb.resize(3 * static_cast<std::size_t>(sheet.height) * static_cast<std::size_t>(sheet.width));
  write_file(folder_ / fmt::format("{}-{}.jpg", layout_.name, sheet_), encode_jpeg(to_image(sheet)));
  ++sheet_;
  filled_ = 0;
  std::fill(pixels_.rgb.begin(), pixels_.rgb.end(), std::uint8_t{0});
}

}  // namespace limpid
