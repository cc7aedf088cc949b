// limpid activations: what a layer makes of a photo.
#include <memory>
#include <utility>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/layer_argument.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/result_file.h"

namespace limpid {
namespace {

struct ActivationsOptions {
  std::string photo;
  std::string layer;
  std::string output;
  std::string weights;
  ComputeOptions compute;
};

void write_activations(const ActivationsOptions& options) {
  Image photo = read_image(options.photo, note);
  const Model model = load_weights(options.weights);
  const ObjectiveTerm layer = parse_layer(options.layer, model);
  const std::string name = to_string(layer);
  const std::filesystem::path output = output_or_default(options.output, name, ".h5");
  check_result_output(output);

  const Activations result = activations(model, fit_to_network(std::move(photo), model.input.size),
                                         layer.layer, layer.pre_relu, options.compute);

  ResultFile file;
  file.add("activations", {result.channels, result.height, result.width}, result.values);
  file.attribute("layer", name);
  file.attribute("image", options.photo);
  file.attribute("weights", model.provenance.family);
  add_origin(file, fmt::format("limpid activations {} {}", shell_quote(options.photo), shell_quote(name)),
             weights_file(options.weights));
  file.save(output);
  say(stdout, "{} ({} x {} x {}) in {}\n", name, result.channels, result.height, result.width,
      output.string());
}

}  // namespace

void add_activations_command(CLI::App& program) {
  auto options = std::make_shared<ActivationsOptions>();
  CLI::App* command = program.add_subcommand("activations", "Activations of a layer on a photo");
  command->add_option("photo", options->photo, kPhotoFiles)->required()->type_name("FILE");
  command->add_option("layer", options->layer, "A name of `limpid layers`, with :pre before its ReLU")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "File to write, .h5, .npz or .npy; default: an .h5 named after the layer")
      ->type_name("FILE");
  add_weights_option(*command, options->weights);
  add_compute_options(*command, options->compute);
  command->footer(
      "An .h5 or .npz holds `activations` (float32, C x H x W) and what they are of, an .npy the array alone. A photo "
      "of exactly the network's size is taken as it is; of any other, the largest centred square is resampled to "
      "it.\n\n"
      "Example:\n  limpid activations photo.jpg mixed4a -o act.h5");
  command->callback([options] { write_activations(*options); });
}

}  // namespace limpid
