// limpid sheet: the tiles of stores as one picture.
#include <algorithm>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/grid/missing_tiles.h"
#include "engine/grid/tile_store.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/grid/store_name.h"
#include "tools/sheet/deep_zoom.h"
#include "tools/sheet/sheet.h"
#include "tools/sheet/store_tiles.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

struct SheetArguments {
  SheetOptions options;
  std::vector<std::string> stores;
  std::string output;
  std::string deep_zoom;
  std::string zoom_format = "jpg";
  std::string background = "#16171a";
  std::optional<std::string> title;
  std::string order = "channel";
  bool sprites = false;
};

SheetOptions sheet_options(const SheetArguments& arguments) {
  SheetOptions options = arguments.options;
  options.background = parse_colour(arguments.background);
  options.title = arguments.title;
  options.order = arguments.order == "objective" ? TileOrder::objective
                  : arguments.order == "name"    ? TileOrder::name
                                                 : TileOrder::channel;
  check_sheet_options(options);
  return options;
}

/// "mixed4a" of "out/mixed4a.limpid/".
std::string name_of_store(const fs::path& store) {
  return (store.has_filename() ? store : store.parent_path()).stem().string();
}

/// "out/mixed4a.limpid/" becomes "out/mixed4a.png"; of several, all names in a row beside the first.
fs::path default_output(const std::vector<std::string>& stores) {
  constexpr std::size_t longest = 64;
  std::string name;
  for (const std::string& store : stores) name += (name.empty() ? "" : "-") + name_of_store(store);
  if (stores.size() > 1 && name.size() > longest) name = "sheet";
  const fs::path first = stores.front();
  return (first.has_filename() ? first : first.parent_path()).parent_path() / (name + ".png");
}

/// Writes what was asked for; returns the names of the files, or of the pyramid's folder.
std::vector<fs::path> write(const SheetArguments& arguments, const SheetOptions& options, const TileSet& set,
                            const fs::path& output) {
  if (!arguments.deep_zoom.empty()) {
    write_deep_zoom(set, options, picture_format("tile." + arguments.zoom_format), arguments.deep_zoom);
    return {arguments.deep_zoom};
  }
  if (arguments.sprites) return write_sprites(set, options, output);
  write_sheet(set, options, output);
  return {output};
}

void make_sheet(const SheetArguments& arguments) {
  const SheetOptions options = sheet_options(arguments);
  const fs::path output =
      arguments.output.empty() ? default_output(arguments.stores) : fs::path(arguments.output);
  if (arguments.deep_zoom.empty()) {
    check_sheet_output(output);
  } else {
    check_deep_zoom_output(arguments.deep_zoom);
  }
  std::list<TileReader> readers;
  std::vector<NamedStore> stores;
  for (const std::string& store : arguments.stores) {
    const TileReader& reader = readers.emplace_back(store);
    for (const std::string& warning : reader.warnings()) say(stderr, "limpid sheet: {}\n", warning);
    if (const std::string missing = missing_tiles(reader, store); !missing.empty())
      say(stderr, "limpid sheet: {}\n", missing);
    const bool name_is_taken =
        std::any_of(arguments.stores.begin(), arguments.stores.end(), [&](const std::string& other) {
          return other != store && name_of_store(other) == name_of_store(store);
        });
    stores.push_back({&reader, name_is_taken ? store : name_of_store(store)});
  }
  for (const fs::path& path : write(arguments, options, tiles_of_stores(stores), output)) {
    say(stdout, "{}\n", path.string());
  }
}

void add_what_to_draw(CLI::App& command, SheetArguments& arguments) {
  command.add_option("stores", arguments.stores, "Folders that `limpid grid` made")
      ->required()
      ->transform(store_named)
      ->type_name("FOLDER");
  auto* output = command
                     .add_option("-o,--output", arguments.output,
                                 "Picture, .png, .jpg or .webp; default: named after the stores")
                     ->type_name("FILE");
  auto* sprites = command.add_flag("--sprites", arguments.sprites,
                                   "Finished tiles only, without gaps and text, and a JSON file beside the "
                                   "picture that says what lies where; below");
  auto* zoom =
      command
          .add_option("--deepzoom", arguments.deep_zoom,
                      "Instead of a picture, a folder with a Deep Zoom pyramid and a page to look at it, "
                      "index.html: for sheets of any size")
          ->type_name("FOLDER")
          ->excludes(output)
          ->excludes(sprites);
  command.add_option("--deepzoom-format", arguments.zoom_format, "Of the pyramid's pictures")
      ->check(CLI::IsMember({"jpg", "png", "webp"}))
      ->capture_default_str()
      ->needs(zoom);
}

void add_how_it_looks(CLI::App& command, SheetArguments& arguments) {
  SheetOptions& options = arguments.options;
  command.add_option("--columns", options.columns, "Tiles in a row; 0 chooses")
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--tile", options.tile, "Longest side of a tile; smaller ones keep their size")
      ->capture_default_str()
      ->type_name("PIXELS");
  command.add_option("--gap", options.gap, "Between tiles")->capture_default_str()->type_name("PIXELS");
  command.add_flag("--labels,!--no-labels", options.labels, "Channel and objective value below each tile");
  command.add_option("--title", arguments.title, "Above the sheet; \"\" for nothing; default: the layers")
      ->type_name("TEXT");
  command.add_option("--background", arguments.background, "#rrggbb, black or white")
      ->capture_default_str()
      ->type_name("COLOUR");
  command.add_option("--sort", arguments.order, "Order of the tiles")
      ->check(CLI::IsMember({"channel", "objective", "name"}))
      ->capture_default_str();
  command.add_flag("--descending", options.descending, "The other way round");
}

constexpr const char* kSheetFooter =
    "What is not rendered, or failed, keeps its place and says so.\n\n"
    "Sprites: sheets of at most 4096 pixels on a side, NAME-1, NAME-2 where one is not enough; beside each, "
    "{image, tile: [h, w], tiles: [{job, objective, x, y, w, h, value, store (of several)}]}. The same, as sheet.json, is in a "
    "pyramid's folder.\n\n"
    "Examples:\n"
    "  limpid sheet mixed4a.limpid --columns 32 --tile 96 --sort objective --descending -o mixed4a.png\n"
    "  limpid sheet lucid.limpid captum.limpid -o both.png\n"
    "  limpid sheet all.limpid --tile 224 --deepzoom all";

}  // namespace

void add_sheet_command(CLI::App& program) {
  auto arguments = std::make_shared<SheetArguments>();
  CLI::App* command = program.add_subcommand("sheet", "The tiles of stores as one picture");
  add_what_to_draw(*command, *arguments);
  add_how_it_looks(*command, *arguments);
  command->footer(kSheetFooter);
  command->callback([arguments] { make_sheet(*arguments); });
}

}  // namespace limpid
