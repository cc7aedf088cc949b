// limpid starts: diverse examples of a unit, to start renders from.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/examples/farthest_first.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/png.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/dataset/example_vectors.h"
#include "tools/dataset/index_weights.h"
#include "tools/gallery/staged_folder.h"
#include "weights/hdf5_file.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStarts = "limpid starts";
constexpr const char* kStartsMarker = ".limpid-starts";

struct StartsArguments {
  std::string unit, index, output, weights;
  int count = 4, among = 64;
  ComputeOptions compute;
  bool quiet = false;
};

/// Each start with the usual views of a render, then each without any.
nlohmann::ordered_json jobs_of(const std::vector<std::string>& files, const std::string& objective,
                               int size) {
  nlohmann::ordered_json jobs = nlohmann::ordered_json::array();
  for (const bool regularised : {true, false}) {
    for (const std::string& file : files) {
      nlohmann::ordered_json job = {{"objective", objective}, {"size", size}, {"init", file}};
      if (!regularised) job["transforms"] = false;
      jobs.push_back(std::move(job));
    }
  }
  return jobs;
}

void make_starts(const StartsArguments& arguments) {
  const IndexReader index(known_index(arguments.index));
  const IndexUnit unit = parse_unit(arguments.unit, index.manifest());
  const std::vector<Example> examples = most_active(index, unit, static_cast<std::size_t>(arguments.among));
  if (examples.empty())
    fail_input("no picture of '{}' activates {}", index.folder().string(), arguments.unit);
  const fs::path weights = weights_of_index(index, arguments.weights);
  const auto model = std::make_shared<const Model>(read_model(weights));
  StagedFolder folder(arguments.output, kStartsMarker);
  const ExampleVectors vectors = example_vectors(index, model, unit, examples, arguments.compute);
  for (const std::string& failure : vectors.failures) print_error(kStarts, failure + ": passed over");
  if (vectors.found.empty()) fail_input("none of the pictures that activate {} can be read", arguments.unit);

  std::vector<std::vector<float>> candidates;
  for (const ExampleVector& one : vectors.found) candidates.push_back(one.vector);
  std::vector<std::string> files;
  for (const std::size_t chosen : farthest_first(candidates, static_cast<std::size_t>(arguments.count))) {
    const std::string name = fmt::format("start-{}.png", files.size() + 1);
    write_file(folder.path() / name, encode_png(vectors.found[chosen].shown));
    files.push_back((fs::path(arguments.output) / name).string());
  }
  const ExampleLayer& layer = index.manifest().layers[unit.layer];
  const auto jobs = jobs_of(files, fmt::format("{}:{}", layer.name, unit.channel), index.manifest().size);
  write_file(folder.path() / "jobs.json",
             jobs.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  folder.commit();
  if (!arguments.quiet) {
    say(stdout, "{} of {} pictures; to render from them:\n  limpid grid {}{}\n", files.size(),
        candidates.size(), shell_quote((fs::path(arguments.output) / "jobs.json").string()),
        weights_words(weights, index.manifest().weights.sha256));
  }
}

}  // namespace

void add_starts_command(CLI::App& program) {
  auto arguments = std::make_shared<StartsArguments>();
  CLI::App* command =
      program.add_subcommand("starts", "Diverse pictures that a unit responds to, to start renders from");
  command->add_option("unit", arguments->unit, "Layer and channel, as mixed4d:116")->required();
  command->add_option("index", arguments->index, "What `limpid examples build` made")
      ->required()
      ->type_name("FOLDER");
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the pictures and jobs.json: new, empty, or one of starts, which is replaced")
      ->required()
      ->type_name("FOLDER");
  command->add_option("-k", arguments->count, "How many")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--among", arguments->among, "Of how many that activate the unit most")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option(
          "-w,--weights", arguments->weights,
          "Where the index's weights are now; default: where they were when it was built, then as of render")
      ->type_name("FILE");
  add_compute_options(*command, arguments->compute);
  command->add_flag("-q,--quiet", arguments->quiet, "No summary");
  command->footer(
      "The first is the picture that activates the unit most; each next is the one whose vector, of all channels of the "
      "layer where the unit is most active, is least like those before it. jobs.json renders each twice: under random "
      "views, and without any; it names the pictures from here: run `limpid grid` in the same folder, on "
      "the weights of the index; the command that is printed names them where they are not the default.\n\n"
      "Example:\n"
      "  limpid starts mixed4d:116 birds.limpidx -k 4 -o starts\n"
      "  limpid grid starts/jobs.json");
  command->callback([arguments] { make_starts(*arguments); });
}

}  // namespace limpid
