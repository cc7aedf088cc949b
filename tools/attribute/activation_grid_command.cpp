// limpid activation-grid: what a network sees at each position of a photo.
#include <fmt/core.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_limits.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/attribute/direction_pictures.h"
#include "tools/attribute/photo_arguments.h"
#include "tools/attribute/picture_rows.h"
#include "tools/command.h"
#include "tools/layer_argument.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"

namespace limpid {
namespace {

constexpr int kLeastCell = 16, kLargestCell = 512;

struct ActivationGridArguments : PhotoArguments {
  ActivationGridArguments() { steps = 128; }
  int cell = 64;
};

void check_grid(const ActivationGridArguments& arguments) {
  if (arguments.cell < kLeastCell || arguments.cell > kLargestCell)
    fail_usage("--cell {} is out of range: {} to {} pixels", arguments.cell, kLeastCell, kLargestCell);
  check_picture_options(arguments);
}

void check_grid_size(const std::filesystem::path& output, const Activations& map, int cell) {
  const std::int64_t height = std::int64_t{map.height} * cell, width = std::int64_t{map.width} * cell;
  check_image_size(output, height, width);
  if (height * width > kMaxPicturePixels)
    fail_usage("--cell {} for {} x {} positions is a picture of {} x {} pixels: at most {} million are made",
               cell, map.height, map.width, height, width, kMaxPicturePixels / 1'000'000);
}

/// The layer's channels at each position, in order.
std::vector<std::vector<float>> vectors_of(const Activations& map) {
  const auto positions = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  std::vector<std::vector<float>> vectors(positions);
  for (std::size_t i = 0; i < map.values.size(); ++i) vectors[i % positions].push_back(map.values[i]);
  return vectors;
}

void make_activation_grid(const ActivationGridArguments& arguments) {
  check_grid(arguments);
  Image photo = read_image(arguments.photo, note);
  const Model model = load_weights(arguments.weights);
  const ObjectiveTerm layer = parse_layer(arguments.layer, model);
  const std::string name = to_string(layer);
  if (layer.pre_relu) fail_usage("'{}' is before a ReLU: name the layer without :pre", name);
  const std::filesystem::path output = output_or_default(arguments.output, name + "-grid", ".png");
  check_image_output(output);

  DirectionPictures pictures{layer.layer,
                             {},
                             arguments.cell,
                             arguments.steps,
                             parse_seed(arguments.seed),
                             unfinished_folder(output)};
  const Activations map = activations(model, fit_to_network(std::move(photo), model.input.size), layer.layer,
                                      false, arguments.compute);
  check_grid_size(output, map, arguments.cell);
  pictures.directions = vectors_of(map);
  const std::vector<Image> cells = render_directions(model, pictures, arguments.compute, arguments.quiet);

  const std::string command =
      fmt::format("limpid activation-grid {} {} --cell {} --steps {} --seed {}", shell_quote(arguments.photo),
                  shell_quote(name), arguments.cell, arguments.steps, arguments.seed);
  write_image(output, in_rows(cells, map.width), picture_origin(command, weights_file(arguments.weights)));
  forget_unfinished(pictures.unfinished);
  if (!arguments.quiet)
    say(stdout, "{} at {} x {} positions of {}: {}\n", name, map.height, map.width, arguments.photo,
        output.string());
}

}  // namespace

void add_activation_grid_command(CLI::App& program) {
  auto arguments = std::make_shared<ActivationGridArguments>();
  CLI::App* command =
      program.add_subcommand("activation-grid", "What the network sees at each position of a photo");
  add_photo_and_layer(*command, *arguments);
  command
      ->add_option("-o,--output", arguments->output,
                   "Picture, .png, .jpg or .webp; default: a .png named after the layer")
      ->type_name("FILE");
  command->add_option("--cell", arguments->cell, "Side of each position's picture")
      ->capture_default_str()
      ->type_name("PIXELS");
  add_picture_options(*command, *arguments, "Of all, so that like positions become like pictures");
  command->footer(
      "Each cell is a render of the direction that the layer's channels have at that position of the photo (Olah et "
      "al. 2018, \"The Building Blocks of Interpretability\"); all cells are one queue of jobs. A position at which "
      "nothing is active stays gray.\n\n"
      "Ctrl-C keeps the cells that are finished in a folder beside the picture, NAME.png.unfinished; the same command makes the rest.\n\n"
      "Example:\n  limpid activation-grid photo.png mixed4d -o grid.png");
  command->callback([arguments] { make_activation_grid(*arguments); });
}

}  // namespace limpid
