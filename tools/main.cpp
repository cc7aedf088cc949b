// The `limpid` command line.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/atlas/atlas_command.h"
#include "tools/attribute/attribute_commands.h"
#include "tools/command.h"
#include "tools/dataset/dataset_commands.h"
#include "tools/dissect/dissect_command.h"
#include "tools/help/help_format.h"
#include "tools/kept_inputs.h"
#include "tools/probe/probe_command.h"
#include "tools/progress.h"
#include "tools/signals.h"
#include "tools/watch/watch_command.h"
#include "weights/edit_distance.h"
#include "weights/hdf5_file.h"

namespace limpid {
namespace {

/// The kernels were compiled for one instruction set; on a lesser processor they would die of an illegal
/// instruction.
void require_cpu() {
#ifdef LIMPID_X86_64_V3
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    fail_runtime(
        "this processor lacks AVX2 or FMA, which this build needs; rebuild with -DLIMPID_CPU_ARCH=x86-64");
  }
#endif
}

/// The program, then the command that was recognised, then the one below it.
std::vector<const CLI::App*> recognised_commands(const CLI::App& program) {
  std::vector<const CLI::App*> path = {&program};
  for (auto below = program.get_subcommands(); !below.empty(); below = path.back()->get_subcommands())
    path.push_back(below.front());
  return path;
}

/// "limpid render", "limpid examples build", or "limpid" where no subcommand was recognised.
std::string command_name(const CLI::App& program) {
  std::string name;
  for (const CLI::App* command : recognised_commands(program))
    name += (name.empty() ? "" : " ") + command->get_name();
  return name;
}

/// ": did you mean 'render'?": the name that a third of the word's letters, changed, make of it; empty for none.
std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  std::string meant;
  int nearest = static_cast<int>(word.size()) / 3 + 1;
  for (const std::string& name : names) {
    const int distance = edit_distance(word, name);
    if (distance >= nearest) continue;
    nearest = distance;
    meant = name;
  }
  return meant.empty() ? "" : fmt::format(": did you mean '{}'?", meant);
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* below : command.get_subcommands({})) names.push_back(below->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// What is wrong with the arguments. CLI11 calls a mistyped command or option a missing one, where one is required, and
/// lists what it does not know backwards.
std::string complaint(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = *recognised_commands(program).back();
  const std::vector<std::string> unknown = program.remaining(true);
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const bool needs_command = command.get_require_subcommand_min() > 0;
  if (missing && needs_command && unknown.empty())
    return fmt::format("no command was given; there are {}", fmt::join(command_names(command), ", "));
  if (unknown.empty() || (!missing && dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr))
    return error.what();
  const std::string& first = unknown.front();
  if (needs_command)
    return fmt::format("unknown command or option '{}'{}", first, suggestion(first, command_names(command)));
  const auto option =
      std::ranges::find_if(unknown, [](const std::string& word) { return word.starts_with("--"); });
  return fmt::format(
      "unknown argument{}: {}{}", unknown.size() == 1 ? "" : "s", fmt::join(unknown, " "),
      option == unknown.end() ? "" : suggestion(option->substr(0, option->find('=')), option_names(command)));
}

void add_commands(CLI::App& program) {
  program.require_subcommand(1);
  program.set_version_flag("-V,--version", [] { return "limpid " + version(); });
  program.footer(
      "`limpid help COMMAND` tells all about a command.\n\n"
      "Example:\n  limpid render mixed4a:11 -o a.png\n\n"
      "Environment:\n  LIMPID_WEIGHTS  weights file to use when --weights is not given\n\n"
      "Exit codes: 0 done; 1 the machine failed (memory, disk, device); 2 bad arguments or input; 130 stopped by "
      "Ctrl-C (128 + the signal). Errors are one line on standard error.");
  add_render_command(program);
  add_accentuate_command(program);
  add_watch_command(program);
  add_grid_command(program);
  add_sheet_command(program);
  add_gallery_command(program);
  add_examples_command(program);
  add_starts_command(program);
  add_facets_command(program);
  add_tour_command(program);
  add_gradient_command(program);
  add_activations_command(program);
  add_attribute_command(program);
  add_activation_grid_command(program);
  add_groups_command(program);
  add_explain_command(program);
  add_weights_command(program);
  add_probe_command(program);
  add_dissect_command(program);
  add_atlas_command(program);
  add_classify_command(program);
  add_layers_command(program);
  add_plan_command(program);
  add_tune_command(program);
  add_bench_command(program);
  add_inspect_command(program);
  add_prior_command(program);
  add_convert_command(program);
  add_dictionary_command(program);
  add_export_command(program);
  add_verify_command(program);
  add_help_commands(program);
}

/// The commands' exit code, once what they printed is written.
int run_command(CLI::App& program, int argc, char** argv) {
  int result = 0;
  try {
    program.parse(argc, argv);
  } catch (const ExitCode& code) {
    result = code.value;
  } catch (const CLI::Success& request) {  // --help, --version
    std::ostringstream text;
    result = program.exit(request, text, text);
    write_output(text.str());
  }
  flush_output();
  return result;
}

int run_program(CLI::App& program, int argc, char** argv) {
  try {
    require_cpu();
    leave_hdf5_open_at_exit();
    check_inputs_are_kept(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    return run_command(program, argc, argv);
  } catch (const CLI::ParseError& error) {
    print_error(command_name(program),
                fmt::format("{} (see {} --help)", complaint(program, error), command_name(program)));
    return 2;
  } catch (const Error& error) {
    print_error(command_name(program), error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    print_error(command_name(program), "out of memory; try a smaller size");
    return 1;
  } catch (const std::exception& error) {
    print_error(command_name(program), error.what());
    return 1;
  }
}

}  // namespace
}  // namespace limpid

int main(int argc, char** argv) {
  limpid::open_closed_streams();
  limpid::set_signal_handlers();
  CLI::App program("Feature visualizations of InceptionV1: what the parts of a network respond to.",
                   "limpid");
  // Commands take the format over as they are added.
  const int columns = isatty(STDOUT_FILENO) != 0 ? limpid::terminal_columns(stdout) : limpid::kPageColumns;
  program.formatter(std::make_shared<limpid::HelpFormatter>(columns));
  limpid::add_commands(program);
  return limpid::run_program(program, argc, argv);
}
