#include "tools/render_options.h"

#include "engine/image/image_options.h"
#include "tools/command.h"

namespace limpid {

void add_size_option(CLI::App& command, RenderArguments& arguments) {
  command.add_option("-s,--size", arguments.size, "Height and width of the picture, N or HxW")
      ->capture_default_str()
      ->type_name("PIXELS");
}

void add_render_options(CLI::App& command, RenderArguments& arguments) {
  RenderOptions& options = arguments.options;
  command.add_option("-n,--steps", options.steps, "Updates of the picture")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--seed", arguments.seed, "Of the start and of every random view; same seed, same bytes")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--learning-rate", arguments.learning_rate, "Of Adam; default: 0.05, cppn 0.005, maco 1")
      ->type_name("X");
  add_image_options(command, arguments.image, options);
  command.add_flag("--no-transforms", arguments.no_transforms,
                   "Show the network the picture itself, not random views (jitter, scale, rotation)");
  command.add_flag("--no-redirected-relu", arguments.no_redirected_relu,
                   "Plain ReLU gradients from the first step on: a silent start may stay silent");
}

RenderOptions render_options(const RenderArguments& arguments) {
  RenderOptions options = arguments.options;
  const Size size = parse_size(arguments.size);
  options.height = size.height;
  options.width = size.width;
  apply_image_arguments(arguments.image, options);
  options.learning_rate = arguments.learning_rate.value_or(default_learning_rate(options.parameterisation));
  options.augmentation.enabled = !arguments.no_transforms;
  options.redirected_relu = !arguments.no_redirected_relu;
  options.seed = parse_seed(arguments.seed);
  return options;
}

}  // namespace limpid
