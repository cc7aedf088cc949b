#include "tools/gallery/command_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "engine/image/image_options.h"
#include "engine/optimize/update_names.h"

namespace limpid {
namespace {

bool is_plain(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("_-.,:@/+=%").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string matrix_text(const ColourBasis& colours) {
  std::string text;
  for (const auto& row : colours.matrix) {
    text += fmt::format("{}{},{},{}", text.empty() ? "" : ";", row[0], row[1], row[2]);
  }
  return text;
}

/// The options of the image side where they differ.
std::string image_text(const RenderOptions& options, const RenderOptions& standard) {
  std::string text;
  if (options.colours != nullptr) text += fmt::format(" --colour '{}'", matrix_text(*options.colours));
  if (options.squash != standard.squash) text += " --squash clip";
  if (options.grayscale) text += " --gray";
  if (options.amplitude != standard.amplitude) text += fmt::format(" --amplitude {}", options.amplitude);
  if (options.prior != nullptr) text += fmt::format(" --prior {}", shell_quote(options.prior->file));
  if (options.initial_deviation) text += fmt::format(" --sd {}", *options.initial_deviation);
  if (options.init != nullptr) text += fmt::format(" --init {}", shell_quote(options.init->file));
  if (options.mask != nullptr) text += fmt::format(" --mask {}", shell_quote(options.mask->file));
  return text;
}

std::string size_text(const RenderOptions& options) {
  return options.height == options.width ? fmt::format("{}", options.height)
                                         : fmt::format("{}x{}", options.height, options.width);
}

}  // namespace

std::string shell_quote(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string command_line(const RenderOptions& options) {
  const RenderOptions standard;
  const bool negative = std::signbit(options.objective.terms.front().weight);
  const Objective objective = options.objective.scaled(negative ? -1.0F : 1.0F);

  // A leading hyphen would read as an option, so the sign is one.
  std::string text = fmt::format("limpid render {}", shell_quote(to_string(objective)));
  if (negative) text += " --negative";
  text += fmt::format(" --size {} --steps {} --seed {}", size_text(options), options.steps, options.seed);
  if (options.images != standard.images) text += fmt::format(" --images {}", options.images);
  if (options.draws != standard.draws) text += fmt::format(" --draws {}", options.draws);
  // "{}" writes the shortest digits that read back as the same float.
  if (options.learning_rate != default_learning_rate(options.parameterisation))
    text += fmt::format(" --learning-rate {}", options.learning_rate);
  if (options.optimiser != standard.optimiser)
    text += fmt::format(" --optimiser {}", to_string(options.optimiser));
  if (options.schedule != standard.schedule)
    text += fmt::format(" --schedule {}", to_string(options.schedule));
  if (options.warmup_steps != 0) text += fmt::format(" --warmup {}", options.warmup_steps);
  if (options.epsilon_form != standard.epsilon_form)
    text += fmt::format(" --epsilon-form {}", to_string(options.epsilon_form));
  if (options.normalise_gradient) text += " --normalise-gradient";
  if (options.parameterisation != standard.parameterisation)
    text += fmt::format(" --param {}", name_of(options.parameterisation));
  if (options.decay_power != standard.decay_power) text += fmt::format(" --decay {}", options.decay_power);
  if (!options.decorrelate_colour) text += " --no-decorrelate";
  text += image_text(options, standard);
  if (options.transforms == Transforms{}) {
    text += " --no-transforms";
  } else if (options.transforms != standard.transforms) {
    text += fmt::format(" --transforms {}", shell_quote(to_string(options.transforms)));
  }
  if (options.redirected_relu == 0) {
    text += " --no-redirected-relu";
  } else if (options.redirected_relu != standard.redirected_relu) {
    text += fmt::format(" --redirected-relu {}", options.redirected_relu);
  }
  if (options.relu_gradient != standard.relu_gradient)
    text += fmt::format(" --relu-gradient {}", to_string(options.relu_gradient));
  if (options.pool_gradient != standard.pool_gradient)
    text += fmt::format(" --pool-gradient {}", to_string(options.pool_gradient));
  if (options.patience != 0) text += fmt::format(" --patience {}", options.patience);
  if (options.restarts != 1) text += fmt::format(" --restarts {}", options.restarts);
  if (options.compute.device != standard.compute.device)
    text += fmt::format(" --device {}", shell_quote(options.compute.device));
  if (options.compute.precision != standard.compute.precision)
    text += fmt::format(" --precision {}", to_string(options.compute.precision));
  return text;
}

}  // namespace limpid
