// limpid tour: a few units of every depth, from edges to objects.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/layers.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/dataset/dataset_commands.h"
#include "tools/dataset/index_weights.h"
#include "tools/dataset/sheet_rows.h"
#include "tools/grid/grid_command.h"
#include "tools/grid/resume_command.h"
#include "tools/kept_folder.h"
#include "tools/sheet/painter.h"
#include "tools/sheet/sheet.h"
#include "tools/sheet/store_tiles.h"
#include "weights/hdf5_file.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTour = "limpid tour";

/// A sheet, after Olah, Mordvintsev and Schubert 2017: what features look like from layer to layer.
struct TourStop {
  const char* name;
  std::vector<std::string> layers;
};

const std::array<TourStop, 5>& tour_stops() {
  static const std::array<TourStop, 5> stops = {{{"edges", {"conv2d0"}},
                                                 {"textures", {"mixed3a"}},
                                                 {"patterns", {"mixed4a"}},
                                                 {"parts", {"mixed4b", "mixed4c"}},
                                                 {"objects", {"mixed4d", "mixed4e"}}}};
  return stops;
}

struct TourArguments {
  std::string index, output, weights;
  int units = 12, shown = 6, tile = 128;
  RenderArguments render;
  bool quiet = false, json = false;
};

/// `count` of the channels, evenly apart.
std::vector<int> spread(const std::vector<int>& channels, std::size_t count) {
  if (channels.size() <= count) return channels;
  std::vector<int> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(channels[i * channels.size() / count]);
  return chosen;
}

/// Those that a picture of the index activates; of a layer that it lacks, or without one, all.
std::vector<int> active_channels(const Model& model, const IndexReader* index, const std::string& layer) {
  std::vector<int> active;
  const int channels = channel_count(model, layer);
  std::optional<std::size_t> in_index;
  for (std::size_t i = 0; index != nullptr && i < index->manifest().layers.size(); ++i) {
    if (index->manifest().layers[i].name == layer) in_index = i;
  }
  for (int channel = 0; channel < channels; ++channel) {
    if (!in_index || !most_active(*index, {*in_index, channel}, 1).empty()) active.push_back(channel);
  }
  return active;
}

std::vector<std::string> units_of(const TourStop& stop, const TourArguments& arguments, const Model& model,
                                  const IndexReader* index) {
  std::vector<std::string> units;
  const auto layers = stop.layers.size();
  for (std::size_t i = 0; i < layers; ++i) {
    const std::size_t count = (static_cast<std::size_t>(arguments.units) + layers - 1 - i) / layers;
    for (const int channel : spread(active_channels(model, index, stop.layers[i]), count))
      units.push_back(fmt::format("{}:{}", stop.layers[i], channel));
  }
  return units;
}

/// A row each unit: its tile, and what of the index activates it most.
SheetTable beside_examples(const TileSet& tiles, const std::vector<std::string>& units,
                           const IndexReader& index, const TourArguments& arguments,
                           std::vector<std::string>& failures) {
  std::vector<SheetRow> rows;
  for (std::size_t i = 0; i < tiles.tiles.size(); ++i) {
    SheetRow& row = rows.emplace_back();
    row.heading = units[i];
    const Tile& tile = tiles.tiles[i];
    const bool finished = tile.status == TileStatus::finished;
    row.pictures.push_back({finished ? tiles.pixels(i) : Rgb8(), short_value(tile.value),
                            finished ? "" : "it could not be rendered"});
    const std::string layer = units[i].substr(0, units[i].find(':'));
    const auto& known = index.manifest().layers;
    if (std::none_of(known.begin(), known.end(), [&](const auto& one) { return one.name == layer; }))
      continue;
    const IndexUnit unit = parse_unit(units[i], index.manifest());
    const auto examples = most_active(index, unit, static_cast<std::size_t>(arguments.shown));
    for (RowPicture& picture : example_pictures(index, examples, arguments.tile, failures))
      row.pictures.push_back(std::move(picture));
  }
  return sheet_table(std::move(rows), arguments.tile, tiles.title, "");
}

void write_stop(const TourStop& stop, const TourArguments& arguments, const std::vector<std::string>& units,
                const IndexReader* index, const fs::path& store) {
  const TileReader reader(store);
  TileSet tiles = tiles_of_store(reader);
  tiles.title = fmt::format("{}: {}", stop.name, fmt::join(stop.layers, ", "));
  SheetOptions options;
  options.tile = arguments.tile;
  const fs::path path = fs::path(arguments.output) / fmt::format("{}.png", stop.name);
  if (index == nullptr) return write_sheet(tiles, options, path);
  std::vector<std::string> failures;
  SheetTable table = beside_examples(tiles, units, *index, arguments, failures);
  table.set.legend = fmt::format("a render and what of {} pictures activates the unit most; {}",
                                 index->units().pictures().size(), tiles.legend);
  options.columns = table.columns;
  for (const std::string& failure : failures) print_error(kTour, failure);
  write_sheet(table.set, options, path);
}

int make_tour(const TourArguments& arguments) {
  std::optional<IndexReader> index;
  if (!arguments.index.empty()) index.emplace(known_index(arguments.index));
  const IndexReader* const examples = index ? &*index : nullptr;
  const fs::path weights =
      index ? weights_of_index(*index, arguments.weights) : weights_file(arguments.weights);
  const Model model = read_model(weights);
  const KeptFolder folder(arguments.output);
  int result = 0;
  for (const TourStop& stop : tour_stops()) {
    GridArguments grid;
    grid.entries = units_of(stop, arguments, model, examples);
    if (grid.entries.empty())
      fail_input("no picture of '{}' activates a unit of {}", arguments.index, fmt::join(stop.layers, ", "));
    grid.render = arguments.render;
    grid.output = (fs::path(arguments.output) / stop.name).string();
    grid.weights = weights.string();
    grid.resume = true;
    grid.no_sheet = true;
    grid.quiet = arguments.quiet;
    grid.json = arguments.json;
    grid.again = same_command();
    grid.command = kTour;
    const int code = make_grid(grid);
    if (code > 1) return code;
    result = std::max(result, code);
    write_stop(stop, arguments, grid.entries, examples, grid.output + ".limpid");
  }
  if (!arguments.quiet && !arguments.json) say(stdout, "{}\n", (fs::path(arguments.output) / "").string());
  return result;
}

}  // namespace

void add_tour_command(CLI::App& program) {
  auto arguments = std::make_shared<TourArguments>();
  CLI::App* command = program.add_subcommand(
      "tour", "From edges to objects: five sheets of units, beside examples where there are some");
  command
      ->add_option("index", arguments->index,
                   "What `limpid examples build` made; its pictures are shown beside the renders")
      ->type_name("FOLDER");
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the sheets and the stores; what it has of them is gone on with")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--units", arguments->units, "Units of a sheet, evenly over the channels of its layers")
      ->check(CLI::Range(2, 2048))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("-k", arguments->shown, "Examples of a unit")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--tile", arguments->tile, "Longest side of a picture on the sheets")
      ->check(CLI::Range(8, kMaxTileSide))
      ->capture_default_str()
      ->type_name("PIXELS");
  add_weights_option(*command, arguments->weights);
  add_render_options(*command, arguments->render, TakenBy::all);
  add_progress_flags(*command, arguments->quiet, arguments->json);
  command->footer(
      "edges.png shows units of conv2d0, textures.png of mixed3a, patterns.png of mixed4a, parts.png of mixed4b and mixed4c, "
      "objects.png of mixed4d and mixed4e. Beside each lies the store of its tiles, which other commands take: `limpid "
      "gallery tour/parts.limpid -o site`. Ctrl-C finishes the tiles in flight; the same command goes on. With an index, "
      "units that none of its pictures activates are left out.\n\n"
      "JSON: as `limpid grid` says it, sheet after sheet.\n\n"
      "Examples:\n"
      "  limpid tour -o tour --size 160 --steps 256\n"
      "  limpid tour birds.limpidx -o tour");
  command->callback([arguments] {
    if (const int code = make_tour(*arguments); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
