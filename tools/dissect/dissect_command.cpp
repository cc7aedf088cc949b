// limpid dissect: how often units, and random directions, are detectors of one concept.
#include "tools/dissect/dissect_command.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/layers.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/names.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/dataset/build_progress.h"
#include "tools/dataset/picture_options.h"
#include "tools/dissect/concept_pictures.h"
#include "tools/dissect/dissection_file.h"
#include "tools/dissect/dissection_plot.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_file.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDissect = "limpid dissect";

struct DissectArguments {
  std::string source;
  int procedural = 0;
  std::vector<std::string> layers = {"mixed4a", "mixed4d", "mixed5a"};
  int rotations = 10;
  std::string seed = "0";
  std::string fit = "crop";
  int size = 0, batch = 8;
  std::string output, plot, weights;
  bool quiet = false;
  ComputeOptions compute;
};

/// `given` with its extension checked; empty where it is.
fs::path checked_output(const std::string& given, const char* extension) {
  if (given.empty()) return {};
  const fs::path path = output_or_default(given, "dissect", extension);
  if (lower_extension(path) != extension)
    fail_usage("cannot write '{}': its name must end in {}", path.string(), extension);
  check_writable(path);
  return path;
}

std::string dissect_command_line(const DissectArguments& arguments, const DissectionRequest& request) {
  std::string line = kDissect;
  if (arguments.procedural > 0) {
    line += fmt::format(" --procedural {}", arguments.procedural);
  } else {
    line += fmt::format(" {} --fit {}", arguments.source, arguments.fit);
  }
  std::string names;
  for (const ExampleLayer& layer : request.layers) names += (names.empty() ? "" : ",") + layer.name;
  return line + fmt::format(" --layers {} --rotations {} --seed {} --size {}", names, request.rotations,
                            request.seed, request.side);
}

ConceptPictures pictures_asked(const DissectArguments& arguments, std::uint64_t seed, int side) {
  if (arguments.source.empty() == (arguments.procedural == 0)) {
    fail_usage("name {} a folder, whose sub-folders hold pictures of a concept each, or --procedural 300",
               arguments.source.empty() ? "either" : "only one:");
  }
  if (arguments.procedural > 0)
    return drawn_concepts(static_cast<std::size_t>(arguments.procedural), seed, side);
  return concepts_of_folder(arguments.source, side, named<Fit>(arguments.fit).value(), note);
}

void dissect_sources(const DissectArguments& arguments) {
  DissectionRequest request;
  request.seed = parse_seed(arguments.seed);
  request.rotations = arguments.rotations;
  request.batch = arguments.batch;
  request.compute = arguments.compute;
  const fs::path output = checked_output(arguments.output, ".json");
  const fs::path plot = checked_output(arguments.plot, ".svg");
  const fs::path weights = weights_file(arguments.weights);
  const auto model = std::make_shared<const Model>(read_model(weights));
  request.side = arguments.size > 0 ? arguments.size : model->input.size;
  for (const std::string& name : arguments.layers) {
    if (const NamedLayer named = require_layer(*model, name); named.pre_relu)
      fail_usage("'{}' is before a ReLU: '{}' is looked at after it", name, named.layer);
  }
  request.layers = example_layers(*model, arguments.layers, request.side);
  const ConceptPictures pictures = pictures_asked(arguments, request.seed, request.side);
  for (const std::string& failure : pictures.passed_over) print_error(kDissect, failure + ": passed over");
  request.concepts = pictures.concepts.size();
  request.pictures = pictures.count;

  BuildProgress progress(kDissect, choose_progress_style(arguments.quiet, false));
  const std::vector<DissectedLayer> layers =
      dissect(model, request, pictures.picture,
              [&progress](std::size_t done, std::size_t) { progress.pictures(done, done); });
  progress.close();
  const DissectionOrigin origin = {version(),
                                   dissect_command_line(arguments, request),
                                   sha256_of_file(weights),
                                   pictures.concepts,
                                   pictures.count,
                                   request.side};
  // Before files: what was found is not lost where one of them cannot be written.
  if (output.empty() && plot.empty()) {
    write_output(dissection_table(layers));
  } else {
    say(stdout, std::string_view(dissection_table(layers)));
  }
  if (!output.empty()) write_atomically(output, dissection_json(layers, origin));
  if (!plot.empty())
    write_atomically(plot, dissection_svg(layers, about_picture(picture_origin(origin.command, weights))));
}

constexpr const char* kDissectFooter =
    "Network dissection (Bau et al. 2017). A unit's threshold is exceeded at 0.5 % of all positions of all pictures, or fewer "
    "where values are equal. Its IoU with a concept is that of the positions above the threshold with those that the concept "
    "covers, over all pictures; it detects the concept with the largest where that is above 0.04. Random directions are the rows of "
    "random orthogonal matrices by which the layer's maps, after their ReLU, are turned: as many as it has channels. Printed are their "
    "mean, standard deviation, least and most over the rotations.\n\n"
    "A mask is brought to the map: a position is covered where the mask covers half of its cell of the picture. (Bau et al. "
    "enlarge the maps instead.) A folder's pictures are PNG files whose alpha, from one half on, is the mask; the network sees them on white; a file that has none is named and passed over. "
    "A procedural picture has one concept: what its ground shows besides counts as none.\n\n"
    "The fewer pictures a concept has, the sooner 0.04 is passed by a few of them that are alike: look at mean_iou of the JSON too where nearly "
    "all are detectors.\n\n"
    "The JSON has, for each layer, the counts, and for each unit its best concept, IoU and threshold. The plot shows the layer's channels "
    "beside each rotation.\n\n"
    "Examples:\n"
    "  limpid dissect --procedural 300 --layers mixed4a,mixed4d,mixed5a -o dissect.json --plot dissect.svg\n"
    "  limpid dissect stamps --layers mixed4d --rotations 3 --fit pad";

void add_pictures(CLI::App& command, DissectArguments& arguments) {
  command
      .add_option("source", arguments.source,
                  "A folder whose sub-folders are named after concepts and hold PNG files with alpha")
      ->type_name("FOLDER");
  add_procedural(command, arguments.procedural,
                 "Instead: so many pictures that formulas draw, with their masks");
  add_network_square(command, arguments.fit, arguments.size);
  command.add_option("--batch", arguments.batch, "Pictures of a pass. It changes no value")
      ->check(CLI::Range(1, kMostBatch))
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace

void add_dissect_command(CLI::App& program) {
  auto arguments = std::make_shared<DissectArguments>();
  CLI::App* command = program.add_subcommand(
      "dissect", "How often units, and random directions, are detectors of one concept");
  add_pictures(*command, *arguments);
  command->add_option("--layers", arguments->layers, "Layers, by names of `limpid layers`")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->default_str("mixed4a,mixed4d,mixed5a")
      ->type_name("LIST");
  command
      ->add_option("--rotations", arguments->rotations,
                   "Random bases of each layer to compare with; 0 for none")
      ->check(CLI::Range(0, kMostRotations))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--seed", arguments->seed, "Of the rotations and of procedural pictures")
      ->capture_default_str()
      ->type_name("N");
  command->add_option("-o,--output", arguments->output, "What was found of every unit, a .json")
      ->type_name("FILE");
  command->add_option("--plot", arguments->plot, "The counts as a drawing, an .svg")->type_name("FILE");
  command->add_flag("-q,--quiet", arguments->quiet, "No progress");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->footer(kDissectFooter);
  command->callback([arguments] { dissect_sources(*arguments); });
}

}  // namespace limpid
