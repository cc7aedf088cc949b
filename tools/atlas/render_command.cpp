// limpid atlas render: a picture of each cell of an atlas.
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/atlas/atlas_cells.h"
#include "engine/atlas/whitening.h"
#include "engine/grid/job_json.h"
#include "engine/grid/manifest.h"
#include "engine/grid/store_folder.h"
#include "engine/grid/tile_store.h"
#include "engine/network/threads.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "kernels/core/streams.h"
#include "tools/atlas/atlas_commands.h"
#include "tools/atlas/atlas_file.h"
#include "tools/grid/grid_command.h"
#include "tools/grid/resume_command.h"
#include "tools/kept_folder.h"
#include "tools/made_with.h"
#include "tools/render_options.h"
#include "tools/sheet/deep_zoom.h"
#include "tools/sheet/sheet.h"
#include "tools/sheet/store_tiles.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_file.h"
#include "weights/npy_header.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAtlasRender = "limpid atlas render";
constexpr int kMostCells = 100;  ///< On a side.

struct AtlasRenderArguments {
  std::string atlas, output, weights;
  int side = 20, least = 5;
  RenderArguments render;
  bool quiet = false, json = false;
};

/// An icon is small and soon done, unless it is asked for otherwise.
void choose_icons(RenderArguments& render) {
  if (render.preset) return;
  for (const auto& [key, value] : {std::pair{"size", "96"}, std::pair{"steps", "128"}}) {
    const OptionRow* const row = find_option(key);
    render.given.try_emplace(row, parse_option(*row, value));
  }
}

/// The largest effects first, with the classes' names.
nlohmann::ordered_json classes_of(const Atlas& atlas, const AtlasCell& cell, const Model& model) {
  constexpr std::size_t most = 3;
  std::vector<std::pair<double, std::size_t>> means;
  for (std::size_t k = 0; k < atlas.classes; ++k) {
    double sum = 0;
    for (const std::uint32_t member : cell.members) sum += double{atlas.effects[member * atlas.classes + k]};
    means.emplace_back(-sum / static_cast<double>(cell.members.size()), k);
  }
  const std::size_t shown = std::min(most, means.size());
  std::partial_sort(means.begin(), means.begin() + static_cast<std::ptrdiff_t>(shown), means.end());
  auto classes = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [negative, k] = means[i];
    const std::string name = k < model.classes.size() ? model.classes[k] : fmt::format("class {}", k);
    classes.push_back({{"class", k}, {"name", name}, {"effect", static_cast<float>(-negative)}});
  }
  return classes;
}

std::string direction_name(const AtlasCell& cell) {
  return fmt::format("{}-{}.npy", cell.row, cell.column);
}

/// What the tiles of a map are made of.
struct MapJobs {
  std::map<std::string, std::string> directions;  ///< Bytes of a .npy for each cell, by its path.
  std::vector<RenderOptions> jobs;
};

MapJobs jobs_of_cells(const Atlas& atlas, const std::vector<AtlasCell>& cells,
                      const AtlasRenderArguments& arguments, const Model& model) {
  MapJobs made;
  RenderOptions options = render_options(arguments.render);
  HostThreads threads(options.compute.threads);
  const Whitening whitening(atlas.vectors, atlas.channels, threads.stream());
  options.objective = parse_objective(fmt::format("dir({}, v.npy, cossim=2)", atlas.layer), model);
  for (const AtlasCell& cell : cells) {
    const std::vector<float> direction = whitening.direction(cell.mean);
    std::string& path = options.objective.terms.front().source;
    path = (fs::path(arguments.output) / "directions" / direction_name(cell)).string();
    made.directions[path] =
        make_npy_header({"<f4", false, {direction.size()}})
            .append(reinterpret_cast<const char*>(direction.data()), direction.size() * sizeof(float));
    made.jobs.push_back(options);
  }
  return made;
}

/// Before anything is written over: a store is gone on with for the jobs that it was made for alone.
void check_map_of_store(const MapJobs& made, const AtlasRenderArguments& arguments, const fs::path& store) {
  if (!fs::exists(store / kManifestName)) return;
  const Manifest stored = read_manifest(store);
  Manifest asked = stored;
  asked.jobs = made.jobs;
  for (const auto& [path, bytes] : made.directions) asked.files[path] = sha256_of_bytes(bytes);
  const std::string difference = compare(stored, asked);
  if (difference.empty()) return;
  fail_usage("'{}' has another map than this of '{}': {}; give -o another folder, or remove that one",
             arguments.output, arguments.atlas, difference);
}

/// A .npy for each cell, and the jobs that render them, whose file is returned. What lies there already is made anew.
fs::path write_jobs(const MapJobs& made, const fs::path& output) {
  const fs::path folder = output / "directions";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail_write(folder, error.value());
  for (const auto& [path, bytes] : made.directions) write_atomically(path, bytes);
  auto jobs = nlohmann::ordered_json::array();
  for (const RenderOptions& job : made.jobs) jobs.push_back(job_to_json(job));
  const fs::path list = output / "jobs.json";
  write_atomically(list, jobs.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  return list;
}

/// All cells of the grid, the tiles of a store in theirs.
TileSet tiles_of_cells(const TileReader& reader, const Atlas& atlas, const std::vector<AtlasCell>& cells,
                       int side, const Model& model) {
  const TileSet rendered = tiles_of_store(reader);
  TileSet set;
  set.title = fmt::format("{}: {} vectors", atlas.layer, atlas.pictures.size());
  set.legend = rendered.legend;
  const PictureSize size = rendered.tiles.front().size;
  Tile nothing;
  nothing.size = size;
  nothing.status = TileStatus::none;
  set.tiles.assign(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), nothing);
  std::vector<std::size_t> source(set.tiles.size(), 0);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const AtlasCell& cell = cells[i];
    const auto place = static_cast<std::size_t>(cell.row * side + cell.column);
    Tile& tile = set.tiles[place] = rendered.tiles[i];
    tile.objective = fmt::format("{}, {}: {} vectors", cell.row, cell.column, cell.members.size());
    for (const auto& one : classes_of(atlas, cell, model))
      tile.objective += "; " + one.at("name").get<std::string>();
    source[place] = i;
  }
  for (std::size_t i = 0; i < set.tiles.size(); ++i) {
    set.tiles[i].job = static_cast<std::int64_t>(i);
    set.tiles[i].layer = 0;
    set.tiles[i].channel = static_cast<int>(i);
  }
  set.pixels = [pixels = rendered.pixels, source](std::size_t tile) { return pixels(source[tile]); };
  return set;
}

std::string cells_json(const Atlas& atlas, const std::vector<AtlasCell>& cells, int side,
                       const Model& model) {
  nlohmann::ordered_json json = {{"layer", atlas.layer},
                                 {"vectors", atlas.pictures.size()},
                                 {"side", side},
                                 {"weights_sha256", atlas.weights.sha256},
                                 {"cells", nlohmann::ordered_json::array()}};
  for (const AtlasCell& cell : cells) {
    auto pictures = nlohmann::ordered_json::array();
    for (const std::uint32_t member : cell.members) pictures.push_back(to_string(atlas.pictures[member]));
    json["cells"].push_back({{"row", cell.row},
                             {"column", cell.column},
                             {"classes", classes_of(atlas, cell, model)},
                             {"pictures", std::move(pictures)}});
  }
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void write_pages(const AtlasRenderArguments& arguments, const Atlas& atlas,
                 const std::vector<AtlasCell>& cells, const Model& model, const fs::path& store) {
  const TileReader reader(store);
  const TileSet set = tiles_of_cells(reader, atlas, cells, arguments.side, model);
  SheetOptions options;
  options.columns = arguments.side;
  options.gap = 0;
  options.labels = false;
  options.tile = std::clamp(set.tiles.front().size.width, 8, kMaxTileSide);
  const fs::path folder = arguments.output;
  write_atomically(folder / "cells.json", cells_json(atlas, cells, arguments.side, model));
  write_sheet(set, options, folder / "atlas.png");
  write_deep_zoom(set, options, PictureFormat::jpeg, folder / "zoom");
}

int render_atlas(AtlasRenderArguments arguments) {
  choose_icons(arguments.render);
  const Atlas atlas = read_atlas(arguments.atlas);
  if (atlas.layout.empty())
    fail_input("'{}' has no layout: `limpid atlas layout {}` makes one", arguments.atlas, arguments.atlas);
  const bool recorded = arguments.weights.empty() && fs::exists(atlas.weights.file);
  const fs::path weights = weights_file(recorded ? atlas.weights.file : arguments.weights);
  check_made_with(arguments.atlas, atlas.weights, weights);
  const std::vector<AtlasCell> cells = atlas_cells(atlas.layout, atlas.vectors, atlas.channels,
                                                   arguments.side, static_cast<std::size_t>(arguments.least));
  if (cells.empty())
    fail_input("of {} x {} cells none has {} of the {} vectors of '{}': give a smaller --grid or --least",
               arguments.side, arguments.side, arguments.least, atlas.pictures.size(), arguments.atlas);
  const Model model = read_model(weights);
  const MapJobs made = jobs_of_cells(atlas, cells, arguments, model);
  const fs::path store = fs::path(arguments.output) / "cells.limpid";
  check_map_of_store(made, arguments, store);
  const KeptFolder folder(arguments.output);
  check_deep_zoom_output(fs::path(arguments.output) / "zoom");

  GridArguments grid;
  grid.entries = {write_jobs(made, arguments.output).string()};
  grid.render = arguments.render;
  grid.output = (fs::path(arguments.output) / "cells").string();
  grid.weights = weights.string();
  grid.resume = true;
  grid.no_sheet = true;
  grid.quiet = arguments.quiet;
  grid.json = arguments.json;
  grid.again = same_command();
  grid.command = kAtlasRender;
  const int code = make_grid(grid);
  if (code > 1) return code;
  write_pages(arguments, atlas, cells, model, store);
  if (!arguments.quiet && !arguments.json)
    say(stdout, "{} cells of {} x {}: {}\n", cells.size(), arguments.side, arguments.side,
        (fs::path(arguments.output) / "zoom" / "index.html").string());
  return code;
}

}  // namespace

void add_atlas_render(CLI::App& atlas) {
  auto arguments = std::make_shared<AtlasRenderArguments>();
  CLI::App* command = atlas.add_subcommand("render", "A picture of each cell of an atlas, as one map");
  command->add_option("atlas", arguments->atlas, "What `limpid atlas layout` made")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the map and what it is made of; what it has of that is gone on with")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--grid", arguments->side, "Cells on a side")
      ->check(CLI::Range(1, kMostCells))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--least", arguments->least, "Vectors of a cell that is rendered")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("-w,--weights", arguments->weights,
                   "Where the atlas's weights are now; default: where they were, then as of render")
      ->type_name("FILE");
  add_render_options(*command, arguments->render, TakenBy::all);
  add_progress_flags(*command, arguments->quiet, arguments->json);
  command->footer(fmt::format(
      "An activation atlas (Carter et al. 2019): the layout is cut into cells, and each cell that holds enough vectors is "
      "rendered as the direction of their mean, times the inverse of what all vectors have in common: the mean of their "
      "outer products, {} of its diagonal's mean added to the diagonal. All cells are one queue of jobs, of 96 pixels and "
      "128 steps unless it is asked for otherwise; Ctrl-C finishes those in flight, and the same command goes on.\n\n"
      "The folder holds zoom/index.html, the map to look at, where each cell says what its vectors argue for; "
      "atlas.png; cells.json, {{cells: [{{row, column, classes: [{{class, name, effect}}], pictures: [sha256]}}]}}; and jobs.json, "
      "directions/ and cells.limpid, of which it is made.\n\n"
      "Example:\n  limpid atlas render atlas.h5 -o atlas --grid 20",
      kWhiteningRidge));
  command->callback([arguments] {
    if (const int code = render_atlas(*arguments); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
