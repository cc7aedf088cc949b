// Sets of tiles without a store, and pictures read back.
#pragma once

#include <cmath>
#include <filesystem>

#include "engine/pictures/image_file.h"
#include "tools/sheet/tile_set.h"

namespace limpid::testing {

/// A picture whose pixels tell which tile and where in it they are.
inline Rgb8 patterned(std::size_t index, PictureSize size) {
  Rgb8 picture(size.height, size.width);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      std::uint8_t* pixel = picture.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(index + 1);
      pixel[1] = static_cast<std::uint8_t>(7 * y + 50);
      pixel[2] = static_cast<std::uint8_t>(5 * x + 90);
    }
  }
  return picture;
}

/// `count` finished tiles of mixed4a, patterned, tile i worth count - i.
inline TileSet patterned_set(int count, PictureSize size) {
  TileSet set;
  for (int i = 0; i < count; ++i) {
    Tile tile;
    tile.job = i;
    tile.channel = i;
    tile.label = std::to_string(i);
    tile.objective = "mixed4a:" + tile.label;
    tile.size = size;
    tile.status = TileStatus::finished;
    tile.value = count - i;
    set.tiles.push_back(tile);
  }
  set.pixels = [size](std::size_t index) { return patterned(index, size); };
  set.title = "mixed4a";
  set.legend = "legend";
  return set;
}

/// The picture in a file, as eight bits.
inline Rgb8 read_rgb8(const std::filesystem::path& path) {
  const Image image = read_image(path);
  Rgb8 picture(image.height, image.width);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    picture.pixels[i] = static_cast<std::uint8_t>(std::lround(255 * image.rgb[i]));
  }
  return picture;
}

/// The part of a picture that lies in `rect`.
inline Rgb8 crop(const Rgb8& picture, const Rect& rect) {
  Rgb8 part(rect.height, rect.width);
  for (int y = 0; y < rect.height; ++y) {
    std::copy_n(picture.row(rect.y + y) + 3 * rect.x, part.row_bytes(), part.row(y));
  }
  return part;
}

}  // namespace limpid::testing
