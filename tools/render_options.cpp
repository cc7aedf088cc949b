#include "tools/render_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/image/image_options.h"
#include "tools/command.h"

namespace limpid {

void add_size_option(CLI::App& command, RenderArguments& arguments) {
  command.add_option("-s,--size", arguments.size, "Height and width of the picture, N or HxW")
      ->capture_default_str()
      ->type_name("PIXELS");
}

namespace {

void add_transform_options(CLI::App& command, RenderArguments& arguments) {
  command
      .add_option("--preset", arguments.preset,
                  fmt::format("A list of transforms by its name: {}", fmt::join(preset_names(), ", ")))
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
         "  contrast(V), brightness(V), saturation(V)  factors; hue(V) degrees\n";
}

void add_render_options(CLI::App& command, RenderArguments& arguments) {
  RenderOptions& options = arguments.options;
  command.add_option("-n,--steps", options.steps, "Updates of the picture")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--draws", options.draws, "Random views of the picture that a step averages over")
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
  add_transform_options(command, arguments);
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
  options.transforms = preset_transforms(arguments.no_transforms ? "none" : arguments.preset);
  if (arguments.transforms) options.transforms = parse_transforms(*arguments.transforms);
  options.redirected_relu = !arguments.no_redirected_relu;
  options.seed = parse_seed(arguments.seed);
  return options;
}

}  // namespace limpid
