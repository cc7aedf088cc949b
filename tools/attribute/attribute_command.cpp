// limpid attribute: which parts of a photo, or of a layer's map of it, an objective's value comes from.
#include <fmt/core.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/attribution/removal_curves.h"
#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/attribute/attribute_arguments.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/attribute/attribute_pages.h"
#include "tools/attribute/attribution_file.h"
#include "tools/attribute/beside_picture.h"
#include "tools/attribute/group_attribution.h"
#include "tools/attribute/neuron_groups.h"
#include "tools/attribute/position_overlay.h"
#include "tools/attribute/position_page.h"
#include "tools/attribute/removal_plot.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/count_progress.h"
#include "tools/layer_argument.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/result_file.h"
#include "weights/file_bytes.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// Parts that are printed.
constexpr std::size_t kShown = 5;

bool draws_picture(const fs::path& output) {
  return lower_extension(output) == ".png";
}

void check_output(const AttributeArguments& arguments, const fs::path& output) {
  const bool one_map = arguments.by != "channel" && !arguments.all_positions;
  if (!arguments.curves.empty()) {
    if (lower_extension(arguments.curves) != ".svg")
      fail_usage("--curves {}: the name must end in .svg", arguments.curves);
    check_writable(arguments.curves);
  }
  if (!draws_picture(output))
    return check_result_output(output,
                               one_map ? std::vector<std::string>{".png"} : std::vector<std::string>{});
  if (arguments.by == "channel")
    fail_usage("a .png shows positions; with --by channel name an .h5, .npz or .npy");
  if (arguments.all_positions)
    fail_usage("a .png shows one map of positions; with --all-positions name an .h5, .npz or .npy");
  check_image_output(output);
}

/// Before the work.
void check_page(const AttributeArguments& arguments, const std::string& layer) {
  if (arguments.page.empty()) return;
  if (layer.empty()) fail_usage("--page shows the positions of a layer: name one by --to");
  check_page_output(arguments.page);
}

AttributionBaseline baseline_of(const AttributeArguments& arguments, int size) {
  using Kind = AttributionBaseline::Kind;
  if (arguments.baseline == "zero") return {Kind::zero, {}};
  if (arguments.baseline == "mean") return {Kind::mean, {}};
  return {Kind::photo, fit_to_network(read_image(arguments.baseline, note), size)};
}

AttributionRequest request_of(const AttributeArguments& arguments, const Model& model) {
  const AttributionMethod& method = attribution_method(arguments.method);
  AttributionRequest request;
  request.layer = attributed_layer(arguments, model);
  request.points = method.points;
  request.pooled = method.pooled;
  request.baseline = baseline_of(arguments, model.input.size);
  request.path = {arguments.tolerance, arguments.gradients, arguments.correct};
  request.samples = arguments.samples;
  request.deviation = arguments.noise;
  request.seed = parse_seed(arguments.seed);
  request.compute = arguments.compute;
  return request;
}

void add_inputs(ResultFile& file, const AttributeArguments& arguments, const Model& model,
                const std::string& objective, const std::string& layer) {
  file.attribute("objective", objective);
  file.attribute("layer", layer.empty() ? std::string(kPixels) : layer);
  file.attribute("image", arguments.photo);
  file.attribute("image_sha256", sha256_of_file(arguments.photo));
  file.attribute("weights", model.provenance.family);
  if (!arguments.all_positions) {
    file.attribute("method", arguments.method);
    file.attribute("baseline", arguments.baseline);
    if (arguments.baseline != "zero" && arguments.baseline != "mean")
      file.attribute("baseline_sha256", sha256_of_file(arguments.baseline));
  }
  add_origin(file, attribute_command_line(arguments, objective), weights_file(arguments.weights));
}

/// Before the integral, which takes far longer and which too many groups, or a layer that is zero, would be in vain for.
std::optional<NeuronGroups> groups_asked_for(const AttributeArguments& arguments, const Model& model,
                                             const Image& seen, const AttributionRequest& request) {
  if (arguments.by != "group") return std::nullopt;
  return neuron_groups(activations(model, seen, request.layer, false, request.compute), arguments.groups,
                       request.layer);
}

/// What is known of an attribution beside itself.
struct AttributionExtras {
  std::optional<NeuronGroups> groups;
  std::optional<GroupAttribution> by_group;
  std::optional<RemovalCurves> curves;
};

AttributionExtras extras_of(const AttributeArguments& arguments, const std::shared_ptr<const Model>& model,
                            const Image& seen, const AttributionRequest& request,
                            std::optional<NeuronGroups> groups, const Attribution& a) {
  AttributionExtras extras{std::move(groups), {}, {}};
  if (extras.groups) extras.by_group = attribute_to_groups(a.values, *extras.groups);
  if (!arguments.curves.empty()) {
    CountProgress progress(arguments.quiet, "values of the curves");
    extras.curves =
        removal_curves(model, seen, request, a, {.seed = request.seed, .progress = progress.function()});
  }
  return extras;
}

Image picture_of(const Attribution& a, const AttributionExtras& extras, const Image& seen, bool pixels) {
  if (extras.by_group) return group_attribution_picture(seen, *extras.by_group, a.height, a.width);
  return pixels ? signed_map(a.by_position(), a.height, a.width)
                : position_overlay(seen, a.by_position(), a.height, a.width);
}

/// The parts that count most, for and against.
void say_largest(const AttributeArguments& arguments, const Attribution& a, const std::string& layer) {
  const bool channels = arguments.by == "channel";
  const std::string of = layer.empty() ? std::string(kPixels) : layer;
  for (const auto& [index, part] :
       largest_numbers(channels ? a.by_channel() : a.by_position(), kShown, true)) {
    const std::string name = channels ? fmt::format("{}:{}", of, index)
                                      : fmt::format("{}@{},{}", of, index / a.width, index % a.width);
    say(stdout, "  {:<16} {:+.5g}\n", name, part);
  }
}

/// Each group, with the channels of which it has most.
void say_groups(const AttributionExtras& extras, const std::string& layer) {
  for (std::size_t k = 0; k < extras.by_group->totals.size(); ++k) {
    std::string names;
    for (const std::size_t channel : strongest_channels(extras.groups->groups[k], 3))
      names += fmt::format(" {}:{}", layer, channel);
    say(stdout, "  group {:<10} {:+.5g} {}\n", k, extras.by_group->totals[k], names);
  }
}

void say_certificate(const AttributeArguments& arguments, const Attribution& a, const std::string& objective,
                     const fs::path& output) {
  const double change = a.value - a.baseline_value;
  say(stdout, "{} = {:.7g}, at the baseline {:.7g}; attribution ({} x {} x {}) in {}\n", objective, a.value,
      a.baseline_value, a.channels, a.height, a.width, output.string());
  const std::string corrected =
      arguments.correct ? fmt::format(", corrected by {:.2g}", a.correction) : std::string();
  say(stdout, "the sum misses {:+.2g} of the difference, its bound is {:.2g}, after {} gradients{}\n",
      a.residual / change, a.bound, a.gradients, corrected);
}

std::string curves_title(const AttributeArguments& arguments, const std::string& objective,
                         const std::string& layer) {
  return fmt::format("{} by {} ({})", objective, layer.empty() ? std::string(kPixels) : layer,
                     arguments.method);
}

void attribute_objective(const AttributeArguments& arguments) {
  if (arguments.by == "group") check_group_count(arguments.groups);
  const Image photo = read_image(arguments.photo, note);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  PictureFiles files(note);
  AttributionRequest request = request_of(arguments, *model);
  request.objective = parse_objective(arguments.objective, *model, &files);
  const std::string name = to_string(request.objective);
  const fs::path output = output_or_default(arguments.output, name, ".h5");
  check_output(arguments, output);
  check_page(arguments, request.layer);
  if (!arguments.beside.empty()) check_image_output(arguments.beside);

  const Image seen = fit_to_network(photo, model->input.size);
  std::optional<NeuronGroups> groups = groups_asked_for(arguments, *model, seen, request);
  const Attribution result = attribute(model, seen, request);
  const AttributionExtras extras = extras_of(arguments, model, seen, request, std::move(groups), result);

  const PictureTexts origin =
      picture_origin(attribute_command_line(arguments, name), weights_file(arguments.weights));
  if (draws_picture(output)) {
    write_image(output, picture_of(result, extras, seen, request.layer.empty()), origin);
  } else {
    ResultFile file;
    add_attribution(file, result);
    if (extras.by_group)
      add_group_attribution(file, *extras.by_group, *extras.groups, result.height, result.width);
    if (extras.curves) add_removal_curves(file, *extras.curves);
    add_inputs(file, arguments, *model, name, request.layer);
    file.save(output);
  }
  if (extras.curves)
    write_atomically(
        arguments.curves,
        removal_svg(*extras.curves, curves_title(arguments, name, request.layer), about_picture(origin)));
  if (!arguments.page.empty()) write_attribution_page(arguments, result, name, request.layer, seen);
  if (!arguments.quiet) {
    say_certificate(arguments, result, name, output);
    if (extras.curves) say(stdout, "{}: {}\n", removal_words(*extras.curves), arguments.curves);
    extras.by_group ? say_groups(extras, request.layer) : say_largest(arguments, result, request.layer);
  }
  if (request.points == GradientPoints::path && !(result.bound <= arguments.tolerance))
    note(fmt::format(
        "the bound is {:.2g} after {} gradients, above the tolerance of {:g}; --gradients allows more",
        result.bound, result.gradients, arguments.tolerance));
  // Last: it takes longest, and where it fails or is stopped the rest is written and said.
  if (!arguments.beside.empty())
    write_image(arguments.beside,
                beside_visualization(*model, seen, picture_of(result, extras, seen, request.layer.empty()),
                                     request.objective, arguments.compute, arguments.quiet),
                origin);
}

void attribute_all_positions(const AttributeArguments& arguments) {
  Image photo = read_image(arguments.photo, note);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  const std::string upper = to_string(parse_layer(arguments.objective, *model));
  const std::string lower = attributed_layer(arguments, *model);
  const fs::path output = output_or_default(arguments.output, upper, ".h5");
  check_output(arguments, output);
  check_page(arguments, lower);

  const Image seen = fit_to_network(std::move(photo), model->input.size);
  const PositionPairs pairs = attribute_positions(model, seen, upper, lower, arguments.compute);

  ResultFile file;
  add_position_pairs(file, pairs);
  add_inputs(file, arguments, *model, upper, lower);
  file.save(output);
  if (!arguments.page.empty()) write_pairs_page(arguments, pairs, upper, lower, seen);
  if (arguments.quiet) return;
  say(stdout, "every position of {} by every position of {} ({} x {} x {} x {}) in {}\n", upper, lower,
      pairs.upper_height, pairs.upper_width, pairs.lower_height, pairs.lower_width, output.string());
}

/// Of the table, a line each.
std::string methods_help() {
  std::string text = "Methods:\n";
  for (const AttributionMethod& method : attribution_methods())
    text += fmt::format("  {:<21} {}\n", method.name, method.help);
  return text;
}

/// The names of those that are for no layer of their own: "linear, path, smooth".
std::string methods_without_layer() {
  std::string names;
  for (const AttributionMethod& method : attribution_methods()) {
    if (method.layer.empty()) names += fmt::format("{}{}", names.empty() ? "" : ", ", method.name);
  }
  return names;
}

constexpr const char* kFooter =
    "\nAn .h5 or .npz holds `attribution` (float32, C x H x W), its sums `positions` and `channels`, and what is known of "
    "its error: `value` and `baseline_value` of the objective, `sum` of the attribution, `residual`, what it missed "
    "of the difference before a correction; `bound`, relative, the sum of what each twelfth of the way misses, without "
    "its sign, which holds for the sum but not for single values; `correction`, relative, what --correct handed out; `gradients`, "
    "how many were taken; an .npy the attribution alone. `gradient` is there for methods other than path. A .png "
    "shows positions over the photo: orange for, blue against; of pixels the same on white, without the photo; of groups a row "
    "of them, on one scale.\n\n"
    "--by group takes the layer's map of the photo apart into groups of channels that are active together, as `limpid groups` "
    "does, and shares each value out among the groups as the activation there is. The file then has `groups` (their sums), "
    "`group_attribution` (groups x H x W), `group_positions` and `group_channels` (what they are) and `group_rest`.\n\n"
    "--curves puts positions in, from the baseline on, the most important first, and takes them out of the photo (Petsiuk "
    "et al. 2018), against eight random orders of --seed: the higher the area of insertion and the lower that of deletion, the better. "
    "The file then has the curves and areas, `insertion`, `random_insertion`, `insertion_area` and so on.\n\n"
    "--all-positions takes a layer in place of the objective, and attributes the length of the vector at each of its "
    "positions to every position of the layer of --to, by its gradient.\n\n"
    "A photo of exactly the network's size is taken as it is; of any other, the largest centred square is resampled to "
    "it.\n\n"
    "Examples:\n"
    "  limpid attribute photo.png \"logits:208 - logits:282\" --to mixed4d -o a.h5\n"
    "  limpid attribute photo.png logits:208 --to mixed4d --by channel --correct\n"
    "  limpid attribute photo.png logits:208 --method grad-cam --curves curves.svg -o cam.png\n"
    "  limpid attribute photo.png logits:208 --to mixed4d --by group --groups 6 -o groups.png\n"
    "  limpid attribute photo.png mixed5a --to mixed4d --all-positions -o pairs.h5";

void add_method_options(CLI::App& command, AttributeArguments& arguments) {
  command.add_option("--method", arguments.method, "How; below")->capture_default_str()->type_name("METHOD");
  command
      .add_option(
          "--baseline", arguments.baseline,
          "What the photo is compared with: activations of zero (pixels: black), a picture of the mean colour, "
          "or another photo")
      ->capture_default_str()
      ->type_name("zero|mean|FILE");
  command
      .add_option("--tolerance", arguments.tolerance,
                  "Of path: the bound on the error, relative to the difference, at which it ends")
      ->capture_default_str()
      ->type_name("SHARE");
  command.add_option("--gradients", arguments.gradients, "Of path: at most so many")
      ->capture_default_str()
      ->type_name("N");
  command.add_flag("--correct", arguments.correct,
                   "Hand out what the sum misses, interval by interval, in proportion to each part");
  command.add_option("--samples", arguments.samples, "Of smooth: gradients that are averaged")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--noise", arguments.noise,
                  "Of smooth: standard deviation, as a share of the range of the activations")
      ->capture_default_str()
      ->type_name("SHARE");
  command
      .add_option("--seed", arguments.seed, "Of the noise of smooth, and of the random orders of --curves")
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace

void add_attribute_command(CLI::App& program) {
  auto arguments = std::make_shared<AttributeArguments>();
  CLI::App* command = program.add_subcommand(
      "attribute", "Which parts of a photo an objective's value comes from, with a bound on the error");
  command->add_option("photo", arguments->photo, kPhotoFiles)->required()->type_name("FILE");
  command
      ->add_option("objective", arguments->objective, "What to explain; forms as in `limpid render --help`")
      ->required();
  command
      ->add_option(
          "--to", arguments->to,
          "Layer to whose activations the value is attributed, or `pixels`; default: the method's own; " +
              methods_without_layer() + " have none and need it, or --by pixel")
      ->type_name("LAYER");
  command
      ->add_option(
          "--by", arguments->by,
          "What is printed and drawn: positions, channels or groups of channels of the layer, or pixels of the "
          "photo")
      ->check(CLI::IsMember({"position", "channel", "pixel", "group"}))
      ->type_name("position|channel|pixel|group");
  command->add_option("--groups", arguments->groups, "Of --by group: how many")
      ->capture_default_str()
      ->type_name("N");
  add_method_options(*command, *arguments);
  CLI::Option* all = command->add_flag("--all-positions", arguments->all_positions,
                                       "Attribute every position of a layer by itself; below");
  command->add_option("--curves", arguments->curves, "Also insertion and deletion curves: an .svg; below")
      ->type_name("FILE");
  for (const char* other : {"--by", "--groups", "--method", "--baseline", "--tolerance", "--gradients",
                            "--correct", "--samples", "--noise", "--seed", "--curves"})
    all->excludes(command->get_option(other));
  command
      ->add_option(
          "-o,--output", arguments->output,
          "File to write, .h5, .npz, .npy, or .png for positions over the photo, or for pixels without it; default: an .h5 named "
          "after the objective")
      ->type_name("FILE");
  command
      ->add_option(
          "--page", arguments->page,
          "Also a page to point at positions: a folder, new, empty, or of such a page, which is replaced")
      ->type_name("FOLDER");
  command
      ->add_option(
          "--beside", arguments->beside,
          "Also the photo, the attribution over it and a picture that maximises the objective, side by side: .png, "
          ".jpg or .webp")
      ->excludes(command->get_option("--all-positions"))
      ->type_name("FILE");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->footer(methods_help() + kFooter);
  command->callback([arguments] {
    arguments->all_positions ? attribute_all_positions(*arguments) : attribute_objective(*arguments);
  });
}

}  // namespace limpid
