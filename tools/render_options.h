// How pictures are optimised: the options that one picture and a grid of them share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine/limpid.hpp"

namespace limpid {

/// The options as they stand on the command line.
struct RenderArguments {
  std::string size = "224";
  std::string seed = "0";
  std::string parameterisation = "spectral";
  std::string optimiser = "adam";
  std::string schedule = "constant";
  std::string pool_gradient = "max";
  bool no_decorrelate = false;
  bool no_transforms = false;
  RenderOptions options;  ///< What the arguments above do not set is bound to it.
};

/// Adds `--size`.
void add_size_option(CLI::App& command, RenderArguments& arguments);

/// Adds `--steps`, `--seed`, `--optimiser`, `--learning-rate`, `--schedule`, `--warmup`,
/// `--normalise-gradient`,
/// `--param`, `--decay`, `--no-decorrelate`, `--no-transforms`, `--redirected-relu`, `--no-redirected-relu`,
/// `--pool-gradient`, `--patience` and `--restarts`.
void add_render_options(CLI::App& command, RenderArguments& arguments);

/// All but the objective, once the command line is read. Throws Error{usage} for a size or a seed that is
/// none.
RenderOptions render_options(const RenderArguments& arguments);

}  // namespace limpid
