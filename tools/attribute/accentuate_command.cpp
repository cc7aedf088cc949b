// limpid accentuate: a photo pushed towards what a unit responds to.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/job/render_job.h"
#include "engine/limpid.hpp"
#include "engine/optimize/lane_plan.h"
#include "engine/options/command_line.h"
#include "engine/options/fit_files.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/photo_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/accentuation.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/command.h"
#include "tools/help/objective_reference.h"
#include "tools/layer_argument.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/render_options.h"
#include "tools/signals.h"

namespace limpid {
namespace {

/// Updates between looks at how each pixel is asked to move.
constexpr int kLookEvery = 4;
constexpr double kMostStrength = 1e6;

struct AccentuateArguments {
  std::string photo;
  std::string unit;
  std::string layer = "mixed3a";
  double strength = 1;
  std::string output;
  std::string transparency;  ///< Empty for none.
  std::string weights;
  bool quiet = false;
  RenderArguments render;
};

/// What is published where this can do it and nothing else is said: boxes of the picture from a twentieth of its side on,
/// enlarged to all of it, with noise; 100 updates, each over several such views.
void set_published(RenderArguments& arguments) {
  if (arguments.preset) return;
  const auto set = [&](std::string_view key, const std::string& text) {
    const OptionRow& row = *find_option(key);
    arguments.given.try_emplace(&row, parse_option(row, text));
  };
  set("steps", "100");
  set("draws", "4");
  const RenderOptions sized = [&] {
    RenderOptions options;
    for (const auto& [row, value] : arguments.given) row->set(options, value);
    return options;
  }();
  set("transforms",
      fmt::format("scale(1.01,1.12,1.26,1.44,1.68,2.02,2.53,3.37,5.05,10.1) crop({}x{}) noise(0.02)",
                  sized.height, sized.width));
}

/// The unit, and how far the picture is from the photo as a layer sees it.
Objective held_back(const Objective& unit, const std::string& layer, const std::string& photo,
                    const Image& image, double weight) {
  ObjectiveTerm distance;
  distance.kind = TermKind::match;
  distance.layer = layer;
  distance.source = photo;
  distance.photo = std::make_shared<const Image>(image);
  distance.weight = static_cast<float>(weight);
  Objective objective = unit;
  objective.terms.push_back(std::move(distance));
  return objective;
}

struct Accentuated {
  Image picture;
  TransparencyMap transparency;
  double before = 0, after = 0;  ///< Of the unit, without views.
  int steps = 0;
  int stopped = 0;  ///< Exit code where a signal ended it.
};

Accentuated accentuate(const std::shared_ptr<const Model>& model, const RenderOptions& options,
                       const Objective& unit, const AccentuateArguments& arguments) {
  const StopSignals signals("\nstopping with the picture as it is; once more to end at once\n");
  ProgressReporter reporter(choose_progress_style(arguments.quiet, false), stderr, terminal_columns(stderr));
  JobOptions asked;
  asked.render = options;
  RenderJob job(model, asked);
  UnitAtPicture at(model, unit, options.compute);
  Accentuated made;
  std::vector<float> gradient;
  made.before = made.after = at.look(options.start.photo->image, gradient);
  const auto start = std::chrono::steady_clock::now();
  const int steps = arguments.strength > 0 ? options.steps : 0;
  while (job.steps_done() < steps && !job.over() && !signals.requested()) {
    if (!arguments.transparency.empty() && job.steps_done() % kLookEvery == 0) {
      at.look(job.image(), gradient);
      made.transparency.add(gradient);
    }
    job.step(1);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    reporter.report({job.steps_done(), steps, job.objective(),
                     1.0 * options.view.draws * job.steps_done() / std::max(taken.count(), 1e-9)});
  }
  made.steps = job.steps_done();
  made.stopped = signals.requested() && made.steps < steps ? signals.exit_code() : 0;
  made.picture = job.image();
  if (made.steps > 0) made.after = at.look(made.picture, gradient);
  return made;
}

void check_transparency(const std::string& file) {
  if (file.empty()) return;
  check_image_output(file);
  if (!holds_alpha(file))
    fail_usage("'{}' cannot hold the alpha that --transparency writes: name a .png or a .webp", file);
}

int make_accentuation(AccentuateArguments arguments) {
  if (!(arguments.strength >= 0 && arguments.strength <= kMostStrength))
    fail_usage("--strength {}: it is 0 to {:g}", arguments.strength, kMostStrength);
  set_published(arguments.render);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  const Objective unit = parse_objective(arguments.unit, *model);
  const ObjectiveTerm layer = parse_layer(arguments.layer, *model);
  if (layer.pre_relu)
    fail_usage("--layer {}: the photo is held back behind the layer's ReLU: name it without :pre",
               arguments.layer);
  RenderOptions options = render_options(arguments.render);
  options.objective = unit;
  options.start.photo = read_photo(arguments.photo, note);
  check_render_options(options);
  fit_files(options);
  const std::filesystem::path output = output_or_default(
      arguments.output,
      fmt::format("{}-{}", std::filesystem::path(arguments.photo).stem().string(), to_string(unit)), ".png");
  check_image_output(output);
  check_transparency(arguments.transparency);

  const Image photo = options.start.photo->image;
  double weight = 0;
  if (arguments.strength > 0) {
    weight = balancing_weight(model, unit, to_string(layer), photo, options.compute) / arguments.strength;
    options.objective = held_back(unit, layer.layer, arguments.photo, photo, weight);
  }
  const Accentuated made = accentuate(model, options, unit, arguments);
  PictureTexts texts = picture_origin(command_line(options), weights_file(arguments.weights));
  if (made.steps == 0)  // The photo, which no render makes.
    std::erase_if(texts, [](const auto& text) { return text.first == kCommandText; });
  else if (made.steps != options.steps)
    texts.emplace_back("Step", std::to_string(made.steps));
  write_image(output, made.picture, texts);
  if (!arguments.transparency.empty())
    write_image(arguments.transparency, made.transparency.applied(made.picture), texts);
  if (!arguments.quiet) {
    say(stdout, "{} from {:.5g} to {:.5g} in {} steps, {:.3g} from the photo (root mean square): {}{}\n",
        to_string(unit), made.before, made.after, made.steps, distance_of(made.picture, photo),
        output.string(), arguments.transparency.empty() ? "" : ", " + arguments.transparency);
  }
  return made.stopped;
}

constexpr const char* kAccentuateFooter =
    "\nAfter Hamblin et al. 2024, \"Feature Accentuation\": the photo's spectrum is optimised, from the photo itself on, over "
    "random boxes of it, for the unit and against the distance from the photo in an early layer, match(PHOTO, LAYER). At "
    "--strength 1 the two pull equally at the photo, by the sum of their gradients' magnitudes; 2 lets the unit pull twice as "
    "much, and 0 leaves the photo as it is.\n\n"
    "--transparency writes the picture with an alpha: how much each pixel was asked to move, by the magnitudes of the unit's "
    "gradient over the steps; a fifth of the pixels is opaque.\n\n"
    "The picture says which `limpid render` makes it, and after Ctrl-C up to which step. Ctrl-C ends it with the picture as it is.\n\n"
    "Examples:\n"
    "  limpid accentuate photo.png mixed4d:139 -o a.png --transparency where.png\n"
    "  limpid accentuate photo.png logits:208 --strength 4 --layer conv2d2 -o b.png";

}  // namespace

void add_accentuate_command(CLI::App& program) {
  auto arguments = std::make_shared<AccentuateArguments>();
  CLI::App* command =
      program.add_subcommand("accentuate", "A photo pushed towards what a unit responds to, and held back");
  command->add_option("photo", arguments->photo, kPhotoFiles)->required()->type_name("FILE");
  command->add_option("unit", arguments->unit, "What to accentuate; terms of layers, forms below")
      ->required()
      ->type_name("OBJECTIVE");
  command->add_option("--layer", arguments->layer, "The layer in which the picture stays near the photo")
      ->capture_default_str()
      ->type_name("LAYER");
  command->add_option("--strength", arguments->strength, "How strongly the unit pulls")
      ->capture_default_str()
      ->type_name("X");
  command
      ->add_option("-o,--output", arguments->output,
                   "Picture, .png, .jpg or .webp; default: a .png named after the photo and the unit")
      ->type_name("FILE");
  command->add_option("--transparency", arguments->transparency, "The picture with an alpha, .png or .webp")
      ->type_name("FILE");
  add_weights_option(*command, arguments->weights);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  add_render_options(*command, arguments->render, TakenBy::render,
                     {"init", "images", "thresholds", "restarts", "prior", "decoder", "latent_penalty",
                      "output_size", "shared", "alpha", "sd"});
  command->footer(objectives_help() + transforms_help() + kAccentuateFooter);
  command->callback([arguments] {
    if (const int code = make_accentuation(*arguments); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
