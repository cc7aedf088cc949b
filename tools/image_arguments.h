// How a picture is made from what is optimised: the options that one picture and a grid of them share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/limpid.hpp"

namespace limpid {

/// The options as they stand on the command line.
struct ImageArguments {
  std::string parameterisation = "spectral";
  std::string colour;
  std::string squash = "sigmoid";
  std::string init = "noise";
  std::string mask;
  std::string prior;
  std::string output_size;
  std::optional<float> deviation, amplitude;
  bool gray = false;
  bool alpha = false;
  bool no_decorrelate = false;
};

/// What `--param` takes.
std::vector<std::string> parameterisation_names();

/// Adds `--param`, `--decay`, `--amplitude`, `--no-decorrelate`, `--colour`, `--squash`, `--gray`, `--alpha`,
/// `--prior`, `--init`, `--sd`, `--shared`, `--mask` and `--output-size`. What `arguments` does not hold is
/// bound to `options`.
void add_image_options(CLI::App& command, ImageArguments& arguments, RenderOptions& options);

/// Puts what the arguments say into the options, which a preset may have begun, once the command line is
/// read; reads the files they name. Throws Error{usage} or Error{input}.
void apply_image_arguments(const ImageArguments& arguments, RenderOptions& options);

}  // namespace limpid
