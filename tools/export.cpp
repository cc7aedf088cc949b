// limpid export: weights, or the tiles of a store, for other programs.
#include <filesystem>
#include <memory>
#include <string>

#include "engine/grid/missing_tiles.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/grid/export_tiles.h"
#include "tools/grid/store_name.h"
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

void export_store(const ExportOptions& options) {
  if (options.half) fail_usage("--half is for weights; '{}' is a folder of tiles", options.model);
  check_export_folder(options.destination);
  const std::string store = store_named(options.model);
  const TileReader reader(store);
  for (const std::string& warning : reader.warnings()) say(stderr, "limpid export: {}\n", warning);
  if (const std::string missing = missing_tiles(reader, store); !missing.empty())
    say(stderr, "limpid export: {}\n", missing);
  const ExportedTiles exported = export_tiles(reader, options.destination);
  std::string text = fmt::format("{}: {} picture{}", options.destination, exported.pictures,
                                 exported.pictures == 1 ? "" : "s");
  if (exported.failed > 0) text += fmt::format(", {} failed", exported.failed);
  if (exported.missing > 0) text += fmt::format(", {} not made yet", exported.missing);
  say(stdout, "{}\n", text);
}

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
  say(stdout, "{}: {}, {} tensors of {} bits\n", options.destination, model.provenance.family,
      2 * model.layers.size(), options.half ? 16 : 32);
}

}  // namespace

void add_export_command(CLI::App& program) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = program.add_subcommand(
      "export", "Write weights as .npz or .safetensors, or the tiles of a grid as .png");
  command->add_option("source", options->model, "Weights, as `limpid convert` makes them, or a grid's store")
      ->required()
      ->type_name("FILE|STORE");
  command
      ->add_option("destination", options->destination,
                   "File to write, .npz or .safetensors; of a store the folder for its pictures")
      ->required()
      ->type_name("FILE|FOLDER");
  command->add_flag("--half", options->half, "Store 16-bit floats: half the size, about three digits");
  command->footer(
      "Tensors have canonical names: conv2d0_w and conv2d0_b (K x C x R x S and K) in an .npz, "
      "conv2d0.weight and "
      "conv2d0.bias in a .safetensors; the classifier is K x C. The rules of the weights (padding, "
      "normalisation, "
      "input) and their provenance go along as JSON, so that `limpid convert` gives the same model back.\n\n"
      "Tiles become one PNG each, named after their objectives, and tiles.json lists them: [{file, job, "
      "objective, seed, value}].\n\n"
      "Examples:\n  limpid export bvlc.h5 bvlc.safetensors\n  limpid export mixed4a.limpid mixed4a-tiles");
  command->callback([options] {
    const bool store = std::filesystem::is_directory(store_named(options->model));
    (store ? export_store : export_weights)(*options);
  });
}

}  // namespace limpid
