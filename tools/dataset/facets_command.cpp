// limpid facets: the kinds of pictures that a unit responds to, and a render of each.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/grid/job_json.h"
#include "engine/job/render_job.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/dataset/dataset_commands.h"
#include "tools/dataset/example_vectors.h"
#include "tools/dataset/facets.h"
#include "tools/dataset/index_weights.h"
#include "tools/dataset/sheet_rows.h"
#include "tools/gallery/staged_folder.h"
#include "tools/job_pictures.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/render_options.h"
#include "tools/sheet/painter.h"
#include "tools/sheet/sheet.h"
#include "weights/hdf5_file.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFacets = "limpid facets";
constexpr const char* kFacetsMarker = ".limpid-facets";

struct FacetsArguments {
  std::string unit, index, output, weights;
  int clusters = 3, among = 24, shown = 8, tile = 128;
  RenderArguments render;
  bool quiet = false;
};

/// A unit's facets and what they are made of.
struct UnitFacets {
  std::string unit;  ///< "mixed4d:116".
  std::vector<ExampleVector> examples;
  std::vector<Facet> facets;
};

UnitFacets find_facets(const FacetsArguments& arguments, const IndexReader& index, const IndexUnit& unit,
                       const std::shared_ptr<const Model>& model, const ComputeOptions& compute) {
  const auto examples = most_active(index, unit, static_cast<std::size_t>(arguments.among));
  if (examples.empty())
    fail_input("no picture of '{}' activates {}", index.folder().string(), arguments.unit);
  if (arguments.clusters > static_cast<int>(examples.size())) {
    fail_input("--clusters {}: only {} of the pictures of '{}' are looked at, those that activate {} most",
               arguments.clusters, examples.size(), index.folder().string(), arguments.unit);
  }
  ExampleVectors vectors = example_vectors(index, model, unit, examples, compute);
  for (const std::string& failure : vectors.failures) print_error(kFacets, failure + ": passed over");
  std::vector<std::vector<float>> points;
  for (const ExampleVector& one : vectors.found) points.push_back(one.vector);
  const std::size_t different = std::set(points.begin(), points.end()).size();
  if (static_cast<std::size_t>(arguments.clusters) > different) {
    fail_input(
        "--clusters {}: of the {} pictures that activate {} most, {} can be read, {} of them different",
        arguments.clusters, examples.size(), arguments.unit, points.size(), different);
  }
  const std::string name = fmt::format("{}:{}", index.manifest().layers[unit.layer].name, unit.channel);
  return {name, std::move(vectors.found), facets_of(points, static_cast<std::size_t>(arguments.clusters), 0)};
}

std::string facet_name(std::size_t number, const char* extension) {
  return fmt::format("facet-{}.{}", number + 1, extension);
}

/// The picture that all of these jobs start from.
Image start_of(const std::shared_ptr<const Model>& model, const RenderOptions& options,
               const std::string& unit) {
  JobOptions job;
  job.render = options;
  job.render.objective = parse_objective(unit, *model);
  job.render.restarts = 1;
  job.render.thresholds.clear();
  return RenderJob(model, job).image();
}

/// The unit alone, then each facet, which watches the unit.
std::vector<RenderOptions> facet_jobs(const FacetsArguments& arguments, const UnitFacets& found,
                                      const ExampleLayer& layer, int channel,
                                      const std::shared_ptr<const Model>& model, RenderOptions options) {
  options.objective = channel_objective(layer.name, channel);
  std::vector<RenderOptions> jobs = {options};
  const Image start = start_of(model, options, found.unit);
  options.watch = {options.objective};
  for (std::size_t k = 0; k < found.facets.size(); ++k) {
    const std::string file = (fs::path(arguments.output) / facet_name(k, "npy")).string();
    options.objective =
        facet_objective(*model, layer.name, channel, found.facets[k].direction, file, start, options.compute);
    jobs.push_back(options);
  }
  return jobs;
}

std::string text_of(const std::vector<RenderOptions>& jobs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const RenderOptions& job : jobs) list.push_back(job_to_json(job));
  return list.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// What the unit's own value is in the end.
double unit_value(const JobResult& result) {
  return result.watched.empty() ? result.objective.back() : result.watched.front().back();
}

bool is_weak(const JobResult& facet, const JobResult& alone) {
  return leaves_unit_weak(unit_value(facet), unit_value(alone));
}

constexpr int kHalvings = 4;

/// The jobs' results. Where a facet leaves the unit below half of what it comes to alone, its direction's weight is halved,
/// in `jobs` too, and it is rendered again.
std::vector<JobResult> render_facets(const Model& model, std::vector<RenderOptions>& jobs,
                                     const ComputeOptions& compute, const std::string& unit, bool quiet) {
  std::vector<JobResult> results = run_few_jobs(model, jobs, compute, "of " + unit, quiet);
  for (int halving = 0; halving < kHalvings; ++halving) {
    std::vector<RenderOptions> again;
    std::vector<std::size_t> places;
    for (std::size_t i = 1; i < jobs.size(); ++i) {
      if (!is_weak(results[i], results[0])) continue;
      jobs[i].objective.terms.back().weight /= 2;
      again.push_back(jobs[i]);
      places.push_back(i);
    }
    if (again.empty()) break;
    std::vector<JobResult> better = run_few_jobs(model, again, compute, "of " + unit, quiet);
    for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move(better[i]);
  }
  return results;
}

/// Says so where no weight that was tried makes a render that shows the unit too.
void note_weak_facets(const std::vector<JobResult>& results, const std::string& unit) {
  const double alone = unit_value(results.front());
  for (std::size_t i = 1; i < results.size(); ++i) {
    if (!is_weak(results[i], results.front())) continue;
    say(stderr,
        "{}: the render of facet {} leaves {} at {:.3g}, below half of the {:.3g} that it comes to alone\n",
        kFacets, i, unit, unit_value(results[i]), alone);
  }
}

RowPicture rendered(const JobResult& result) {
  return {as_rgb8(result.snapshots.back().image), short_value(unit_value(result))};
}

/// The best examples of all first, then those of each facet.
SheetTable sheet_of(const FacetsArguments& arguments, const IndexReader& index, const UnitFacets& found,
                    const std::vector<JobResult>& results) {
  std::vector<std::string> failures;
  const auto row = [&](const std::string& heading, const JobResult& result,
                       const std::vector<std::size_t>& members) {
    SheetRow one{heading, {rendered(result)}};
    std::vector<Example> examples;
    for (const std::size_t member : members) {
      if (examples.size() < static_cast<std::size_t>(arguments.shown))
        examples.push_back(found.examples[member].example);
    }
    for (RowPicture& picture : example_pictures(index, examples, arguments.tile, failures))
      one.pictures.push_back(std::move(picture));
    return one;
  };
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < found.examples.size(); ++i) all.push_back(i);
  std::vector<SheetRow> rows = {row(found.unit, results.front(), all)};
  for (std::size_t k = 0; k < found.facets.size(); ++k) {
    const std::vector<std::size_t>& members = found.facets[k].members;
    rows.push_back(row(fmt::format("facet {}: {} of {} pictures", k + 1, members.size(), all.size()),
                       results[k + 1], members));
  }
  for (const std::string& failure : failures) print_error(kFacets, failure);
  return sheet_table(
      std::move(rows), arguments.tile, fmt::format("{}, facets", found.unit),
      fmt::format("a render and its examples; below, the unit's mean and its maximum; {} weights",
                  index.manifest().weights.family));
}

void write_results(const FacetsArguments& arguments, const IndexReader& index, const UnitFacets& found,
                   const std::vector<RenderOptions>& jobs, const std::vector<JobResult>& results,
                   const fs::path& weights, const fs::path& folder) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const PictureTexts texts = picture_origin(command_line(jobs[i]), weights);
    write_image(folder / (i == 0 ? "unit.png" : facet_name(i - 1, "png")), results[i].snapshots.back().image,
                texts);
  }
  const SheetTable table = sheet_of(arguments, index, found, results);
  SheetOptions options;
  options.tile = arguments.tile;
  options.columns = table.columns;
  write_sheet(table.set, options, folder / "sheet.png");
}

void make_facets(const FacetsArguments& arguments) {
  const IndexReader index(known_index(arguments.index));
  const IndexUnit unit = parse_unit(arguments.unit, index.manifest());
  RenderOptions options = render_options(arguments.render);
  const fs::path weights = weights_of_index(index, arguments.weights);
  const auto model = std::make_shared<const Model>(read_model(weights));
  StagedFolder folder(arguments.output, kFacetsMarker);

  const UnitFacets found = find_facets(arguments, index, unit, model, options.compute);
  for (std::size_t k = 0; k < found.facets.size(); ++k) {
    ResultFile file;
    const std::vector<float>& direction = found.facets[k].direction;
    file.add("direction", {static_cast<int>(direction.size())}, direction);
    file.save(folder.path() / facet_name(k, "npy"));
  }
  const ExampleLayer& layer = index.manifest().layers[unit.layer];
  std::vector<RenderOptions> jobs = facet_jobs(arguments, found, layer, unit.channel, model, options);
  const std::vector<JobResult> results =
      render_facets(*model, jobs, options.compute, found.unit, arguments.quiet);
  note_weak_facets(results, found.unit);
  write_file(folder.path() / "jobs.json", text_of(jobs));
  write_results(arguments, index, found, jobs, results, weights, folder.path());
  folder.commit();
  if (arguments.quiet) return;
  const double alone = unit_value(results.front());
  for (std::size_t k = 0; k < found.facets.size(); ++k) {
    say(stdout, "facet {}: {} of {} pictures; the render raises {} to {:.3g}, and alone it comes to {:.3g}\n",
        k + 1, found.facets[k].members.size(), found.examples.size(), found.unit, unit_value(results[k + 1]),
        alone);
  }
  say(stdout, "{}\n", (fs::path(arguments.output) / "sheet.png").string());
}

}  // namespace

void add_facets_command(CLI::App& program) {
  auto arguments = std::make_shared<FacetsArguments>();
  CLI::App* command = program.add_subcommand(
      "facets", "The kinds of pictures that a unit responds to, and a render of each kind");
  command->add_option("unit", arguments->unit, "Layer and channel, as mixed4d:116")->required();
  command->add_option("index", arguments->index, "What `limpid examples build` made")
      ->required()
      ->type_name("FOLDER");
  command
      ->add_option(
          "-o,--output", arguments->output,
          "Folder for pictures, directions, jobs.json: new, empty, or one of facets, which is replaced")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--clusters", arguments->clusters, "How many kinds")
      ->check(CLI::Range(2, 64))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--among", arguments->among, "Of how many pictures that activate the unit most")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("-k", arguments->shown, "Examples that the sheet shows of each")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--tile", arguments->tile, "Longest side of a picture on the sheet")
      ->check(CLI::Range(8, kMaxTileSide))
      ->capture_default_str()
      ->type_name("PIXELS");
  command
      ->add_option(
          "-w,--weights", arguments->weights,
          "Where the index's weights are now; default: where they were when it was built, then as of render")
      ->type_name("FILE");
  add_render_options(*command, arguments->render, TakenBy::all);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->footer(
      "What the layer makes of each picture where the unit is most active, at length 1, is sorted by k-means. A facet's "
      "render climbs unit + w * dir(layer, facet-N.npy, cossim=1), the direction from the mean of all those vectors to that "
      "of its own kind; w makes the gradients of the unit before its ReLU and of the direction's inner product equally strong at the start, and is halved where it leaves the unit below "
      "half of what it comes to alone. (Towards the centres themselves, which "
      "have most of their direction in common, all renders look the same.)\n\n"
      "The folder holds sheet.png, a row the unit alone and a row each facet, renders beside examples; unit.png, "
      "facet-N.png and facet-N.npy; and jobs.json, which makes the renders again, other sizes and seeds of them too, where it "
      "names the directions from here: run `limpid grid` in the same folder.\n\n"
      "Example:\n"
      "  limpid facets mixed4d:116 birds.limpidx --clusters 3 -o facets");
  command->callback([arguments] { make_facets(*arguments); });
}

}  // namespace limpid
