// How pictures are optimised: the options that one picture and a grid of them share.
#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options/option_table.h"

namespace limpid {

/// The options as they stand on the command line.
struct RenderArguments {
  std::map<const OptionRow*, OptionValue> given;
  std::optional<std::string> preset;
};

/// Adds `--preset` and every row of the option table that the command takes, but for the keys `without`: what
/// the command has by itself.
void add_render_options(CLI::App& command, RenderArguments& arguments, TakenBy taken_by,
                        std::initializer_list<std::string_view> without = {});

/// The forms of transforms, lines for the end of a command's help.
const char* transforms_help();

/// All but the objective, once the command line is read; reads the files that the options name. Throws
/// Error{usage} for what has no effect on what is optimised, and Error{input} for files that cannot be read.
RenderOptions render_options(const RenderArguments& arguments);

/// Device, precision and threads of them, without a look at any file.
ComputeOptions compute_options(const RenderArguments& arguments);

/// The given options that decide what picture is made: "--steps", "--preset".
std::vector<std::string> picture_flags(const RenderArguments& arguments);

}  // namespace limpid
