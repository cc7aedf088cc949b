// limpid groups: channels that are active together on a photo, as icons and where they are.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/attribute/direction_pictures.h"
#include "tools/attribute/group_pictures.h"
#include "tools/attribute/groups_page.h"
#include "tools/attribute/neuron_groups.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/gallery/staged_folder.h"
#include "tools/layer_argument.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/result_file.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".limpid-groups";
constexpr int kMostGroups = 32, kMostIconSteps = 100000;
constexpr int kLeastIcon = 16, kLargestIcon = 1024;

struct GroupsArguments {
  std::string photo;
  std::string layer;
  std::string output;
  std::string weights;
  int groups = 6;
  int icon = 128;
  int steps = 256;
  std::string seed = "0";
  bool quiet = false;
  ComputeOptions compute;
};

void check_groups(const GroupsArguments& arguments) {
  if (arguments.groups < 1 || arguments.groups > kMostGroups)
    fail_usage("--groups {} is out of range: 1 to {}", arguments.groups, kMostGroups);
  if (arguments.icon < kLeastIcon || arguments.icon > kLargestIcon)
    fail_usage("--icon {} is out of range: {} to {} pixels", arguments.icon, kLeastIcon, kLargestIcon);
  if (arguments.steps < 1 || arguments.steps > kMostIconSteps)
    fail_usage("--steps {} is out of range: 1 to {}", arguments.steps, kMostIconSteps);
}

std::string command_of(const GroupsArguments& arguments, const std::string& layer) {
  return fmt::format("limpid groups {} {} --groups {} --icon {} --steps {} --seed {}",
                     shell_quote(arguments.photo), shell_quote(layer), arguments.groups, arguments.icon,
                     arguments.steps, arguments.seed);
}

NeuronGroups groups_of(const Activations& map, int count, const std::string& layer) {
  try {
    return neuron_groups(map, count);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("no {} groups of {} with its {} x {} positions and {} channels: {}",
                                          count, layer, map.height, map.width, map.channels, error.what()));
  }
}

/// `positions` (groups x height x width), `channels` (groups x channels) and `error`.
void save_groups(const fs::path& path, const NeuronGroups& groups, const Activations& map,
                 const GroupsArguments& arguments, const std::string& layer) {
  std::vector<float> positions, channels;
  for (const NeuronGroup& group : groups.groups) {
    positions.insert(positions.end(), group.positions.begin(), group.positions.end());
    channels.insert(channels.end(), group.channels.begin(), group.channels.end());
  }
  const int count = static_cast<int>(groups.groups.size());
  ResultFile file;
  file.add("positions", {count, map.height, map.width}, positions);
  file.add("channels", {count, map.channels}, channels);
  file.add("error", static_cast<float>(groups.error));
  file.attribute("layer", layer);
  file.attribute("image", arguments.photo);
  file.attribute("image_sha256", sha256_of_file(arguments.photo));
  add_origin(file, command_of(arguments, layer), weights_file(arguments.weights));
  file.save(path);
}

std::vector<Image> icons_of(const NeuronGroups& groups, const Model& model, const std::string& layer,
                            const GroupsArguments& arguments) {
  DirectionPictures pictures{layer, {}, 0, arguments.icon, arguments.steps, parse_seed(arguments.seed)};
  for (const NeuronGroup& group : groups.groups) pictures.directions.push_back(group.channels);
  return render_directions(model, pictures, arguments.compute, arguments.quiet);
}

void make_groups(const GroupsArguments& arguments) {
  check_groups(arguments);
  Image photo = read_image(arguments.photo, note);
  const Model model = load_weights(arguments.weights);
  const ObjectiveTerm term = parse_layer(arguments.layer, model);
  if (term.pre_relu)
    fail_usage("'{}' is before a ReLU, and groups are of what is not negative: name the layer without :pre",
               to_string(term));
  StagedFolder staged(arguments.output, kMarker);

  photo = fit_to_network(std::move(photo), model.input.size);
  const Activations map = activations(model, photo, term.layer, false, arguments.compute);
  const NeuronGroups groups = groups_of(map, arguments.groups, term.layer);
  const std::vector<Image> icons = icons_of(groups, model, term.layer, arguments);

  const PictureTexts texts =
      picture_origin(command_of(arguments, term.layer), weights_file(arguments.weights));
  for (std::size_t k = 0; k < icons.size(); ++k) {
    write_image(staged.path() / fmt::format("icon-{}.png", k), icons[k], texts);
    write_image(staged.path() / fmt::format("part-{}.png", k),
                group_cutout(photo, groups.groups[k], map.height, map.width), texts);
  }
  write_image(staged.path() / "overlay.png", groups_overlay(photo, groups, map.height, map.width), texts);
  save_groups(staged.path() / "groups.h5", groups, map, arguments, term.layer);
  write_file(staged.path() / "index.html", groups_page({fs::path(arguments.photo).filename().string(),
                                                        term.layer, command_of(arguments, term.layer)},
                                                       groups));
  staged.commit();
  if (!arguments.quiet)
    say(stdout, "{} groups of {} on {}, whose sum has a relative error of {:.1f} %: {}\n", icons.size(),
        term.layer, arguments.photo, 100 * groups.error,
        (fs::path(arguments.output) / "index.html").string());
}

}  // namespace

void add_groups_command(CLI::App& program) {
  auto arguments = std::make_shared<GroupsArguments>();
  CLI::App* command =
      program.add_subcommand("groups", "Channels that are active together on a photo, as icons and where");
  command->add_option("photo", arguments->photo, kPhotoFiles)->required()->type_name("FILE");
  command->add_option("layer", arguments->layer, "A name of `limpid layers`")->required();
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the page: new, empty, or of groups, which are replaced")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--groups", arguments->groups, "How many")->capture_default_str()->type_name("N");
  command->add_option("--icon", arguments->icon, "Side of each group's picture")
      ->capture_default_str()
      ->type_name("PIXELS");
  command->add_option("--steps", arguments->steps, "Updates of each")->capture_default_str()->type_name("N");
  command->add_option("--seed", arguments->seed, "Of each picture's start")
      ->capture_default_str()
      ->type_name("N");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->footer(
      "The layer's activations are taken apart into groups by nonnegative factorisation (Olah et al. 2018, \"The "
      "Building Blocks of Interpretability\"): a map of where the group is active, and the channels that are active "
      "there. Groups are numbered from left to right by where they are strongest; the same photo gives the same "
      "ones.\n\n"
      "The folder holds index.html, a page that fetches nothing; overlay.png; icon-N.png, a render of each group's "
      "direction; part-N.png, the photo where it is active; and groups.h5 with `positions` (float32, groups x H x W, 1 "
      "where most), `channels` (groups x C) and `error`, |activations - groups| / |activations|.\n\n"
      "Example:\n  limpid groups photo.png mixed4d --groups 6 -o groups");
  command->callback([arguments] { make_groups(*arguments); });
}

}  // namespace limpid
