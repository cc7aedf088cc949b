// limpid dictionary: a dictionary of a layer's activations as a layer of the network, and its directions.
#include "weights/dictionary.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/network/layers.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/output_file.h"
#include "tools/result_file.h"
#include "weights/hdf5_file.h"

namespace limpid {
namespace {

struct AddOptions {
  std::string dictionary;
  std::string layer;
  std::string name;
  std::string output;
  std::string weights;
  bool no_b_dec = false;
  bool half = false;
  DictionaryOptions file;
};

struct DirectionOptions {
  std::string dictionary;
  int feature = 0;
  std::string output;
};

/// The layer that was asked for, or the one that the file says it is of.
NamedLayer layer_to_read(const AddOptions& options, const Dictionary& dictionary, const Model& model) {
  if (!options.layer.empty()) return require_target(model, options.layer);
  if (dictionary.hook.empty()) {
    fail_usage("{}: it does not say of which layer it is; --to mixed3b does", options.dictionary);
  }
  const std::optional<NamedLayer> named = find_layer(dictionary.hook);
  if (!named) {
    fail_usage("{}: it is of '{}', which is no layer's name here; --to mixed3b says which it is",
               options.dictionary, dictionary.hook);
  }
  return *named;
}

std::string activation_of(const AppendedLayer& layer) {
  if (!layer.relu) return "none";
  if (layer.gated.gate == ReluGate::top_k) return fmt::format("TopK of {}", layer.gated.kept);
  return layer.gated.gate == ReluGate::threshold ? "JumpReLU" : "ReLU";
}

void add_dictionary(const AddOptions& options) {
  check_writable(options.output);
  Model model = load_weights(options.weights);
  DictionaryOptions file = options.file;
  file.subtracts_b_dec = !options.no_b_dec;
  Dictionary dictionary = read_dictionary(options.dictionary, file);
  const NamedLayer read = layer_to_read(options, dictionary, model);
  const int channels = channel_count(model, read.layer);
  if (dictionary.inputs != channels) {
    fail_input("{}: a dictionary of {} channels; {} has {}", options.dictionary, dictionary.inputs,
               read.layer, channels);
  }
  AppendedLayer& layer = dictionary.encoder;
  layer.reads = read.layer;
  layer.reads_pre_relu = read.pre_relu;
  layer.conv.name = options.name;
  append_layer(model, layer, options.dictionary);
  write_model(model, options.output, options.half ? StoredType::f16 : StoredType::f32);
  say(stdout, "{}: {}, {} features of {}{} ({}, activation: {})\n", options.output, options.name,
      layer.conv.k, read.layer, read.pre_relu ? ":pre" : "", dictionary.layout, activation_of(layer));
  if (!dictionary.settings.empty()) say(stdout, "  settings: {}\n", dictionary.settings);
  if (!dictionary.unread.empty()) say(stdout, "  not read: {}\n", fmt::join(dictionary.unread, ", "));
  for (const std::string& assumption : dictionary.assumed) {
    say(stdout, "  assumed, for the file does not say: {}\n", assumption);
  }
  if (!options.layer.empty() && !dictionary.hook.empty() && dictionary.hook != options.layer) {
    say(stdout, "  the file calls its layer '{}'\n", dictionary.hook);
  }
}

void write_direction(const DirectionOptions& options) {
  check_result_output(options.output);
  // Of the decoder alone: what the activation is, the file need not say.
  const Dictionary dictionary = read_dictionary(options.dictionary, {.activation = "linear"});
  if (dictionary.decoder.empty()) {
    fail_input("{}: it has no decoder, whose rows are the directions", options.dictionary);
  }
  const int features = dictionary.encoder.conv.k;
  if (options.feature < 0 || options.feature >= features) {
    fail_usage("{}: there is no feature {}: features are 0 to {}", options.dictionary, options.feature,
               features - 1);
  }
  const auto channels = static_cast<std::size_t>(dictionary.inputs);
  ResultFile file;
  file.add(
      "direction", {dictionary.inputs},
      std::span(dictionary.decoder).subspan(static_cast<std::size_t>(options.feature) * channels, channels));
  file.attribute("dictionary", options.dictionary);
  file.attribute("feature", std::to_string(options.feature));
  file.save(options.output);
  say(stdout, "{}: what feature {} decodes to, {} channels\n", options.output, options.feature,
      dictionary.inputs);
}

constexpr const char* kFiles =
    "An autoencoder of sae-lens (.safetensors with its cfg.json), dictionary-learning or overcomplete (a state dict, .pt), "
    "an .npz of W_enc, b_enc, W_dec, b_dec and threshold or k, or vectors (.npy, features x channels)";

void add_add_command(CLI::App& dictionary) {
  auto options = std::make_shared<AddOptions>();
  CLI::App* command = dictionary.add_subcommand("add", "Append a dictionary to the network, as a layer");
  command->add_option("file", options->dictionary, kFiles)->required()->type_name("FILE");
  command
      ->add_option(
          "--to", options->layer,
          "The layer it is of, with :pre before its ReLU (of single convolutions); default: as the file says")
      ->type_name("LAYER");
  command->add_option("--as", options->name, "Name of the new layer: letters, digits and _")
      ->required()
      ->type_name("NAME");
  command->add_option("-o,--output", options->output, "Weights file to write, HDF5")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "--activation", options->file.activation,
          "linear, relu or topk:N, in place of what the file says; default where it says nothing: relu, and "
          "linear for vectors")
      ->type_name("NAME");
  command->add_flag("--no-b-dec", options->no_b_dec,
                    "Do not subtract b_dec first, where the file does not say whether it is");
  command->add_flag("--half", options->half, "Store 16-bit floats, of the network too");
  add_weights_option(*command, options->weights);
  command->footer(
      "A feature is the encoder's: what is subtracted from the activations first, and what features are scaled by, is "
      "folded in. `NAME:12` is a feature as it leaves the activation, `NAME:12:pre` before it, which has a gradient from "
      "the first step on; renders wake a silent one by themselves. TopK keeps the largest features of each position, "
      "those of lower numbers among equal ones.\n\n"
      "Examples:\n  limpid dictionary add sae/sae_weights.safetensors --to mixed3b --as sae3b -o bvlc+sae.h5\n"
      "  limpid render sae3b:12 --weights bvlc+sae.h5");
  command->callback([options] { add_dictionary(*options); });
}

void add_direction_command(CLI::App& dictionary) {
  auto options = std::make_shared<DirectionOptions>();
  CLI::App* command =
      dictionary.add_subcommand("direction", "The direction that a feature decodes to, as a file");
  command->add_option("file", options->dictionary, kFiles)->required()->type_name("FILE");
  command->add_option("feature", options->feature, "Number of the feature, from 0")->required();
  command->add_option("-o,--output", options->output, "File to write, .npy, .npz or .h5")
      ->required()
      ->type_name("FILE");
  command->footer(
      "To climb what a feature writes, not what it reads.\n\n"
      "Examples:\n  limpid dictionary direction sae/sae_weights.safetensors 12 -o v.npy\n"
      "  limpid render \"dir(mixed3b, v.npy)\"");
  command->callback([options] { write_direction(*options); });
}

}  // namespace

void add_dictionary_command(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("dictionary", "Sparse autoencoders and other dictionaries, as layers");
  command->require_subcommand(1);
  add_add_command(*command);
  add_direction_command(*command);
}

}  // namespace limpid
