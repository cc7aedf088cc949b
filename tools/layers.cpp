// limpid layers: what can be a target.
#include <fmt/core.h>

#include <memory>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/layer_json.h"
#include "kernels/core/streams.h"
#include "tools/command.h"

namespace limpid {
namespace {

struct LayersOptions {
  std::string size;
  bool json = false;
  std::string weights;
};

void print_layers_table(const std::vector<LayerReport>& layers) {
  print_out("{:<26} {:<28} {:>8} {:>11} {:>10} {:>9}\n", "layer", "alias", "channels", "map", "MACs (M)",
            "sees (px)");
  for (const LayerReport& layer : layers) {
    print_out("{:<26} {:<28} {:>8} {:>11} {:>10.1f} {:>9}\n", layer.name, layer.alias, layer.channels,
              fmt::format("{} x {}", layer.height, layer.width), layer.macs / 1e6, layer.receptive_field);
  }
}

void list_layers(const LayersOptions& options) {
  const Model model = load_weights(options.weights);
  const Size size =
      options.size.empty() ? Size{model.input.size, model.input.size} : parse_size(options.size);
  const std::vector<LayerReport> layers = describe_layers(model, size.height, size.width);
  options.json ? print_json(layers) : print_layers_table(layers);
}

}  // namespace

void add_layers_command(CLI::App& program) {
  auto options = std::make_shared<LayersOptions>();
  CLI::App* command = program.add_subcommand("layers", "Every layer that can be a target");
  command
      ->add_option("-s,--size", options->size,
                   "Height and width of the picture, N or HxW; default: what the weights were trained for")
      ->type_name("PIXELS");
  command->add_flag("--json", options->json,
                    "An array of {name, alias, channels, height, width, macs, receptive_field}");
  add_weights_option(*command, options->weights);
  command->footer(
      "MACs are the multiply-accumulates of the layer itself (a module: all its convolutions); the last "
      "column says "
      "how many pixels of the picture, along one dimension, a position of the map can see.\n\n"
      "Example:\n  limpid layers --size 320x240");
  command->callback([options] { list_layers(*options); });
}

}  // namespace limpid
