// limpid weights: how a channel is connected to the channels of a layer below it.
#include <fmt/core.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/attribution/expanded_weights.h"
#include "engine/limpid.hpp"
#include "engine/network/layers.h"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/attribute/channel_tiles.h"
#include "tools/attribute/position_page.h"
#include "tools/attribute/weights_picture.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/grid/store_name.h"
#include "tools/layer_argument.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/result_file.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

constexpr int kWeightsSide = 96;
constexpr int kMostShown = 64;
constexpr int kMostCrop = 255;

struct WeightsArguments {
  std::string channel;
  std::string from;
  std::vector<std::filesystem::path> stores;
  std::string output;
  std::string weights;
  std::optional<int> crop;
  int top = 8;
  ComputeOptions compute;
};

std::string weights_command_line(const WeightsArguments& arguments, const std::string& channel) {
  std::string line =
      fmt::format("limpid weights {} --from {} --top {}", channel, arguments.from, arguments.top);
  if (arguments.crop) line += fmt::format(" --crop {}", *arguments.crop);
  for (const std::filesystem::path& store : arguments.stores)
    line += " --store " + shell_quote(store.string());
  return line;
}

void save_weights(const std::filesystem::path& path, const ExpandedWeights& weights,
                  const WeightsArguments& arguments, const std::string& channel, const std::string& lower) {
  const std::vector<double> lengths = weights.lengths();
  ResultFile file;
  file.add("weights", {weights.channels, weights.height, weights.width}, weights.values);
  file.add("lengths", {weights.channels}, std::vector<float>(lengths.begin(), lengths.end()));
  file.attribute("channel", channel);
  file.attribute("from", lower);
  add_origin(file, weights_command_line(arguments, channel), weights_file(arguments.weights));
  file.save(path);
}

bool is_drawing_file(const std::filesystem::path& output) {
  const std::string extension = lower_extension(output);
  return extension == ".png" || extension == ".svg";
}

void check_weights_output(const std::filesystem::path& output) {
  if (!is_drawing_file(output)) return check_result_output(output, {".png", ".svg"});
  lower_extension(output) == ".svg" ? check_writable(output) : check_image_output(output);
}

void show_weights(const WeightsArguments& arguments) {
  if (arguments.top < 1 || arguments.top > kMostShown)
    fail_usage("--top {} is out of range: 1 to {}", arguments.top, kMostShown);
  if (arguments.crop && (*arguments.crop < 1 || *arguments.crop > kMostCrop))
    fail_usage("--crop {} is out of range: 1 to {} positions", *arguments.crop, kMostCrop);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  const ObjectiveTerm term = parse_channel(arguments.channel, *model);
  const std::string name = to_string(term);
  const std::string lower = require_layer(*model, arguments.from).layer;
  const std::filesystem::path output = output_or_default(arguments.output, name + "-weights", ".png");
  check_weights_output(output);
  std::optional<ChannelTiles> stored;
  if (!arguments.stores.empty()) stored.emplace(arguments.stores, weights_file(arguments.weights));

  ExpandedWeights weights = expanded_weights(model, term.layer + (term.pre_relu ? ":pre" : ""), term.channel,
                                             lower, arguments.compute);
  if (arguments.crop) weights = centre_of(weights, *arguments.crop);
  const Numbered shown = largest_numbers(weights.lengths(), static_cast<std::size_t>(arguments.top), false);
  if (shown.empty())  // In a crop: weights that are zero everywhere were refused before.
    fail_usage("{} does not depend on {} by the {} x {} positions in the middle", name, lower, weights.height,
               weights.width);
  std::vector<int> channels;
  for (const auto& [channel, length] : shown) channels.push_back(channel);
  std::map<int, Pixels> tiles;
  if (stored && is_drawing_file(output)) tiles = stored->of(lower, {channels.begin(), channels.end()});
  const PictureTexts origin =
      picture_origin(weights_command_line(arguments, name), weights_file(arguments.weights));
  if (lower_extension(output) == ".svg") {
    write_atomically(output, weights_svg(weights, channels, tiles, {name, lower, about_picture(origin)}));
  } else if (is_drawing_file(output)) {
    write_image(output, weights_picture(weights, channels, tiles, kWeightsSide), origin);
  } else {
    save_weights(output, weights, arguments, name, lower);
  }
  say(stdout, "{} by {} ({} x {} x {}) in {}\n", name, lower, weights.channels, weights.height, weights.width,
      output.string());
  for (const auto& [channel, length] : shown)
    say(stdout, "  {:<16} {:.5g}\n", fmt::format("{}:{}", lower, channel), length);
}

}  // namespace

void add_weights_command(CLI::App& program) {
  auto arguments = std::make_shared<WeightsArguments>();
  CLI::App* command =
      program.add_subcommand("weights", "How a channel is connected to those of a layer below it");
  command->add_option("channel", arguments->channel, "A channel: mixed4a:11, or mixed4a:11:pre")->required();
  command->add_option("--from", arguments->from, "The layer below")->required()->type_name("LAYER");
  command->add_option("--crop", arguments->crop, "Show so many positions in the middle; default: all")
      ->type_name("N");
  command->add_option("--top", arguments->top, "Channels that are shown: those of the largest weights")
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--store", arguments->stores,
                   "Folder that `limpid grid` filled with the layer's channels: their pictures come below")
      ->transform(store_named)
      ->allow_extra_args(false)
      ->type_name("FOLDER");
  command
      ->add_option(
          "-o,--output", arguments->output,
          "File to write: .svg, or .png without words, for the channels shown, .h5, .npz or .npy for all; default: a "
          ".png named after the channel")
      ->type_name("FILE");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->footer(
      "Expanded weights (Voss et al. 2021, \"Visualizing Weights\"): the network between the two layers as a linear map, "
      "without biases, ReLUs passing everything and max-pools taking the mean. Of a convolution and its own input they "
      "are its filter; of logits, which see the whole map, they are those at the map of the network's own size. Red excites, blue inhibits.\n\n"
      "An .svg names the channels, with the largest weight of each and the sum of all, and holds the stores' pictures within "
      "itself. An .h5 or .npz holds `weights` (float32, C x H x W) and `lengths` (C).\n\n"
      "Example:\n  limpid weights mixed4a:410 --from mixed3b --top 8 -o circuit.svg");
  command->callback([arguments] { show_weights(*arguments); });
}

}  // namespace limpid
