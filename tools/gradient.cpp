// limpid gradient: an objective's value and gradient at a photo.
#include <fmt/core.h>

#include <memory>
#include <utility>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/heat_map.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/result_file.h"

namespace limpid {
namespace {

struct GradientOptions {
  std::string photo;
  std::string objective;
  std::string output;
  std::string weights;
  ComputeOptions compute;
};

void save(const GradientOptions& options, const std::string& name, const std::string& command,
          const Model& model, const InputGradient& result, const std::filesystem::path& output) {
  ResultFile file;
  file.add("value", static_cast<float>(result.value));
  file.add("gradient", {result.height, result.width, 3}, result.gradient);
  file.attribute("objective", name);
  file.attribute("image", options.photo);
  file.attribute("weights", model.provenance.family);
  add_origin(file, command, weights_file(options.weights));
  file.save(output);
}

void gradient(const GradientOptions& options) {
  Image photo = read_image(options.photo, note);
  const Model model = load_weights(options.weights);
  PictureFiles files(note);
  const Objective objective = parse_objective(options.objective, model, &files);
  const std::string name = to_string(objective);
  const std::filesystem::path output = output_or_default(options.output, name, ".h5");
  const bool picture = lower_extension(output) == ".png";
  picture ? check_image_output(output) : check_result_output(output, {".png"});

  const InputGradient result =
      input_gradient(model, fit_to_network(std::move(photo), model.input.size), objective, options.compute);

  const std::string command = fmt::format("limpid gradient {} {}{}", shell_quote(options.photo),
                                          name.starts_with('-') ? "-- " : "", shell_quote(name));
  if (picture) {
    write_image(output, heat_map(result), picture_origin(command, weights_file(options.weights)));
  } else {
    save(options, name, command, model, result, output);
  }
  say(stdout, "{} = {:.7g}; gradient ({} x {} x 3) in {}\n", name, result.value, result.height, result.width,
      output.string());
}

}  // namespace

void add_gradient_command(CLI::App& program) {
  auto options = std::make_shared<GradientOptions>();
  CLI::App* command =
      program.add_subcommand("gradient", "Value of an objective at a photo, and its gradient in the pixels");
  command->add_option("photo", options->photo, kPhotoFiles)->required()->type_name("FILE");
  command
      ->add_option("objective", options->objective,
                   "What to differentiate; forms as in `limpid render --help`")
      ->required();
  command
      ->add_option(
          "-o,--output", options->output,
          "File to write, .h5, .npz, .npy, or .png for a heat map; default: an .h5 named after the objective")
      ->type_name("FILE");
  add_weights_option(*command, options->weights);
  add_compute_options(*command, options->compute);
  command->footer(
      "An .h5 or .npz holds `value` (float32 scalar) and `gradient` (float32, H x W x 3, RGB order) per unit of "
      "the network's own input, which spans 0..255, and what they are of; an .npy the gradient alone; a .png the "
      "length of each pixel's gradient, from black over red and yellow to white. A photo of exactly the network's "
      "size is taken as it is; of any other, the largest centred square is resampled to it.\n\n"
      "Examples:\n  limpid gradient photo.png mixed4a:11 -o g.h5\n  limpid gradient photo.png mixed4a:11 -o g.png");
  command->callback([options] { gradient(*options); });
}

}  // namespace limpid
