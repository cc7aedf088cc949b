// What the subcommands share: how they are registered, and the options several of them take.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "weights/model.h"

namespace limpid {

// Each registers one subcommand on the program. Its callback does the work and throws Error; nothing is
// printed to standard output before everything that can be wrong with the arguments has been checked.
void add_activations_command(CLI::App& program);
void add_bench_command(CLI::App& program);
void add_classify_command(CLI::App& program);
void add_convert_command(CLI::App& program);
void add_dictionary_command(CLI::App& program);
void add_examples_command(CLI::App& program);
void add_export_command(CLI::App& program);
void add_gallery_command(CLI::App& program);
void add_gradient_command(CLI::App& program);
void add_grid_command(CLI::App& program);
void add_help_commands(CLI::App& program);
void add_inspect_command(CLI::App& program);
void add_layers_command(CLI::App& program);
void add_plan_command(CLI::App& program);
void add_prior_command(CLI::App& program);
void add_render_command(CLI::App& program);
void add_sheet_command(CLI::App& program);
void add_starts_command(CLI::App& program);
void add_tune_command(CLI::App& program);
void add_verify_command(CLI::App& program);

/// Thrown by a callback to end the program with this code, where all that is to be said has been said.
struct ExitCode {
  int value = 0;
};

/// Height and width in pixels.
struct Size {
  int height = 0;
  int width = 0;
};

/// Reads "224" (a square) or "HxW". Throws Error{usage} for anything else; the range is the engine's to
/// check.
Size parse_size(const std::string& text);

/// Reads a seed, 0..2^64 - 1. Throws Error{usage}. (CLI11 would wrap what is out of range around.)
std::uint64_t parse_seed(const std::string& text);

/// Adds `--weights`; `path` stays empty when it is not given.
void add_weights_option(CLI::App& command, std::string& path);

/// Adds `--quiet` and `--json` of the commands that tell of their progress.
void add_progress_flags(CLI::App& command, bool& quiet, bool& json);

/// `path`, or where `locate_weights` finds some when it is empty. Throws Error{input}.
std::filesystem::path weights_file(const std::string& path);

/// The weights at `path`, or where `locate_weights` finds some when it is empty. Throws Error{input}.
Model load_weights(const std::string& path);

/// One line on standard error, whatever the message holds (a file name may contain line feeds).
void print_error(const std::string& command, std::string message);

/// One line of JSON on standard output; bytes that are not UTF-8 are replaced.
void print_json(const nlohmann::ordered_json& value);

}  // namespace limpid
