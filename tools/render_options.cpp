#include "tools/render_options.h"

#include "engine/optimize/update_names.h"
#include "tools/command.h"

namespace limpid {

void add_size_option(CLI::App& command, RenderArguments& arguments) {
  command.add_option("-s,--size", arguments.size, "Height and width of the picture, N or HxW")
      ->capture_default_str()
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
  command.add_option("--learning-rate", options.learning_rate, "Of the optimiser")
      ->capture_default_str()
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
  command.add_flag("--normalise-gradient,--normalize-gradient", options.normalise_gradient,
                   "Ascent: divide each gradient by its root mean square");
}

void add_gradient_options(CLI::App& command, RenderArguments& arguments) {
  RenderOptions& options = arguments.options;
  CLI::Option* redirected =
      command
          .add_option(
              "--redirected-relu", options.redirected_relu,
              "Steps at the start in which ReLUs that would let no gradient pass let through what wakes "
              "silent units")
          ->capture_default_str()
          ->type_name("N");
  command
      .add_flag_callback(
          "--no-redirected-relu", [&options] { options.redirected_relu = 0; },
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

}  // namespace

void add_render_options(CLI::App& command, RenderArguments& arguments) {
  RenderOptions& options = arguments.options;
  command.add_option("-n,--steps", options.steps, "Updates of the picture")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--seed", arguments.seed, "Of the start and of every random view; same seed, same bytes")
      ->capture_default_str()
      ->type_name("N");
  add_update_options(command, arguments);
  command
      .add_option("--param", arguments.parameterisation,
                  "What is optimised: Fourier coefficients scaled by frequency, or pixels")
      ->check(CLI::IsMember({"spectral", "pixel"}))
      ->capture_default_str();
  command
      .add_option("--decay", options.decay_power,
                  "Spectral: coefficients are scaled by frequency to the power of minus this")
      ->capture_default_str()
      ->type_name("X");
  command.add_flag("--no-decorrelate", arguments.no_decorrelate,
                   "Optimise RGB itself, not decorrelated colours");
  command.add_flag("--no-transforms", arguments.no_transforms,
                   "Show the network the picture itself, not random views (jitter, scale, rotation)");
  add_gradient_options(command, arguments);
  add_duration_options(command, options);
}

RenderOptions render_options(const RenderArguments& arguments) {
  RenderOptions options = arguments.options;
  const Size size = parse_size(arguments.size);
  options.height = size.height;
  options.width = size.width;
  options.parameterisation =
      arguments.parameterisation == "pixel" ? Parameterisation::pixel : Parameterisation::spectral;
  options.optimiser = optimiser_named(arguments.optimiser).value();
  options.schedule = schedule_named(arguments.schedule).value();
  options.decorrelate_colour = !arguments.no_decorrelate;
  options.augmentation.enabled = !arguments.no_transforms;
  options.pool_gradient = pool_gradient_named(arguments.pool_gradient).value();
  options.seed = parse_seed(arguments.seed);
  return options;
}

}  // namespace limpid
