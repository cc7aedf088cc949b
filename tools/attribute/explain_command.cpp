// limpid explain: a page on which each position of a photo tells what a layer sees there (a semantic dictionary).
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/attribution/class_effects.h"
#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/attribute/channel_tiles.h"
#include "tools/attribute/position_page.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/count_progress.h"
#include "tools/dataset/gallery_index.h"
#include "tools/gallery/thumbnail.h"
#include "tools/grid/store_name.h"
#include "tools/layer_argument.h"
#include "tools/made_with.h"
#include "tools/notes.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr int kMostUnits = 32;
/// Classes that are argued for, and as many that are argued against.
constexpr std::size_t kClasses = 3;
/// Pictures of a data set beside a channel, and their side.
constexpr std::size_t kExamples = 4;
constexpr int kExampleSide = 64;

struct ExplainArguments {
  std::string photo;
  std::string layer;
  std::vector<fs::path> stores;
  std::string examples;  ///< An index; empty for none.
  std::string output;
  std::string weights;
  int units = 6;
  bool quiet = false;
  ComputeOptions compute;
};

/// Of each position: its vector's length, and its most active channels.
void add_units(PositionPage& page, const Activations& map, int count) {
  const auto positions = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  for (std::size_t p = 0; p < positions; ++p) {
    std::vector<double> vector;
    double squares = 0;
    for (std::size_t i = p; i < map.values.size(); i += positions) {
      vector.push_back(double{map.values[i]});
      squares += vector.back() * vector.back();
    }
    page.totals.push_back(std::sqrt(squares));
    page.units.push_back(largest_numbers(vector, static_cast<std::size_t>(count), false));
  }
}

/// The classes at either end of each position's effects, and their labels.
void add_classes(PositionPage& page, const std::vector<float>& effects, const Model& model) {
  const std::size_t positions = page.totals.size();
  const std::size_t classes = effects.size() / positions;
  for (std::size_t c = 0; c < classes; ++c)
    page.labels.push_back(model.classes.empty() ? fmt::format("{}:{}", model.classifier().name, c)
                                                : model.classes[c]);
  for (std::size_t p = 0; p < positions; ++p) {
    const auto first = effects.begin() + static_cast<std::ptrdiff_t>(p * classes);
    std::vector<double> values(first, first + static_cast<std::ptrdiff_t>(classes));
    Numbered listed = largest_numbers(values, kClasses, false);
    for (double& value : values) value = -value;
    Numbered against = largest_numbers(values, kClasses, false);
    for (auto entry = against.rbegin(); entry != against.rend(); ++entry)
      listed.emplace_back(entry->first, -entry->second);
    page.classes.push_back(std::move(listed));
  }
}

/// An index that has the layer, of the same weights.
std::unique_ptr<const IndexReader> index_of(const ExplainArguments& arguments, const std::string& layer,
                                            const fs::path& weights) {
  if (arguments.examples.empty()) return nullptr;
  auto index = std::make_unique<const IndexReader>(known_index(arguments.examples));
  check_made_with(index->folder(), index->manifest().weights, weights);
  if (std::ranges::find(index->manifest().layers, layer, &ExampleLayer::name) ==
      index->manifest().layers.end())
    fail_usage("'{}' has no {}; it has {}", index->folder().string(), layer,
               names_of_layers(index->manifest()));
  return index;
}

/// The pictures of an index that each channel responds to most.
std::map<int, std::vector<Pixels>> examples_of(const IndexReader& index, const std::string& layer,
                                               const std::set<int>& channels) {
  GalleryIndex source(index, {parse_bands("max"), kExamples, ExampleValue::mean, 0});
  std::vector<std::size_t> rows;
  std::vector<int> owners;
  for (const int channel : channels) {
    RenderOptions job;
    job.objective = channel_objective(layer, channel);
    for (const GalleryBand& band : source.bands(job)) {
      rows.insert(rows.end(), band.examples.begin(), band.examples.end());
      owners.resize(rows.size(), channel);
    }
  }
  std::vector<Pixels> pictures(rows.size());
  source.read(rows, [&](std::size_t place, const Pixels& pixels) {
    if (!pixels.rgb.empty()) pictures[place] = square_thumbnail(pixels, kExampleSide);
  });
  for (const std::string& failure : source.failures()) note(failure);
  std::map<int, std::vector<Pixels>> examples;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!pictures[i].rgb.empty()) examples[owners[i]].push_back(std::move(pictures[i]));
  }
  return examples;
}

std::string explain_command_line(const ExplainArguments& arguments, const std::string& layer) {
  std::string line = fmt::format("limpid explain {} {}", shell_quote(arguments.photo), layer);
  for (const fs::path& store : arguments.stores) line += " --store " + shell_quote(store.string());
  if (!arguments.examples.empty()) line += " --examples " + shell_quote(arguments.examples);
  return line + fmt::format(" --units {}", arguments.units);
}

void explain(const ExplainArguments& arguments) {
  if (arguments.units < 1 || arguments.units > kMostUnits)
    fail_usage("--units {} is out of range: 1 to {}", arguments.units, kMostUnits);
  Image photo = read_image(arguments.photo, note);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  const ObjectiveTerm layer = parse_layer(arguments.layer, *model);
  if (layer.pre_relu) fail_usage("'{}' is before a ReLU: name the layer without :pre", to_string(layer));
  check_page_output(arguments.output);
  const fs::path weights = weights_file(arguments.weights);
  ChannelTiles tiles(arguments.stores, weights);
  const std::unique_ptr<const IndexReader> index = index_of(arguments, layer.layer, weights);

  photo = fit_to_network(std::move(photo), model->input.size);
  const Activations map = activations(*model, photo, layer.layer, false, arguments.compute);
  PositionPage page;
  page.title = fmt::format("{}: what {} sees", fs::path(arguments.photo).filename().string(), layer.layer);
  page.layer = layer.layer;
  page.height = map.height;
  page.width = map.width;
  page.of = "length of the activations";
  add_units(page, map, arguments.units);
  {
    CountProgress progress(arguments.quiet, "positions");
    add_classes(page, class_effects(model, layer.layer, map, arguments.compute, progress.function()), *model);
  }

  std::set<int> shown;
  for (const Numbered& units : page.units) {
    for (const auto& [channel, value] : units) shown.insert(channel);
  }
  page.tiles = tiles.of(layer.layer, shown);
  if (index) page.examples = examples_of(*index, layer.layer, shown);
  page.facts = {{"photo's sha256", sha256_of_file(arguments.photo)},
                {"weights' sha256", sha256_of_file(weights)},
                {"command", explain_command_line(arguments, layer.layer)}};
  write_position_page(page, photo, arguments.output);
  if (!arguments.quiet)
    say(stdout, "{} x {} positions of {}, {} channels with pictures: {}\n", map.height, map.width,
        layer.layer, page.tiles.size(), (fs::path(arguments.output) / "index.html").string());
}

}  // namespace

void add_explain_command(CLI::App& program) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = program.add_subcommand(
      "explain", "A page on which each position of a photo tells what a layer sees there");
  command->add_option("photo", arguments->photo, kPhotoFiles)->required()->type_name("FILE");
  command->add_option("layer", arguments->layer, "A name of `limpid layers`")->required();
  command
      ->add_option("--store", arguments->stores,
                   "Folder that `limpid grid` filled with the layer's channels; may be given several times")
      ->required()
      ->transform(store_named)
      ->allow_extra_args(false)
      ->type_name("FOLDER");
  command
      ->add_option(
          "--examples", arguments->examples,
          "An index of `limpid examples build`: beside each channel four pictures that it responds to most")
      ->type_name("FOLDER");
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the page: new, empty, or of such a page, which is replaced")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--units", arguments->units, "Channels of each position")
      ->capture_default_str()
      ->type_name("N");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->footer(
      "A semantic dictionary (Olah et al. 2018, \"The Building Blocks of Interpretability\"): pointing at a position shows "
      "its most active channels as pictures, with their activations, and the classes that the position argues for most "
      "and least: activation times gradient of each class's logit, summed over the channels.\n\n"
      "The page fetches nothing but its own photo.jpg, tiles.jpg and examples.jpg. Arrow keys move too; #7,6 behind its address is a "
      "position.\n\n"
      "Examples:\n  limpid explain photo.png mixed4d --store mixed4d.limpid -o site\n"
      "  limpid explain photo.png mixed4d --store mixed4d.limpid --examples birds.limpidx -o site");
  command->callback([arguments] { explain(*arguments); });
}

}  // namespace limpid
