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
  std::string size = "224";
  std::string seed = "0";
  std::optional<float> learning_rate;
  ImageArguments image;
  std::string preset = "limpid";
  std::optional<std::string> transforms;
  std::string optimiser = "adam";
  std::string schedule = "constant";
  std::string pool_gradient = "max";
  bool no_transforms = false;
  RenderOptions options;  ///< What the arguments above do not set is bound to it.
};

/// Adds `--size`.
void add_size_option(CLI::App& command, RenderArguments& arguments);

/// Adds `--steps`, `--seed`, `--optimiser`, `--learning-rate`, `--schedule`, `--warmup`,
/// `--normalise-gradient`, `--preset`, `--transforms`, `--no-transforms`, `--redirected-relu`,
/// `--no-redirected-relu`, `--pool-gradient`, `--patience`, `--restarts` and the options of
/// image_arguments.h.
void add_render_options(CLI::App& command, RenderArguments& arguments);

/// The forms of transforms, lines for the end of a command's help.
const char* transforms_help();

/// All but the objective, once the command line is read. Throws Error{usage} for a size, a seed or a list of
/// transforms that is none, and what `apply_image_arguments` does.
RenderOptions render_options(const RenderArguments& arguments);

}  // namespace limpid
