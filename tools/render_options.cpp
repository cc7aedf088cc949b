#include "tools/render_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/image/decoder_file.h"
#include "engine/image/magnitude_prior.h"
#include "engine/image/prior_file.h"
#include "engine/optimize/presets.h"
#include "engine/pictures/photo_file.h"
#include "kernels/core/error.h"
#include "kernels/core/names.h"
#include "tools/notes.h"
#include "tools/option_flags.h"

namespace limpid {
namespace {

bool is_given(const RenderArguments& arguments, std::string_view key) {
  return arguments.given.contains(find_option(key));
}

/// What was asked for and would change nothing.
void check_effects(const RenderArguments& arguments, Parameterisation kind) {
  for (const auto& [row, value] : arguments.given) {
    const bool serves = (row->kinds & bit(kind)) != 0 || std::holds_alternative<std::monostate>(value);
    if (serves) continue;
    fail_usage("{} has no effect on --param {}: it is for {}", row->long_flag(), name_of(kind),
               fmt::join(kinds_of(*row), ", "));
  }
}

/// Reads a prior's magnitudes, and its colours where nothing is said of them.
void read_prior_file(const RenderArguments& arguments, RenderOptions& options) {
  auto* maco = std::get_if<Maco>(&options.parameters);
  if (maco == nullptr || maco->prior == nullptr) return;
  maco->prior = read_magnitude_prior(maco->prior->file);
  if (is_given(arguments, "colours")) return;
  if (options.colour.grayscale || !options.colour.decorrelate) return;
  options.colour.basis = std::make_shared<const ColourBasis>(read_prior(maco->prior->file).colours);
}

void read_decoder_file(RenderOptions& options) {
  auto* decoded = std::get_if<Decoded>(&options.parameters);
  if (decoded != nullptr && decoded->decoder != nullptr)
    decoded->decoder = read_decoder(decoded->decoder->file);
}

}  // namespace

const char* transforms_help() {
  return "Transforms (V is a number, a range a..b, n values of it a..b/n, or several of them apart by "
         "commas):\n"
         "  pad(N,X)            N pixels of value X around the picture; pad(N,reflect) mirrors it\n"
         "  jitter(N)           a move by up to N / 2 pixels; scale(V) a magnification; rotate(V) degrees\n"
         "  shear(V)            degrees; flip left for right, half of the time; homography a random one\n"
         "  crop(HxW)           a random box, as large as the network's input; crop(N,centre) the middle\n"
         "  blur(V) noise(V)    deviations, in pixels and in picture values\n"
         "  contrast(V), brightness(V), saturation(V)  factors; hue(V) degrees\n"
         "After 'lucid:', 'lucent:' or 'captum:' pad, jitter, scale and rotate work one by one as in that "
         "tool.\n";
}

void add_render_options(CLI::App& command, RenderArguments& arguments, TakenBy taken_by,
                        std::initializer_list<std::string_view> without) {
  command
      .add_option(
          "--preset", arguments.preset,
          fmt::format(
              "A way of rendering: at length (distill, best), in a third of the steps (limpid) or a tenth (fast), or what lucid, "
              "lucent and captum do; `limpid help options` lists what each sets: {}",
              fmt::join(preset_names(), ", ")))
      ->check(CLI::IsMember(preset_names()))
      ->default_str(std::string(kDefaultPreset))
      ->group(std::string(title_of(OptionGroup::picture)))
      ->type_name("NAME");
  for (const OptionGroup group : kOptionGroups) {
    for (const OptionRow& row : option_table()) {
      if (row.group != group || (row.taken_by == TakenBy::render && taken_by != TakenBy::render)) continue;
      if (std::find(without.begin(), without.end(), row.key) != without.end()) continue;
      add_option_row(command, row,
                     [&row, &arguments](const OptionValue& value) { arguments.given[&row] = value; });
    }
  }
}

RenderOptions render_options(const RenderArguments& arguments) {
  RenderOptions options;
  apply_preset(arguments.preset.value_or(std::string(kDefaultPreset)), options);
  for (const auto& [row, value] : arguments.given) row->set(options, value);
  check_effects(arguments, options.kind());
  settle_preset(options, [&](std::string_view key) { return is_given(arguments, key); });
  if (options.start.photo != nullptr && is_given(arguments, "sd")) {
    fail_usage("--sd is of the noise a picture starts from, and --init starts from a photo");
  }
  if (options.start.photo != nullptr) options.start.photo = read_photo(options.start.photo->file, note);
  if (options.start.mask != nullptr) options.start.mask = read_mask(options.start.mask->file, note);
  read_prior_file(arguments, options);
  read_decoder_file(options);
  return options;
}

ComputeOptions compute_options(const RenderArguments& arguments) {
  RenderOptions options;
  for (const auto& [row, value] : arguments.given) {
    if (row->group == OptionGroup::compute) row->set(options, value);
  }
  return options.compute;
}

std::vector<std::string> picture_flags(const RenderArguments& arguments) {
  std::vector<std::string> flags;
  if (arguments.preset) flags.emplace_back("--preset");
  for (const auto& [row, value] : arguments.given) {
    const bool recorded = row->recorded == Recorded::always || row->recorded == Recorded::different;
    if (recorded) flags.emplace_back(row->long_flag());
  }
  return flags;
}

}  // namespace limpid
