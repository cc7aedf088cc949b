#include "tools/render_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/image/image_options.h"
#include "engine/optimize/presets.h"
#include "engine/optimize/update_names.h"
#include "tools/command.h"

namespace limpid {

void add_size_option(CLI::App& command, RenderArguments& arguments) {
  command.add_option("-s,--size", arguments.size, "Height and width of the picture, N or HxW")
      ->default_str("224, or the preset's")
      ->type_name("PIXELS");
}

namespace {

void add_update_options(CLI::App& command, RenderArguments& arguments) {
  RenderOptions& options = arguments.options;
  command
      .add_option("--optimiser,--optimizer", arguments.optimiser,
                  "How parameters are updated; ascent: along the gradient")
      ->check(CLI::IsMember({"adam", "nadam", "ascent"}))
      ->capture_default_str();
  command
      .add_option("--learning-rate", arguments.learning_rate,
                  "Of the optimiser; default: the preset's or 0.05, of --param cppn 0.005, maco 1")
      ->type_name("X");
  command
      .add_option("--schedule", arguments.schedule,
                  "The learning rate after the warm-up: constant, or falling to zero along a cosine")
      ->check(CLI::IsMember({"constant", "cosine"}))
      ->capture_default_str();
  command
      .add_option("--warmup", options.warmup_steps, "Updates over which the learning rate rises from zero")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--epsilon-form", arguments.epsilon_form,
                  "Adam: epsilon is added to the corrected second moment's root, or (TensorFlow) before that")
      ->check(CLI::IsMember({"corrected", "uncorrected"}))
      ->default_str("corrected, or the preset's");
  command.add_flag("--normalise-gradient,--normalize-gradient", options.normalise_gradient,
                   "Ascent: divide each gradient by its root mean square");
}

void add_gradient_options(CLI::App& command, RenderArguments& arguments) {
  command
      .add_option(
          "--relu-gradient", arguments.relu_gradient,
          "What ReLUs pass back at first: where they would let no gradient pass, what wakes silent units "
          "(redirected) or all of it (unmasked); or a tenth of it wherever they are off (leaky)")
      ->check(CLI::IsMember({"redirected", "leaky", "unmasked"}))
      ->default_str("redirected, or the preset's");
  CLI::Option* redirected =
      command
          .add_option("--redirected-relu", arguments.redirected_relu,
                      "Steps at the start which --relu-gradient serves; then gradients are plain")
          ->default_str("17, or the preset's")
          ->type_name("N");
  command
      .add_flag_callback(
          "--no-redirected-relu", [&arguments] { arguments.redirected_relu = 0; },
          "Plain ReLU gradients from the first step on: a silent start may stay silent")
      ->excludes(redirected);
  command
      .add_option(
          "--pool-gradient", arguments.pool_gradient,
          "What max-pools pass back: their own gradient, that of an average or of an L2 pool (smoother)")
      ->check(CLI::IsMember({"max", "average", "l2"}))
      ->capture_default_str();
}

void add_duration_options(CLI::App& command, RenderOptions& options) {
  command
      .add_option(
          "--patience", options.patience,
          "Stop after a multiple of N steps once the mean objective of the latest N is not above that of "
          "every N before; 0: never")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--restarts", options.restarts,
                  "Starts of which the one with the best final objective is kept")
      ->capture_default_str()
      ->type_name("K");
}

void add_transform_options(CLI::App& command, RenderArguments& arguments) {
  command
      .add_option(
          "--preset", arguments.preset,
          fmt::format("Transforms, and of lucid, lucent and captum also those tools' size, steps, rate and "
                      "ReLU gradients: {}",
                      fmt::join(preset_names(), ", ")))
      ->check(CLI::IsMember(preset_names()))
      ->capture_default_str()
      ->type_name("NAME");
  CLI::Option* transforms =
      command
          .add_option("--transforms", arguments.transforms,
                      "What random views the network is shown, instead of the preset's: a list such as "
                      "'pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)'; forms below")
          ->type_name("LIST");
  command
      .add_flag("--no-transforms", arguments.no_transforms,
                "Show the network the picture itself, as does --preset none")
      ->excludes(transforms);
}

}  // namespace

const char* transforms_help() {
  return "Transforms (V is a number, a range a..b, n values of it a..b/n, or several of them apart by "
         "commas):\n"
         "  pad(N,X)            N pixels of value X around the picture; pad(N,reflect) mirrors it\n"
         "  jitter(N)           a move by up to N / 2 pixels; scale(V) a magnification; rotate(V) degrees\n"
         "  shear(V)            degrees; flip left for right, half of the time; homography a random one\n"
         "  crop(HxW)           a random box, as large as the network's input; crop(N,centre) the middle\n"
         "  blur(V) noise(V)    deviations, in pixels and in picture values\n"
         "  contrast(V), brightness(V), saturation(V)  factors; hue(V) degrees\n"
         "After 'lucid:', 'lucent:' or 'captum:' pad, jitter, scale and rotate work one by one as in that "
         "tool.\n";
}

void add_render_options(CLI::App& command, RenderArguments& arguments) {
  RenderOptions& options = arguments.options;
  command.add_option("-n,--steps", arguments.steps, "Updates of the picture")
      ->default_str("512, or the preset's")
      ->type_name("N");
  command.add_option("--draws", options.draws, "Random views of the picture that a step averages over")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--seed", arguments.seed, "Of the start and of every random view; same seed, same bytes")
      ->capture_default_str()
      ->type_name("N");
  add_update_options(command, arguments);
  add_image_options(command, arguments.image, options);
  add_transform_options(command, arguments);
  add_gradient_options(command, arguments);
  add_duration_options(command, options);
}

RenderOptions render_options(const RenderArguments& arguments) {
  RenderOptions options = arguments.options;
  apply_preset(arguments.preset, options);
  if (arguments.size) {
    const Size size = parse_size(*arguments.size);
    options.height = size.height;
    options.width = size.width;
  }
  apply_image_arguments(arguments.image, options);
  options.steps = arguments.steps.value_or(options.steps);
  // A kind of its own has a rate of its own.
  const bool usual_rate = options.learning_rate == RenderOptions{}.learning_rate;
  options.learning_rate = arguments.learning_rate.value_or(
      usual_rate ? default_learning_rate(options.parameterisation) : options.learning_rate);
  if (arguments.no_transforms) options.transforms = {};
  if (arguments.transforms) options.transforms = parse_transforms(*arguments.transforms);
  if (arguments.epsilon_form) options.epsilon_form = epsilon_form_named(*arguments.epsilon_form).value();
  if (arguments.relu_gradient) options.relu_gradient = relu_gradient_named(*arguments.relu_gradient).value();
  options.redirected_relu = arguments.redirected_relu.value_or(options.redirected_relu);
  options.optimiser = optimiser_named(arguments.optimiser).value();
  options.schedule = schedule_named(arguments.schedule).value();
  options.pool_gradient = pool_gradient_named(arguments.pool_gradient).value();
  options.seed = parse_seed(arguments.seed);
  return options;
}

}  // namespace limpid
