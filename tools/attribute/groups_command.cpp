// limpid groups: channels that are active together on a photo, as icons and where they are.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/attribution/layers_between.h"
#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/attribute/direction_pictures.h"
#include "tools/attribute/group_attribution.h"
#include "tools/attribute/group_flow.h"
#include "tools/attribute/group_pictures.h"
#include "tools/attribute/groups_page.h"
#include "tools/attribute/neuron_groups.h"
#include "tools/attribute/photo_arguments.h"
#include "tools/command.h"
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
constexpr int kLeastIcon = 16, kLargestIcon = 1024;

struct GroupsArguments : PhotoArguments {
  GroupsArguments() { steps = 256; }
  std::string from;  ///< A layer below; empty for none.
  int groups = 6;
  int icon = 128;
};

void check_groups(const GroupsArguments& arguments) {
  check_group_count(arguments.groups);
  if (arguments.icon < kLeastIcon || arguments.icon > kLargestIcon)
    fail_usage("--icon {} is out of range: {} to {} pixels", arguments.icon, kLeastIcon, kLargestIcon);
  check_picture_options(arguments);
}

std::string command_of(const GroupsArguments& arguments, const std::string& layer) {
  return fmt::format("limpid groups {} {}{} --groups {} --icon {} --steps {} --seed {}",
                     shell_quote(arguments.photo), shell_quote(layer),
                     arguments.from.empty() ? "" : " --from " + arguments.from, arguments.groups,
                     arguments.icon, arguments.steps, arguments.seed);
}

/// `positions` (groups x height x width) and `channels` (groups x channels), and `error`, with `stem` before their names.
void add_groups(ResultFile& file, const LayerGroups& found, const std::string& stem) {
  add_group_maps(file, found.groups, found.map.height, found.map.width, stem);
  file.add(stem + "error", static_cast<float>(found.groups.error));
}

void add_flow(ResultFile& file, const GroupFlow& flow) {
  std::vector<float> parts;
  for (const std::vector<double>& row : flow.parts) parts.insert(parts.end(), row.begin(), row.end());
  const int above = static_cast<int>(flow.parts.size()), below = static_cast<int>(flow.parts.front().size());
  file.add("attribution", {above, below}, parts);
  file.add("value", {above}, std::vector<float>(flow.values.begin(), flow.values.end()));
  file.add("rest", {above}, std::vector<float>(flow.rest.begin(), flow.rest.end()));
}

/// What is found of one photo.
struct FoundGroups {
  LayerGroups layer;
  std::optional<LayerGroups> below;
  std::optional<GroupFlow> flow;
};

void save_groups(const fs::path& path, const FoundGroups& found, const GroupsArguments& arguments) {
  ResultFile file;
  add_groups(file, found.layer, "");
  file.attribute("layer", found.layer.layer);
  if (found.below) {
    add_groups(file, *found.below, "from_");
    add_flow(file, *found.flow);
    file.attribute("from", found.below->layer);
  }
  file.attribute("image", arguments.photo);
  file.attribute("image_sha256", sha256_of_file(arguments.photo));
  add_origin(file, command_of(arguments, found.layer.layer), weights_file(arguments.weights));
  file.save(path);
}

LayerGroups groups_of(const Model& model, const Image& photo, const std::string& layer,
                      const GroupsArguments& arguments) {
  LayerGroups found{layer, activations(model, photo, layer, false, arguments.compute), {}, {}};
  found.groups = neuron_groups(found.map, arguments.groups, layer);
  return found;
}

void render_icons(LayerGroups& found, const Model& model, const GroupsArguments& arguments) {
  DirectionPictures pictures{found.layer,
                             {},
                             arguments.icon,
                             arguments.steps,
                             parse_seed(arguments.seed),
                             unfinished_folder(arguments.output)};
  for (const NeuronGroup& group : found.groups.groups) pictures.directions.push_back(group.channels);
  found.icons = render_directions(model, pictures, arguments.compute, arguments.quiet);
}

void write_pictures(const fs::path& folder, const std::string& stem, const Image& photo,
                    const LayerGroups& found, const PictureTexts& texts) {
  const auto [height, width] = std::pair(found.map.height, found.map.width);
  for (std::size_t k = 0; k < found.icons.size(); ++k) {
    write_image(folder / fmt::format("{}icon-{}.png", stem, k), found.icons[k], texts);
    write_image(folder / fmt::format("{}part-{}.png", stem, k),
                group_cutout(photo, found.groups.groups[k], height, width), texts);
  }
  write_image(folder / (stem + "overlay.png"), groups_overlay(photo, found.groups, height, width), texts);
}

/// A layer whose values are not negative.
std::string grouped_layer(const std::string& text, const Model& model) {
  const ObjectiveTerm term = parse_layer(text, model);
  if (term.pre_relu)
    fail_usage("'{}' is before a ReLU, and groups are of what is not negative: name the layer without :pre",
               to_string(term));
  return term.layer;
}

void make_groups(GroupsArguments arguments) {
  check_groups(arguments);
  Image photo = read_image(arguments.photo, note);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  const std::string layer = grouped_layer(arguments.layer, *model);
  if (!arguments.from.empty()) {
    arguments.from = grouped_layer(arguments.from, *model);
    check_layers_between(*model, layer, arguments.from, model->input.size);
  }
  StagedFolder staged(arguments.output, kMarker);

  photo = fit_to_network(std::move(photo), model->input.size);
  FoundGroups found{groups_of(*model, photo, layer, arguments), {}, {}};
  if (!arguments.from.empty()) {
    found.below = groups_of(*model, photo, arguments.from, arguments);
    found.flow = flow_between(model, found.layer, *found.below, arguments.compute);
    render_icons(*found.below, *model, arguments);
  }
  render_icons(found.layer, *model, arguments);

  const std::string command = command_of(arguments, layer);
  const PictureTexts texts = picture_origin(command, weights_file(arguments.weights));
  write_pictures(staged.path(), "", photo, found.layer, texts);
  if (found.below) {
    write_pictures(staged.path(), "from-", photo, *found.below, texts);
    write_file(staged.path() / "flow.svg",
               flow_svg(found.layer, *found.below, *found.flow, about_picture(texts)));
  }
  save_groups(staged.path() / "groups.h5", found, arguments);
  write_file(staged.path() / "index.html",
             groups_page({fs::path(arguments.photo).filename().string(), layer, command, arguments.from},
                         found.layer.groups, found.below ? &found.below->groups : nullptr));
  staged.commit();
  forget_unfinished(unfinished_folder(arguments.output));
  if (!arguments.quiet)
    say(stdout, "{} groups of {} on {}, whose sum has a relative error of {:.1f} %: {}\n",
        found.layer.icons.size(), layer, arguments.photo, 100 * found.layer.groups.error,
        (fs::path(arguments.output) / "index.html").string());
}

}  // namespace

void add_groups_command(CLI::App& program) {
  auto arguments = std::make_shared<GroupsArguments>();
  CLI::App* command =
      program.add_subcommand("groups", "Channels that are active together on a photo, as icons and where");
  add_photo_and_layer(*command, *arguments);
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the page: new, empty, or of groups, which are replaced")
      ->required()
      ->type_name("FOLDER");
  command
      ->add_option("--from", arguments->from,
                   "A layer below: its groups too, and how much each of them adds to each of the others")
      ->type_name("LAYER");
  command->add_option("--groups", arguments->groups, "How many")->capture_default_str()->type_name("N");
  command->add_option("--icon", arguments->icon, "Side of each group's picture")
      ->capture_default_str()
      ->type_name("PIXELS");
  add_picture_options(*command, *arguments, "Of each picture's start");
  command->footer(
      "The layer's activations are taken apart into groups by nonnegative factorisation (Olah et al. 2018, \"The "
      "Building Blocks of Interpretability\"): a map of where the group is active, and the channels that are active "
      "there. Groups are numbered from left to right by where they are strongest; the same photo gives the same "
      "ones.\n\n"
      "The folder holds index.html, a page that fetches nothing; overlay.png; icon-N.png, a render of each group's "
      "direction; part-N.png, the photo where it is active; and groups.h5 with `positions` (float32, groups x H x W, 1 "
      "where most), `channels` (groups x C) and `error`, |activations - groups| / |activations|.\n\n"
      "With --from there are from-icon-N.png, from-part-N.png, `from_positions` and so on, of the layer below; flow.svg; "
      "and in groups.h5 `value` of each group, the sum over positions of how active it is times the length of the activations along "
      "its channels, and `attribution` (groups x groups below), that value by activation times gradient of the layer below, each shared "
      "out among the groups there; `rest` is where there are none.\n\n"
      "Ctrl-C keeps the icons that are finished in a folder beside it, NAME.unfinished; the same command makes the rest.\n\n"
      "Examples:\n  limpid groups photo.png mixed4d --groups 6 -o groups\n"
      "  limpid groups photo.png mixed5a --from mixed4d -o groups");
  command->callback([arguments] { make_groups(*arguments); });
}

}  // namespace limpid
