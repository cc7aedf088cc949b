#include "tools/dataset/sheet_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/image/fit_image.h"
#include "engine/image/quantise.h"
#include "tools/dataset/find_pictures.h"
#include "tools/sheet/painter.h"

namespace limpid {

Rgb8 as_rgb8(const Image& image) {
  Rgb8 pixels(image.height, image.width);
  pixels.pixels = quantise(image);
  return pixels;
}

std::vector<RowPicture> example_pictures(const IndexReader& index, const std::vector<Example>& examples,
                                         int side, std::vector<std::string>& failures) {
  std::vector<std::size_t> rows;
  std::vector<RowPicture> pictures;
  for (const Example& example : examples) {
    rows.push_back(example.picture);
    pictures.push_back({{}, short_value(static_cast<double>(example.value))});
  }
  find_pictures(index, rows, [&](std::size_t number, Image image, const std::string& failure) {
    if (failure.empty()) {
      pictures[number].pixels = as_rgb8(fit_image(std::move(image), side, side, index.manifest().fit));
      return;
    }
    pictures[number].failure = "the picture cannot be read";
    if (std::find(failures.begin(), failures.end(), failure) == failures.end()) failures.push_back(failure);
  });
  return pictures;
}

SheetTable sheet_table(std::vector<SheetRow> rows, int side, std::string title, std::string legend) {
  SheetTable table;
  std::size_t columns = 1;
  for (const SheetRow& row : rows) columns = std::max(columns, row.pictures.size());
  table.columns = static_cast<int>(columns);
  const auto pixels = std::make_shared<std::vector<Rgb8>>(rows.size() * columns);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    table.set.headings.push_back(std::move(rows[r].heading));
    for (std::size_t i = 0; i < columns; ++i) {
      Tile& tile = table.set.tiles.emplace_back();
      tile.job = static_cast<std::int64_t>(table.set.tiles.size()) - 1;
      tile.size = {1, 1};
      tile.status = TileStatus::none;
      if (i >= rows[r].pictures.size()) continue;
      RowPicture& picture = rows[r].pictures[i];
      tile.label = std::move(picture.label);
      tile.failure = std::move(picture.failure);
      tile.status = tile.failure.empty() ? TileStatus::finished : TileStatus::failed;
      tile.size = tile.failure.empty() ? PictureSize{picture.pixels.height, picture.pixels.width}
                                       : PictureSize{side, side};
      (*pixels)[r * columns + i] = std::move(picture.pixels);
    }
  }
  table.set.pixels = [pixels](std::size_t tile) { return (*pixels)[tile]; };
  table.set.title = std::move(title);
  table.set.legend = std::move(legend);
  return table;
}

}  // namespace limpid
