// limpid export: weights for other programs.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>

#include "kernels/core/error.h"
#include "tools/command.h"
#include "tools/output_file.h"
#include "weights/npz_writer.h"
#include "weights/safetensors_writer.h"

namespace limpid {
namespace {

struct ExportOptions {
  std::string model;
  std::string destination;
  bool half = false;
};

void export_weights(const ExportOptions& options) {
  const std::filesystem::path destination = options.destination;
  const std::string extension = destination.extension().string();
  if (extension != ".npz" && extension != ".safetensors") {
    fail_usage("'{}' ends neither in .npz nor in .safetensors, which say what to write", options.destination);
  }
  check_writable(destination);
  const Model model = load_weights(options.model);
  const StoredType type = options.half ? StoredType::f16 : StoredType::f32;
  (extension == ".npz" ? write_npz : write_safetensors)(model, destination, type);
  fmt::print("{}: {}, {} tensors of {} bits\n", options.destination, model.provenance.family,
             2 * model.layers.size(), options.half ? 16 : 32);
}

}  // namespace

void add_export_command(CLI::App& program) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = program.add_subcommand("export", "Write weights as .npz or .safetensors");
  command->add_option("model", options->model, "Weights, as `limpid convert` makes them")
      ->required()
      ->type_name("FILE");
  command->add_option("destination", options->destination, "File to write; .npz or .safetensors")
      ->required()
      ->type_name("FILE");
  command->add_flag("--half", options->half, "Store 16-bit floats: half the size, about three digits");
  command->footer(
      "Tensors have canonical names: conv2d0_w and conv2d0_b (K x C x R x S and K) in an .npz, "
      "conv2d0.weight and "
      "conv2d0.bias in a .safetensors; the classifier is K x C. The rules of the weights (padding, "
      "normalisation, "
      "input) and their provenance go along as JSON, so that `limpid convert` gives the same model back.\n\n"
      "Example:\n  limpid export bvlc.h5 bvlc.safetensors");
  command->callback([options] { export_weights(*options); });
}

}  // namespace limpid
