// limpid examples: which of many pictures each unit responds to.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/grid/compute_identity.h"
#include "engine/grid/json_field.h"
#include "engine/grid/targets.h"
#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/names.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/dataset/build_index.h"
#include "tools/dataset/build_progress.h"
#include "tools/dataset/drawn_pictures.h"
#include "tools/dataset/example_tiles.h"
#include "tools/dataset/index_schema.h"
#include "tools/dataset/index_weights.h"
#include "tools/dataset/layer_maps.h"
#include "tools/dataset/merge_indexes.h"
#include "tools/dataset/picture_options.h"
#include "tools/dataset/unit_concepts.h"
#include "tools/grid/resume_command.h"
#include "tools/sheet/sheet.h"
#include "tools/signals.h"
#include "weights/hdf5_file.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBuild = "limpid examples build";
constexpr const char* kShow = "limpid examples show";

struct BuildArguments {
  std::vector<std::string> sources;
  std::string output;
  std::vector<std::string> layers = {"all"};
  std::string fit = "crop";
  std::string shard = "1/1";
  std::string seed = "0";
  int procedural = 0;
  int size = 0;
  BuildOptions options;
  std::string weights;
  bool resume = false, quiet = false, json = false;
};

struct ShowArguments {
  std::string index, unit, output;
  std::string bands = "max,high,low,min";
  std::string by = "mean", crop = "none", seed = "0";
  int most = 8, tile = 128;
  bool json = false, concepts = false, histogram = false, overlay = false;
  std::string weights;
  ComputeOptions compute;
};

struct MergeArguments {
  std::vector<std::string> indexes;
  std::string output;
  bool quiet = false;
};

/// "all" stands for the layers that it means of a grid.
std::vector<std::string> layers_asked(const std::vector<std::string>& given, const Model& model) {
  std::vector<std::string> layers;
  for (const std::string& name : given) {
    if (name == "all") {
      const std::vector<std::string> all = model.network.trunk_layers();
      layers.insert(layers.end(), all.begin(), all.end());
    } else {
      layers.push_back(name);
    }
  }
  return layers;
}

IndexManifest manifest_asked(const BuildArguments& arguments, const Model& model, const fs::path& weights,
                             const fs::path& folder) {
  IndexManifest manifest;
  manifest.program_version = version();
  manifest.weights = {sha256_of_file(weights), model.provenance.family, weights.filename().string(),
                      weights.string()};
  const ComputeIdentity identity = identify(arguments.options.compute);
  manifest.device = identity.device;
  manifest.precision = identity.precision;
  manifest.size = arguments.size > 0 ? arguments.size : model.input.size;
  manifest.fit = named<Fit>(arguments.fit).value();
  manifest.layers = example_layers(model, layers_asked(arguments.layers, model), manifest.size);
  for (const ExampleLayer& layer : manifest.layers) {
    if (layer.height * layer.width > index_schema::kMostPositions) {
      fail_usage("--size {}: the map of {} has more positions than an index can name, {}", manifest.size,
                 layer.name, index_schema::kMostPositions);
    }
  }
  manifest.folder = fs::relative(fs::current_path(), fs::absolute(folder)).string();
  return manifest;
}

std::vector<DatasetFile> files_asked(const BuildArguments& arguments) {
  if (arguments.sources.empty() && arguments.procedural == 0)
    fail_usage("nothing to look at: name folders of pictures, or give --procedural 5000");
  std::vector<DatasetFile> files = dataset_files(arguments.sources);
  if (arguments.procedural > 0) {
    DatasetFile& drawn = files.emplace_back();
    drawn.drawn = static_cast<std::size_t>(arguments.procedural);
    drawn.seed = parse_seed(arguments.seed);
  }
  return files;
}

std::string counted(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void print_built(const BuildArguments& arguments, const BuildReport& report, const fs::path& folder,
                 bool stopped) {
  if (arguments.json) {
    print_json({{"event", stopped ? "stopped" : "done"},
                {"pictures", report.pictures},
                {"looked_at", report.looked_at},
                {"copies", report.copies},
                {"passed_over", report.passed_over},
                {"index", folder.string()}});
  } else if (stopped) {
    say(stderr, "{}: stopped with {} in {}; to go on:\n  {}\n", kBuild, counted(report.pictures, "picture"),
        folder.string(), resume_command(1));
  } else if (!arguments.quiet) {
    std::string text = counted(report.pictures, "picture");
    if (report.looked_at < report.pictures) text += fmt::format(", {} of them new", report.looked_at);
    if (report.copies > 0) text += fmt::format(", {} left out", counted(report.copies, "copy of a file"));
    if (report.passed_over > 0) text += fmt::format(", {} passed over", report.passed_over);
    say(stdout, "{}: {}\n", text, folder.string());
  }
}

int build(const BuildArguments& arguments) {
  StreamOptions stream;
  stream.shard = parse_shard(arguments.shard);
  std::vector<DatasetFile> files = files_asked(arguments);
  const fs::path weights = weights_file(arguments.weights);
  const auto model = std::make_shared<const Model>(read_model(weights));
  const fs::path folder = index_folder(arguments.output);
  const IndexManifest manifest = manifest_asked(arguments, *model, weights, folder);
  stream.size = manifest.size;
  stream.fit = manifest.fit;
  stream.threads = HostThreads(arguments.options.compute.threads).stream().threads();

  const StopSignals signals("\nfinishing what was begun; once more to stop at once\n");
  IndexWriter writer(folder, manifest, arguments.resume);
  for (const std::string& warning : writer.warnings()) say(stderr, "{}: {}\n", kBuild, warning);
  try {
    BuildProgress progress(kBuild, choose_progress_style(arguments.quiet, arguments.json));
    const BuildReport report = build_index(model, manifest, std::move(files), std::move(stream),
                                           arguments.options, writer, progress, signals.requested());
    progress.close();
    const bool stopped = !report.finished || signals.requested();
    print_built(arguments, report, folder, stopped);
    return stopped ? signals.exit_code() : 0;
  } catch (const Error&) {
    writer.discard_empty();
    throw;
  }
}

void print_examples(const IndexReader& index, const IndexUnit& unit, const ExampleRequest& request) {
  const auto bands = unit_examples(index, unit, request);
  const ExampleLayer& layer = index.manifest().layers[unit.layer];
  for (std::size_t band = 0; band < bands.size(); ++band) {
    for (const Example& example : bands[band]) {
      const PicturePath path = index.path(index.units().pictures()[example.picture]);
      nlohmann::ordered_json line = {{"band", request.bands[band].name}, {"file", path.file}};
      if (!path.member.empty()) line["member"] = path.member;
      line["value"] = shortest(example.value);
      line["row"] = example.place / layer.width;
      line["column"] = example.place % layer.width;
      print_json(line);
    }
  }
}

/// Says so where a unit is never active: what is shown then are differences of what does not pass its ReLU.
void note_inactive(const IndexReader& index, const IndexUnit& unit, const std::string& text) {
  for (const float max : index.units().column(unit.layer, unit.channel).max) {
    if (max > 0) return;
  }
  say(stderr, "{}: no picture of the index activates {}\n", kShow, text);
}

void print_concepts(const IndexReader& index, const IndexUnit& unit, ExampleRequest request, bool json) {
  request.bands = parse_bands("max");
  const auto counts = concept_counts(index, unit, unit_examples(index, unit, request).front(), true);
  const auto& pictures = index.units().pictures();
  const bool any = std::any_of(pictures.begin(), pictures.end(),
                               [](const PictureRecord& picture) { return is_drawn(picture.path.file); });
  if (!any) {
    fail_input(
        "'{}' has no pictures whose concepts are known: those that `limpid examples build --procedural` draws",
        index.folder().string());
  }
  if (counts.empty())
    say(stderr, "{}: none of the {} pictures that come first was drawn\n", kShow, request.most);
  if (!json && !counts.empty())
    say(stdout, "{:<24} {:>8} {:>6} {:>6}\n", "concept", "pictures", "on it", "of");
  for (const ConceptCount& count : counts) {
    if (json) {
      print_json(
          {{"concept", count.name}, {"pictures", count.pictures}, {"on_it", count.on_it}, {"of", count.of}});
    } else {
      say(stdout, "{:<24} {:>8} {:>6} {:>6}\n", count.name, count.pictures, count.on_it, count.of);
    }
  }
}

/// The map of a unit for a picture as the network is shown it.
std::function<std::vector<double>(const Image&)> unit_maps(const ShowArguments& arguments,
                                                           const IndexReader& index, const IndexUnit& unit) {
  const auto model = std::make_shared<const Model>(read_model(weights_of_index(index, arguments.weights)));
  const auto maps = std::make_shared<LayerMaps>(index.manifest(), unit.layer, model, arguments.compute);
  const ExampleLayer& layer = index.manifest().layers[unit.layer];
  const auto positions = static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);
  const std::size_t begin = static_cast<std::size_t>(unit.channel) * positions;
  return [maps, begin, positions](const Image& shown) {
    const std::span<const float> map = maps->of(shown).subspan(begin, positions);
    return std::vector<double>(map.begin(), map.end());
  };
}

void show(const ShowArguments& arguments) {
  ExampleRequest request;
  request.bands = parse_bands(arguments.bands);
  request.most = static_cast<std::size_t>(arguments.most);
  request.by = named<ExampleValue>(arguments.by).value();
  request.seed = parse_seed(arguments.seed);
  if (!arguments.output.empty()) check_sheet_output(arguments.output);
  const ExampleCrop crop = named<ExampleCrop>(arguments.crop).value();
  if (arguments.output.empty() && (arguments.overlay || arguments.histogram))
    fail_usage("--overlay and --histogram are of a sheet: name one with -o");
  if (arguments.overlay && crop == ExampleCrop::field)
    fail_usage("--overlay lies over whole pictures: leave out --crop field");
  const IndexReader index(known_index(arguments.index), UnfinishedIndex::taken);
  if (!index.finished())
    say(stderr, "{}: '{}' is not finished: these are of the {} that it has\n", kShow, index.folder().string(),
        counted(index.units().pictures().size(), "picture"));
  const IndexUnit unit = parse_unit(arguments.unit, index.manifest());
  note_inactive(index, unit, arguments.unit);
  if (arguments.concepts) {
    print_concepts(index, unit, request, arguments.json);
  } else if (arguments.output.empty() || arguments.json) {
    print_examples(index, unit, request);
  }
  if (arguments.output.empty()) return;

  ExampleView view{crop, arguments.tile, arguments.histogram};
  if (arguments.overlay) view.map = unit_maps(arguments, index, unit);
  const ExampleSheet sheet = example_tiles(index, unit, request, view);
  if (sheet.set.tiles.empty())
    fail_input("'{}' has no picture in these bands of {}", arguments.index, arguments.unit);
  for (const std::string& heading : sheet.empty) say(stderr, "{}: {}: no picture\n", kShow, heading);
  for (const std::string& failure : sheet.failures) print_error(kShow, failure);
  SheetOptions options;
  options.tile = arguments.tile;
  options.columns = sheet.columns;
  write_sheet(sheet.set, options, arguments.output);
  if (!arguments.json) say(stdout, "{}\n", arguments.output);
}

void merge(const MergeArguments& arguments) {
  std::vector<fs::path> folders;
  for (const std::string& index : arguments.indexes) folders.push_back(known_index(index));
  const fs::path to = index_folder(arguments.output);
  const std::size_t pictures = merge_indexes(folders, to);
  if (!arguments.quiet) say(stdout, "{}: {}\n", counted(pictures, "picture"), to.string());
}

void add_build(CLI::App& examples) {
  auto arguments = std::make_shared<BuildArguments>();
  BuildOptions& options = arguments->options;
  CLI::App* command =
      examples.add_subcommand("build", "Look at pictures, and keep what every unit makes of them");
  command
      ->add_option(
          "sources", arguments->sources,
          "Folders, .tar archives (also .gz, .bz2, .xz, .zst), .txt files with a path a line, pictures")
      ->type_name("FILE|DIR");
  add_procedural(*command, arguments->procedural,
                 "So many pictures that formulas draw, of known concepts, instead of photos or beside them");
  command->add_option("--seed", arguments->seed, "Of the pictures of --procedural")
      ->needs(command->get_option("--procedural"))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("-o,--output", arguments->output, "The index, a folder NAME.limpidx")
      ->required()
      ->type_name("NAME");
  command
      ->add_option("--layers", arguments->layers,
                   "Layers, by names of `limpid layers`; all: conv2d0 to conv2d2 and mixed3a to mixed5b")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->default_str("all")
      ->type_name("LIST");
  add_network_square(*command, arguments->fit, arguments->size);
  command->add_option("--batch", options.batch, "Pictures of a pass. It changes no value")
      ->check(CLI::Range(1, kMostBatch))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--resume", arguments->resume, "Go on with an index: add the pictures that it lacks");
  command
      ->add_option("--shard", arguments->shard,
                   "Look at the third of sixteen equal parts; `limpid examples merge` joins them")
      ->type_name("3/16")
      ->default_str("");
  command->add_flag("--strict", options.strict,
                    "End at the first file that cannot be read, with exit code 2");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, options.compute);
  add_progress_flags(*command, arguments->quiet, arguments->json);
  command->footer(
      "Kept are, of every unit and picture, the mean of its map before the ReLU, and its maximum after it with its place. "
      "A picture is what its file's bytes are: copies count once. Colours are those of sRGB where a PNG, JPEG or WebP has a profile.\n\n"
      "A file that cannot be read is named and passed over. Ctrl-C finishes the pictures in flight and says how to go "
      "on; what is finished is safe in any case. On one machine the index depends on the pictures alone: not on their "
      "order, the batch, threads, shards or interruptions.\n\n"
      "--procedural draws pictures of textures and figures of known names, some of the classes that limpid's own weights have "
      "learnt; `limpid examples show --concepts` compares what a unit responds to with them.\n\n"
      "JSON: {event: \"pictures\", pictures, pictures_per_second}, {event: \"passed_over\", message}; at the end {event: "
      "\"done\" or \"stopped\", pictures, looked_at, copies, passed_over, index}.\n\n"
      "Examples:\n"
      "  limpid examples build photos more.tar list.txt -o birds.limpidx\n"
      "  limpid examples build photos -o birds --layers mixed4d,mixed5a --shard 3/16\n"
      "  limpid examples build --procedural 5000 -o drawn");
  command->callback([arguments] {
    if (const int code = build(*arguments); code != 0) throw ExitCode{code};
  });
}

void add_how_to_show(CLI::App& command, ShowArguments& arguments) {
  command.add_flag("--overlay", arguments.overlay,
                   "Pictures in gray, orange where the unit is active; the network looks at them again");
  command.add_flag("--histogram", arguments.histogram,
                   "A last row: how the values of all pictures are spread, and which of them the bands show");
  command.add_flag(
      "--concepts", arguments.concepts,
      "Of an index of procedural pictures: how many of the -k that come first are of each concept");
  command
      .add_option(
          "-w,--weights", arguments.weights,
          "For --overlay: where the index's weights are now; default: where they were, then as of render")
      ->type_name("FILE");
  add_compute_options(command, arguments.compute);
}

void add_show(CLI::App& examples) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* command = examples.add_subcommand("show", "The pictures of an index that a unit responds to");
  command->add_option("index", arguments->index, "What `limpid examples build` made")
      ->required()
      ->type_name("FOLDER");
  command->add_option("unit", arguments->unit, "Layer and channel, as mixed4d:525")->required();
  command
      ->add_option("-o,--output", arguments->output,
                   "Sheet, .png, .jpg or .webp, a row a band; default: a list on standard output")
      ->type_name("FILE");
  command->add_option("--bands", arguments->bands, "max, high, low, min, and quantiles, as q0.9..0.99; below")
      ->capture_default_str()
      ->type_name("LIST");
  command->add_option("-k", arguments->most, "Pictures of a band")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--by", arguments->by, "Order by the mean before the ReLU, or by the maximum after it")
      ->check(CLI::IsMember({"mean", "max"}))
      ->capture_default_str();
  command
      ->add_option("--crop", arguments->crop,
                   "field: only what the position of the maximum sees, its receptive field")
      ->check(CLI::IsMember({"none", "field"}))
      ->capture_default_str();
  add_how_to_show(*command, *arguments);
  command->add_option("--seed", arguments->seed, "Of samples")->capture_default_str()->type_name("N");
  command->add_option("--tile", arguments->tile, "Longest side of a picture on the sheet")
      ->check(CLI::Range(8, kMaxTileSide))
      ->capture_default_str()
      ->type_name("PIXELS");
  command->add_flag("--json", arguments->json,
                    "List them too, where a sheet is written; --concepts as JSON; below");
  command->footer(
      "Bands: max the largest values, min the smallest; high (slightly positive) a sample of those above 0 up to their "
      "25 % quantile, low (slightly negative) likewise below 0; qA..B a sample from quantile A to B of all. A sample takes "
      "the pictures with the smallest Philox number of seed, picture and unit.\n\n"
      "The list is JSON, a picture a line: {band, file, member (of an archive), value, row, column (of the maximum)}. "
      "--concepts --json lists {concept, pictures (of the -k), on_it (of these, where the middle of what the maximum sees lies on the "
      "concept), of (pictures of it in the index)}.\n\n"
      "Examples:\n"
      "  limpid examples show birds.limpidx mixed4d:525 -o sheet.png\n"
      "  limpid examples show birds.limpidx mixed3a:11 --bands max -k 16 --by max --crop field -o fields.png\n"
      "  limpid examples show birds.limpidx mixed4d:525 --bands q0.9..0.99\n"
      "  limpid examples show birds.limpidx mixed4d:525 --overlay --histogram -o where.png\n"
      "  limpid examples show drawn.limpidx mixed3a:11 --concepts -k 50");
  command->callback([arguments] { show(*arguments); });
}

void add_merge(CLI::App& examples) {
  auto arguments = std::make_shared<MergeArguments>();
  CLI::App* command = examples.add_subcommand("merge", "Several indexes as one");
  command->add_option("indexes", arguments->indexes, "Of the same weights, layers and fit")
      ->required()
      ->type_name("FOLDER");
  command->add_option("-o,--output", arguments->output, "The index of all, a folder NAME.limpidx")
      ->required()
      ->type_name("NAME");
  command->add_flag("-q,--quiet", arguments->quiet, "No summary");
  command->footer(
      "Merged shards are the index that one run on the same machine would have made, to the byte.\n\n"
      "Example:\n  limpid examples merge a.limpidx b.limpidx -o all.limpidx");
  command->callback([arguments] { merge(*arguments); });
}

}  // namespace

void add_examples_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("examples", "Which of your pictures each unit responds to");
  command->require_subcommand(1);
  add_build(*command);
  add_show(*command);
  add_merge(*command);
}

}  // namespace limpid
