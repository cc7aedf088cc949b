// limpid probe: tuning curves of units, from stimuli that the program draws.
#include "tools/probe/probe_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/count_progress.h"
#include "tools/layer_argument.h"
#include "tools/output_file.h"
#include "tools/probe/tuning.h"
#include "tools/probe/tuning_file.h"

namespace limpid {
namespace {

constexpr std::size_t kMostProbed = 64;

struct ProbeArguments {
  std::vector<std::string> words;  ///< Units, and last the stimulus.
  /// Those of the stimulus, as they were given.
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string response = std::string(name_of(TuningResponse::centre));
  std::vector<std::string> outputs;
  std::string weights;
  std::optional<int> size;
  bool quiet = false;
  ComputeOptions compute;
};

/// In the order of the command line, which says what is the axis.
std::vector<std::pair<std::string, std::string>> given_parameters(const CLI::App& command) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const CLI::Option* option : command.parse_order()) {
    const std::string name = option->get_single_name();
    if (std::ranges::find(stimulus_parameters(), name, &StimulusParameter::name) !=
        stimulus_parameters().end())
      given.emplace_back(name, option->results().front());
  }
  return given;
}

std::string probe_command_line(const ProbeArguments& arguments, const std::vector<std::string>& units,
                               StimulusKind kind) {
  std::string line = "limpid probe";
  for (const std::string& unit : units) line += " " + unit;
  line += fmt::format(" {}", name_of(kind));
  for (const auto& [name, text] : arguments.parameters) line += fmt::format(" --{} {}", name, text);
  if (arguments.response != name_of(TuningResponse::centre)) line += " --response " + arguments.response;
  if (arguments.size) line += fmt::format(" --size {}", *arguments.size);
  return line;
}

void say_peaks(const Tuning& tuning) {
  for (std::size_t u = 0; u < tuning.units.size(); ++u) {
    const std::optional<TuningPeak> peak = tuning.peak(u);
    if (peak) {
      say(stdout, "  {:<16} {:.5g} at {}\n", tuning.units[u], peak->response,
          tuning.stimuli.words(peak->values));
    } else {
      say(stdout, "  {:<16} {:.5g}, flat\n", tuning.units[u], tuning.responses[u].front());
    }
  }
}

void probe(const ProbeArguments& arguments) {
  if (arguments.words.size() < 2)
    fail_usage("name units, and a stimulus last (example: limpid probe mixed3b:379 curves)");
  const StimulusKind kind = parse_stimulus_kind(arguments.words.back());
  TuningRequest request;
  request.stimuli = parse_stimuli(kind, arguments.parameters);
  request.response = *named<TuningResponse>(arguments.response);
  request.compute = arguments.compute;
  if (arguments.words.size() - 1 > kMostProbed)
    fail_usage("{} units: it is at most {}", arguments.words.size() - 1, kMostProbed);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < arguments.words.size(); ++i) {
    request.units.push_back(parse_unit(arguments.words[i], *model));
    names.push_back(to_string(request.units.back()));
  }
  request.side = arguments.size.value_or(model->input.size);
  std::vector<std::filesystem::path> outputs;
  for (const std::string& output : arguments.outputs)
    outputs.push_back(output_or_default(output, names.front() + "-tuning", ".svg"));
  if (outputs.empty()) outputs.push_back(output_or_default({}, names.front() + "-tuning", ".svg"));
  for (const std::filesystem::path& output : outputs) check_tuning_output(output);

  const Tuning tuning = [&] {
    CountProgress progress(arguments.quiet, "stimuli");
    return measure_tuning(model, request, progress.function());
  }();
  const TuningOrigin origin = {probe_command_line(arguments, names, kind), weights_file(arguments.weights)};
  for (const std::filesystem::path& output : outputs) write_tuning(output, tuning, origin);
  if (arguments.quiet) return;
  for (const std::filesystem::path& output : outputs)
    say(stdout, "{} to {} stimuli in {}\n",
        names.size() == 1 ? names.front() : fmt::format("{} units", names.size()), tuning.stimuli.size(),
        output.string());
  say_peaks(tuning);
}

/// Of the table, a line a kind: what shapes it.
std::string stimuli_help() {
  std::string text = "Stimuli, and what shapes them:\n";
  for (const auto& [kind, name] : enumerators<StimulusKind>()) {
    std::string names;
    for (const StimulusParameter& parameter : stimulus_parameters()) {
      if (parameter.shapes(kind)) names += fmt::format("{}{}", names.empty() ? "" : ", ", parameter.name);
    }
    text += fmt::format("  {:<8} {}\n", name, names);
  }
  return text;
}

constexpr const char* kProbeFooter =
    "\nTuning curves as of Cammarata et al. 2020, \"Curve Detectors\". Every parameter is a number, or START:END:STEP, which is "
    "swept: one, or two, of which the first is the axis and the second makes curves. Angles are in degrees, anticlockwise from "
    "the right; what is swept over them is drawn around a circle. Stimuli are white on gray, antialiased, drawn around "
    "the middle of the first unit's receptive field. A peak is where the response is largest, between two values by the parabola through it; the response itself is the largest "
    "that was measured. A unit that responds the same to all is flat, and has none. Lines, and gratings and gabors of phase 0, are the same after half a "
    "turn: 0 and 180 are one stimulus.\n\n"
    "A .json has the parameters too; a .csv a line a stimulus; an .h5 or .npz `responses` (float32, units x first sweep x second) and the "
    "values by their names.\n\n"
    "Examples:\n"
    "  limpid probe mixed3b:379 curves --orientation 0:360:5 -o tuning.svg\n"
    "  limpid probe mixed3b:379 mixed3b:385 curves --orientation 0:360:10 --radius 8:64:8 -o curves.svg -o curves.json\n"
    "  limpid probe conv2d2:12 gratings --frequency 0.02:0.3:0.01 --orientation 45 --response max\n"
    "  limpid probe mixed4a:11 colours --hue 0:360:5 --radius 40";

}  // namespace

void add_probe_command(CLI::App& program) {
  auto arguments = std::make_shared<ProbeArguments>();
  CLI::App* command =
      program.add_subcommand("probe", "Tuning curves of units, from stimuli that the program draws");
  command
      ->add_option(
          "units", arguments->words,
          "Channels (mixed3b:379), before the ReLU (mixed3b:379:pre) or at a position (mixed3b:379@14,14); last "
          "the stimulus: lines, curves, gratings, gabors, discs or colours")
      ->required()
      ->type_name("UNIT... STIMULUS");
  for (const StimulusParameter& parameter : stimulus_parameters()) {
    const Stimulus defaults;
    command
        ->add_option(
            "--" + std::string(parameter.name), [](const CLI::results_t&) { return true; },
            fmt::format("{}; default: {:g}{}{}", parameter.help, defaults.*parameter.member,
                        parameter.unit.empty() ? "" : " ", parameter.unit))
        ->type_name("N|START:END:STEP");
  }
  command
      ->add_option("--response", arguments->response,
                   "What of the map counts for a unit that is of no position: its middle, maximum or mean")
      ->check(CLI::IsMember({"centre", "max", "mean"}))
      ->capture_default_str()
      ->type_name("centre|max|mean");
  command->add_option("--size", arguments->size, "Side of the pictures; default: the network's own")
      ->type_name("PIXELS");
  command
      ->add_option(
          "-o,--output", arguments->outputs,
          "File to write, several times for several: .svg, .json, .csv, .h5, .npz or .npy; default: an .svg named "
          "after the first unit")
      ->allow_extra_args(false)
      ->type_name("FILE");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->footer(stimuli_help() + kProbeFooter);
  command->callback([arguments, command] {
    arguments->parameters = given_parameters(*command);
    probe(*arguments);
  });
}

}  // namespace limpid
