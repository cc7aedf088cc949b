// limpid grid: many pictures, into a store of tiles and a sheet.
#include "tools/grid/grid_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/grid/check_jobs.h"
#include "engine/grid/compute_identity.h"
#include "engine/grid/job_json.h"
#include "engine/grid/job_list.h"
#include "engine/grid/join_rank_team.h"
#include "engine/grid/run_grid.h"
#include "engine/options/fit_files.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/grid/devices.h"
#include "tools/grid/grid_files.h"
#include "tools/grid/grid_progress.h"
#include "tools/grid/resume_command.h"
#include "tools/grid/stored_request.h"
#include "tools/notes.h"
#include "tools/render_options.h"
#include "tools/sheet/sheet.h"
#include "tools/sheet/store_tiles.h"
#include "tools/signals.h"
#include "weights/hdf5_file.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What is to be made, where to, and how: all that is known before the first device is asked to work.
struct Grid {
  Model model;
  Manifest manifest;
  GridFiles files;
  GridOptions options;
  std::unique_ptr<JobFileReader> reader;
  std::unique_ptr<RankTeam> team;

  bool leads() const { return team == nullptr || team->rank() == 0; }
};

void note_unless_quiet(const GridArguments& arguments, const std::string& text) {
  if (!arguments.quiet) say(stderr, "{}: {}\n", arguments.command, text);
}

/// Whether a store says all that is to be made: it is named, or its name is, and nothing else.
bool store_stands_alone(const GridArguments& arguments) {
  const std::vector<std::string>& entries = arguments.entries;
  const auto store = std::find_if(entries.begin(), entries.end(), names_store);
  if (store == entries.end() && !entries.empty()) return false;
  if (arguments.append) fail_usage("--append adds what else is named to the store that -o names");
  if (!arguments.resume && store == entries.end())
    fail_usage("nothing to make: name a target or a file of jobs");
  if (!arguments.resume) fail_usage("'{}' is a store: give --resume to make what it lacks", *store);
  if (entries.size() > 1) fail_usage("'{}' is a store, which --resume takes alone", *store);
  if (entries.empty() && arguments.output.empty()) {
    fail_usage("--resume takes a store, or what was asked for at first: limpid grid --resume mixed4a.limpid");
  }
  if (arguments.negative)
    fail_usage("--negative says what to make, and a store that --resume takes knows it");
  return true;
}

GridFiles files_of(const GridArguments& arguments, bool alone) {
  if (alone && !arguments.entries.empty()) return grid_files(arguments.entries.front(), {});
  std::vector<std::string> names = arguments.entries;
  if (arguments.negative) names.emplace_back("negative");
  return grid_files(arguments.output, names);
}

/// What the command line asks for, with its files; behind the jobs of `stored`, where there is one.
void list_asked(const GridArguments& arguments, const std::optional<Manifest>& stored, Grid& grid) {
  std::vector<RenderOptions> asked =
      list_jobs(arguments.entries, render_options(arguments.render), grid.model, grid.reader.get());
  JobFileLoader loader(grid.model, *grid.reader);
  std::set<std::string> known;
  for (const RenderOptions& job : grid.manifest.jobs) known.insert(job_to_json(job).dump());
  for (RenderOptions& job : asked) {
    if (arguments.negative) job.objective = job.objective.scaled(-1);
    loader.load(job);
  }
  check_jobs(asked, grid.model, arguments.keep_parameters || (stored && stored->keep_parameters));
  const auto recorded_name = [&](const std::string& name) {
    return stored ? name_in_store(name, *stored, grid.files.store) : name;
  };
  for (const auto& [name, sha256] : loader.checksums()) {
    const auto [recorded, added] = grid.manifest.files.emplace(recorded_name(name), sha256);
    if (!added && recorded->second != sha256)
      find_recorded_file(name, recorded->second);  // Says what is wrong.
  }
  std::set<std::string> resampled;
  for (RenderOptions& job : asked) {
    for (const std::string& text : fitting_notes(job)) {
      if (resampled.insert(text).second) note_unless_quiet(arguments, text + "; --fit does it otherwise");
    }
    if (stored) rename_files(job, recorded_name);
    if (!stored || known.insert(job_to_json(job).dump()).second) grid.manifest.jobs.push_back(std::move(job));
  }
}

void check_against_store(const GridArguments& arguments, const Manifest& stored) {
  const std::vector<std::string> given = picture_flags(arguments.render);
  if (!given.empty()) check_options_of_store(given, render_options(arguments.render), stored);
}

Grid prepare(const GridArguments& arguments) {
  Grid grid;
  grid.options.batch = arguments.batch;
  grid.options.shard = parse_shard(arguments.shard);
  grid.reader = std::make_unique<PictureFiles>([](const std::string& text) { note(text); });
  grid.options.files = grid.reader.get();
  const bool alone = store_stands_alone(arguments);
  grid.files = files_of(arguments, alone);
  if (!arguments.no_sheet) check_sheet_output(grid.files.sheet);
  std::optional<Manifest> stored;
  ComputeOptions compute = compute_options(arguments.render);
  if (alone || arguments.append) {
    stored = read_manifest(grid.files.store);
    compute = compute_of_store(*stored, compute);
    grid.manifest = *stored;
  }
  if (alone) check_against_store(arguments, *stored);
  const fs::path weights = stored && arguments.weights.empty() ? weights_of_store(*stored, grid.files.store)
                                                               : weights_file(arguments.weights);
  grid.model = read_model(weights);
  if (!alone) list_asked(arguments, stored, grid);

  grid.team = join_rank_team();
  grid.options.team = grid.team.get();
  grid.options.devices = grid.team == nullptr
                             ? list_devices(arguments.devices, compute)
                             : std::vector{device_of_rank(arguments.devices, compute, *grid.team)};
  ComputeIdentity identity = identify_alike(grid.options.devices);
  grid.manifest.program_version = version();
  grid.manifest.weights = {sha256_of_file(weights), grid.model.provenance.family, weights.filename().string(),
                           weights.string()};
  grid.manifest.folder = fs::relative(fs::current_path(), fs::absolute(grid.files.store)).string();
  grid.manifest.appended = appended_names(grid.model);
  grid.manifest.device = std::move(identity.device);
  grid.manifest.precision = std::move(identity.precision);
  const std::int64_t workers = std::ssize(grid.options.devices) *
                               (grid.team == nullptr ? 1 : grid.team->size()) * grid.options.shard.count;
  if (!stored) grid.manifest.batch = fixed_batch(grid.manifest, arguments.batch, workers);
  grid.manifest.keep_parameters = arguments.keep_parameters || (stored && stored->keep_parameters);
  return grid;
}

/// Creates the store, or joins the one that is there. A store is continued only where that is asked for, or
/// where it may be another shard's of the same grid.
StoreOpening open(const GridArguments& arguments, const Grid& grid) {
  StoreOpening opening;
  if (grid.leads()) {
    const bool may_be_there = arguments.resume || arguments.append || grid.options.shard.count > 1;
    if (!may_be_there && fs::exists(grid.files.store) && !remove_empty_store(grid.files.store)) {
      fail_usage(
          "'{}' is there already: give --resume to make what it lacks, --append to add to it, or -o for "
          "another name",
          grid.files.store.string());
    }
    if (arguments.append) extend_store(grid.files.store, grid.manifest);
    opening = open_store(grid.files.store, grid.manifest);
    if (!opening.note.empty()) note_unless_quiet(arguments, opening.note);
  }
  if (grid.team != nullptr) {
    grid.team->wait_for_all();
    if (!grid.leads()) opening = open_store(grid.files.store, grid.manifest);
  }
  return opening;
}

/// How the grid went, for the last words.
struct Outcome {
  std::vector<ScheduleReport> reports;
  double seconds = 0;
  double image_steps_per_second = 0;
  std::int64_t finished = 0;  ///< Of this shard.
  std::int64_t jobs = 0;      ///< Of this shard.
  int stopped = 0;            ///< Exit code where a signal stopped it.
};

Outcome run(const GridArguments& arguments, const Grid& grid) {
  const StopSignals signals("\nfinishing the tiles in flight; once more to stop at once\n");
  const ProgressStyle style = choose_progress_style(arguments.quiet, arguments.json);
  GridProgress progress(style, style == ProgressStyle::json ? stdout : stderr, terminal_columns(stderr),
                        Tally(grid.manifest.jobs, grid.options.devices), arguments.command, grid.team.get());
  const auto begin = Tally::Clock::now();
  Outcome outcome;
  outcome.reports = run_grid(grid.model, grid.files.store, grid.options, progress, signals.requested());
  progress.close();
  const auto now = Tally::Clock::now();
  outcome.seconds = std::chrono::duration<double>(now - begin).count();
  outcome.image_steps_per_second = progress.tally().image_steps_per_second(now);
  outcome.finished = progress.tally().finished();
  outcome.jobs = progress.tally().jobs();
  if (signals.requested()) outcome.stopped = signals.exit_code();
  return outcome;
}

void print_stopped(const GridArguments& arguments, const Grid& grid, const Outcome& outcome) {
  const std::string command = arguments.again.empty()
                                  ? resume_command(grid.team == nullptr ? 1 : grid.team->size())
                                  : arguments.again;
  if (arguments.json) {
    print_json({{"event", "stopped"},
                {"finished", outcome.finished},
                {"jobs", outcome.jobs},
                {"store", grid.files.store.string()},
                {"resume", command}});
  } else {
    say(stderr, "{}: stopped with {} of {} tiles in {}; to go on:\n  {}\n", arguments.command,
        outcome.finished, outcome.jobs, grid.files.store.string(), command);
  }
}

/// What became of all jobs of the store, whoever made them.
struct Census {
  std::int64_t finished = 0;
  std::vector<const Tile*> failed;
  std::int64_t missing = 0;
};

Census count(const TileSet& set) {
  Census census;
  for (const Tile& tile : set.tiles) {
    if (tile.status == TileStatus::finished) ++census.finished;
    if (tile.status == TileStatus::missing) ++census.missing;
    if (tile.status == TileStatus::failed) census.failed.push_back(&tile);
  }
  return census;
}

void print_failures(const GridArguments& arguments, const Census& census) {
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(census.failed.size(), most); ++i) {
    say(stderr, "{}: {} failed: {}\n", arguments.command, census.failed[i]->objective,
        census.failed[i]->failure);
  }
  if (census.failed.size() > most) {
    say(stderr, "{}: {} more failed\n", arguments.command, census.failed.size() - most);
  }
}

Json report_json(const std::vector<ScheduleReport>& reports) {
  Json devices = Json::array();
  for (const ScheduleReport& report : reports) {
    devices.push_back({{"device", report.device},
                       {"precision", report.precision},
                       {"lanes", report.lanes},
                       {"batch", report.batch}});
  }
  return devices;
}

void print_done(const GridArguments& arguments, const Grid& grid, const Outcome& outcome,
                const Census& census, bool sheet) {
  const std::string store = grid.files.store.string();
  if (arguments.json) {
    Json event = {{"event", "done"},
                  {"finished", census.finished},
                  {"failed", census.failed.size()},
                  {"missing", census.missing},
                  {"seconds", outcome.seconds},
                  {"image_steps_per_second", outcome.image_steps_per_second},
                  {"store", store},
                  {"sheet", sheet ? Json(grid.files.sheet.string()) : Json()},
                  {"devices", report_json(outcome.reports)}};
    print_json(event);
    return;
  }
  if (arguments.quiet) return;
  std::string text = fmt::format("{} tiles", census.finished);
  if (!census.failed.empty()) text += fmt::format(", {} failed", census.failed.size());
  if (census.missing > 0) text += fmt::format(", {} left to other shards", census.missing);
  say(stdout, "{}; {:.1f} s, {:.3g} image-steps/s, {} {}: {}{}\n", text, outcome.seconds,
      outcome.image_steps_per_second, grid.manifest.device, grid.manifest.precision, store,
      sheet ? ", " + grid.files.sheet.string() : "");
}

/// The sheet, once every job of the store has its tile, and the last words. Returns the exit code.
int conclude(const GridArguments& arguments, const Grid& grid, const Outcome& outcome) {
  const TileReader reader(grid.files.store);
  const TileSet set = tiles_of_store(reader);
  const Census census = count(set);
  const bool sheet = !arguments.no_sheet && census.missing == 0;
  if (sheet) write_sheet(set, {}, grid.files.sheet);
  print_failures(arguments, census);
  if (grid.manifest.batch > 0 && std::ranges::any_of(outcome.reports, &ScheduleReport::halved)) {
    note_unless_quiet(
        arguments,
        fmt::format("the GPU's memory did not hold the {} pictures that take a step together in this store: "
                    "the last bits of some tiles may differ from another run's",
                    grid.manifest.batch));
  }
  print_done(arguments, grid, outcome, census, sheet);
  return census.failed.empty() ? 0 : 1;
}

void add_what_to_make(CLI::App& command, GridArguments& arguments) {
  command.add_option("targets", arguments.entries, "What to make, in one queue; forms below")
      ->type_name("TARGET|FILE.json");
  command.add_flag("--negative", arguments.negative,
                   "Minimise it instead; before the ReLU (mixed4a:pre) there is always a slope");
  command
      .add_option("-o,--output", arguments.output,
                  "Name of the store, NAME.limpid, and of the sheet, NAME.png; default: after the targets")
      ->type_name("NAME");
  add_weights_option(command, arguments.weights);
  command.add_flag("--keep-parameters", arguments.keep_parameters,
                   "Also store what was optimised, as 32-bit floats");
  command.add_flag("--resume", arguments.resume,
                   "Make what a store lacks: say which, or once more what was asked for at first");
  command.add_flag("--append", arguments.append,
                   "Add the targets to the store that -o names; options are those of the new ones");
  command
      .add_option("--shard", arguments.shard,
                  "Make the third of sixteen equal parts, while other machines make theirs in the same store")
      ->type_name("3/16")
      ->default_str("");
}

void add_where_to_compute(CLI::App& command, GridArguments& arguments) {
  command.add_option("--devices", arguments.devices, "Several at once: 0,1,2,3 are cuda:0 to cuda:3")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->excludes(command.get_option("--device"))
      ->type_name("LIST");
  command
      .add_option(
          "--batch", arguments.batch,
          "Pictures that take a step together, or auto: on the processor one a core, and it changes no tile; on a "
          "GPU up to 64, halved until they fit, and a store keeps the number, for tiles' last bits depend on it")
      ->transform(CLI::Transformer(std::map<std::string, int>{{"auto", 0}}))
      ->check(CLI::Range(0, kMostBatch))
      ->default_str("auto")
      ->type_name("N");
}

void add_what_to_show(CLI::App& command, GridArguments& arguments) {
  command.add_flag("--no-sheet", arguments.no_sheet, "The store only; `limpid sheet` makes sheets of it");
  add_progress_flags(command, arguments.quiet, arguments.json);
}

constexpr const char* kGridFooter =
    "Targets:\n"
    "  mixed4a             every channel of a layer\n"
    "  mixed4a:0-99        a range, both ends included; mixed4a:3,7,11-20 a list\n"
    "  mixed4a:0-9:pre     before the ReLU\n"
    "  mixed4a@c           the neuron at the centre of each channel's map; @7,7 at row 7, column 7\n"
    "  logits:tabby        a class by its label\n"
    "  all                 every channel of conv2d0 to conv2d2 and of mixed3a to mixed5b\n"
    "  -- -mixed4a         minimised\n"
    "  jobs.json           [{\"objective\": \"mixed4a:11\", \"seed\": 3, \"size\": [224, 320], \"param\": "
    "\"pixel\"}, ...], or\n"
    "                      {\"defaults\": {...}, \"jobs\": [...]}, where a text is a\n"
    "                      target; fields are named as the options are\n"
    "                      (tools/README.md lists them); what a job does not say is\n"
    "                      that of the options above. An objective is as in\n"
    "                      `limpid render --help`.\n"
    "A job that is named twice is made once.\n\n"
    "Ctrl-C finishes the tiles in flight and says how to go on; a second one stops at once. What is finished "
    "is safe in any case, and --resume makes the rest: the same bytes as without interruption. It needs only "
    "the store: files and weights are found again, and refused by name where they changed. Under mpirun the "
    "ranks share the queue, one device each.\n\n"
    "JSON: {event: \"start\", jobs, finished}; for each tile {event: \"tile\", job, objective, seed, device, "
    "value, "
    "restart (of several), finished, jobs, image_steps_per_second, seconds_left} or {event: \"failure\", "
    "..., message}; then "
    "{event: "
    "\"done\", finished, failed, missing, seconds, image_steps_per_second, store, sheet, devices: [{device, "
    "precision, lanes, batch}]} or {event: \"stopped\", finished, jobs, store, resume}.\n\n"
    "Exit code 1 when a job failed, 130 when stopped by Ctrl-C.\n\n"
    "Examples:\n"
    "  limpid grid mixed4a\n"
    "  limpid grid mixed3a mixed3b mixed4a:0-99 --size 160 --steps 256 -o some\n"
    "  limpid grid mixed4a:pre --negative\n"
    "  limpid grid --resume some.limpid\n"
    "  limpid grid mixed4b --append -o some\n"
    "  limpid grid all --shard 3/16\n"
    "  mpirun -n 8 limpid grid all";

}  // namespace

int make_grid(const GridArguments& arguments) {
  if (arguments.quiet) silence_notes();
  const Grid grid = prepare(arguments);
  StoreOpening opening = open(arguments, grid);
  const Outcome outcome = [&] {
    try {
      return run(arguments, grid);
    } catch (const Error&) {
      // A store that was there before may be all that knows what was asked for, and others may count on it.
      opening.hold.reset();
      if (opening.created && grid.team == nullptr && grid.options.shard.count == 1) {
        remove_empty_store(grid.files.store);
      }
      throw;
    }
  }();
  if (outcome.stopped != 0) {
    if (grid.leads()) print_stopped(arguments, grid, outcome);
    return outcome.stopped;
  }
  return grid.leads() ? conclude(arguments, grid, outcome) : 0;
}

void add_grid_command(CLI::App& program) {
  auto arguments = std::make_shared<GridArguments>();
  CLI::App* command =
      program.add_subcommand("grid", "Whole layers, or any list of pictures, and their sheet");
  add_what_to_make(*command, *arguments);
  add_render_options(*command, arguments->render, TakenBy::all);
  add_where_to_compute(*command, *arguments);
  add_what_to_show(*command, *arguments);
  command->footer(kGridFooter);
  command->callback([arguments] {
    if (const int code = make_grid(*arguments); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
