#include "tools/sheet/sheet.h"

#include <algorithm>

#include "kernels/core/error.h"
#include "tools/output_file.h"
#include "tools/sheet/layout.h"
#include "tools/sheet/painter.h"
#include "tools/sheet/partial_file.h"
#include "tools/sheet/row_writer.h"
#include "tools/sheet/tiles_json.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

using Order = std::vector<std::size_t>;

void paint_file(const TileSet& set, const Order& order, const TileLayout& layout, SheetColour background,
                const fs::path& path) {
  PartialFile file(path);
  const auto writer = make_row_writer(picture_format(path), file.stream(), path.string(), layout.size());
  paint_sheet(set, order, layout, background, *writer);
  file.publish();
}

SheetOptions sprite_options(SheetOptions options) {
  options.labels = false;
  options.gap = 0;
  options.title = "";
  return options;
}

Order finished_only(const TileSet& set, Order order) {
  std::erase_if(order, [&](std::size_t i) { return set.tiles[i].status != TileStatus::finished; });
  return order;
}

fs::path numbered(const fs::path& path, std::size_t number) {
  fs::path result = path;
  result.replace_filename(fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string()));
  return result;
}

void write_sprite_sheet(const TileSet& set, const Order& order, const SheetOptions& options,
                        const fs::path& path) {
  const TileLayout layout = lay_out(set, order, options);
  paint_file(set, order, layout, options.background, path);
  const std::string text = tiles_json(path.filename().string(), set, order, layout).dump(1) + "\n";
  write_atomically(fs::path(path).replace_extension(".json"), text);
}

}  // namespace

void check_sheet_output(const fs::path& path) {
  picture_format(path);
  check_writable(path);
}

void write_sheet(const TileSet& set, const SheetOptions& options, const fs::path& path) {
  check_sheet_output(path);
  const Order order = sort_tiles(set.tiles, options.order, options.descending);
  const TileLayout layout = lay_out(set, order, options);
  check_sheet_size(picture_format(path), layout.size());
  paint_file(set, order, layout, options.background, path);
}

std::vector<fs::path> write_sprites(const TileSet& set, const SheetOptions& given, const fs::path& path) {
  SheetOptions options = sprite_options(given);
  check_sheet_output(path);
  const Order order = finished_only(set, sort_tiles(set.tiles, options.order, options.descending));
  const PictureSize place = lay_out(set, order, options).picture;
  const int wanted =
      options.columns > 0 ? options.columns : choose_columns(static_cast<int>(order.size()), place);
  options.columns = std::min(wanted, kMaxSpriteSide / place.width);
  const auto capacity = std::ptrdiff_t{options.columns} * (kMaxSpriteSide / place.height);
  const auto count = static_cast<std::ptrdiff_t>(order.size());

  std::vector<fs::path> paths;
  for (std::ptrdiff_t begin = 0; begin < count; begin += capacity) {
    const Order part(order.begin() + begin, order.begin() + std::min(begin + capacity, count));
    paths.push_back(count <= capacity ? path : numbered(path, paths.size() + 1));
    write_sprite_sheet(set, part, options, paths.back());
  }
  return paths;
}

}  // namespace limpid
