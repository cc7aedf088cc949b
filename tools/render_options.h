// How pictures are optimised: the options that one picture and a grid of them share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "engine/limpid.hpp"
#include "tools/image_arguments.h"

namespace limpid {

/// The options as they stand on the command line.
struct RenderArguments {
  std::optional<std::string> size;
  std::optional<int> steps;
  std::string seed = "0";
  std::optional<float> learning_rate;
  ImageArguments image;
  std::string preset = "limpid";
  std::optional<std::string> transforms;
  std::string optimiser = "adam";
  std::string schedule = "constant";
  std::optional<std::string> epsilon_form;
  std::optional<std::string> relu_gradient;
  std::optional<int> redirected_relu;
  std::string pool_gradient = "max";
  bool no_transforms = false;
  RenderOptions options;  ///< What neither the arguments above nor presets set is bound to it.
};

/// Adds `--size`.
void add_size_option(CLI::App& command, RenderArguments& arguments);

/// Adds `--steps`, `--seed`, `--optimiser`, `--learning-rate`, `--schedule`, `--warmup`,
/// `--epsilon-form`, `--normalise-gradient`, `--preset`, `--transforms`, `--no-transforms`,
/// `--relu-gradient`,
/// `--redirected-relu`, `--no-redirected-relu`, `--pool-gradient`, `--patience`, `--restarts` and the options
/// of image_arguments.h.
void add_render_options(CLI::App& command, RenderArguments& arguments);

/// The forms of transforms, lines for the end of a command's help.
const char* transforms_help();

/// All but the objective, once the command line is read. Throws Error{usage} for a size, a seed or a list of
/// transforms that is none, and what `apply_image_arguments` does.
RenderOptions render_options(const RenderArguments& arguments);

}  // namespace limpid
