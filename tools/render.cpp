// limpid render: the picture that maximises an objective.
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/over_white.h"
#include "engine/image/quantise.h"
#include "engine/image/side_by_side.h"
#include "engine/limpid.hpp"
#include "engine/optimize/lane_plan.h"
#include "engine/options/command_line.h"
#include "engine/options/fit_files.h"
#include "engine/options/image_options.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_files.h"
#include "engine/pictures/png.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/animation/animation.h"
#include "tools/animation/animation_thread.h"
#include "tools/command.h"
#include "tools/help/objective_reference.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/render_options.h"
#include "tools/signals.h"

namespace limpid {
namespace {

struct SingleRender {
  std::string objective;
  std::vector<std::string> watch;
  std::string output;
  std::string weights;
  bool negative = false;
  bool quiet = false;
  bool json = false;
  bool strip = false;
  std::string animation;  ///< Empty for none.
  int save_every = 4;
  double frames_per_second = 20;
  RenderArguments render;
};

struct OutputFile {
  int step = 0;
  std::filesystem::path path;
};

/// The name that stands for standard output.
constexpr const char* kStandardOutput = "-";

/// Steps after which there will be a picture, the last of them at the end; fewer where a plateau ends it
/// early.
std::set<int> steps_shown(const RenderOptions& options) {
  std::set<int> steps(options.thresholds.begin(), options.thresholds.end());
  steps.insert(options.steps);
  return steps;
}

/// Where the pictures of these steps go, in step order, the final one last. A strip is one file of all.
std::vector<OutputFile> output_files(const std::set<int>& steps, const std::filesystem::path& output,
                                     bool strip) {
  std::vector<OutputFile> files;
  for (const int step : steps) {
    const bool own_file = !strip && step != *steps.rbegin();
    files.push_back({step, own_file ? snapshot_output(output, step) : output});
  }
  return files;
}

RenderOptions single_render_options(const SingleRender& arguments, const Model& model) {
  RenderOptions options = render_options(arguments.render);
  PictureFiles files(note);
  options.objective = parse_objective(arguments.objective, model, &files);
  for (const std::string& watched : arguments.watch) {
    options.watch.push_back(parse_watched(watched, model, &files));
  }
  if (arguments.negative) options.objective = options.objective.scaled(-1);
  check_render_options(options);
  for (const std::string& resampled : fitting_notes(options)) note(resampled + "; --fit does it otherwise");
  fit_files(options);
  return options;
}

void write_picture(const std::filesystem::path& path, const Image& image, const PictureTexts& texts) {
  if (path == kStandardOutput) {
    write_output(encode_png(image, texts));
    flush_output();
  } else {
    write_image(path, image, texts);
  }
}

std::vector<OutputFile> write_files(const RenderResult& result, const std::filesystem::path& output,
                                    bool strip, const PictureTexts& texts, int asked) {
  std::set<int> steps;
  for (const Snapshot& snapshot : result.snapshots) steps.insert(snapshot.step);
  std::vector<OutputFile> files = output_files(steps, output, strip);
  if (strip) {
    std::vector<Image> images;
    for (const Snapshot& snapshot : result.snapshots) images.push_back(snapshot.image);
    write_picture(output, side_by_side(images), texts);
  } else {
    for (std::size_t i = 0; i < files.size(); ++i) {
      PictureTexts snapshot = texts;
      if (files[i].step != asked) snapshot.emplace_back("Step", std::to_string(files[i].step));
      write_picture(files[i].path, result.snapshots[i].image, snapshot);
    }
  }
  return files;
}

struct Shown {
  RenderResult result;
  int stopped = 0;  ///< Exit code where a signal ended it before its last step.
};

void print_result(const SingleRender& arguments, const RenderOptions& options, const Shown& shown,
                  const std::vector<OutputFile>& files, double seconds) {
  const RenderResult& result = shown.result;
  const std::string name = to_string(options.objective);
  const double value = result.objective.back();
  const int steps = result.snapshots.back().step;
  if (arguments.json) {
    nlohmann::ordered_json snapshots = nlohmann::ordered_json::array();
    for (const OutputFile& file : files)
      snapshots.push_back({{"step", file.step}, {"file", file.path.string()}});
    nlohmann::ordered_json watched = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < options.watch.size(); ++i) {
      watched.push_back({{"objective", to_string(options.watch[i])}, {"values", result.watched[i]}});
    }
    nlohmann::ordered_json event = {{"event", shown.stopped == 0 ? "done" : "stopped"},
                                    {"objective", name},
                                    {"value", value},
                                    {"watched", std::move(watched)},
                                    {"seed", options.seed},
                                    {"height", options.height},
                                    {"width", options.width},
                                    {"steps", steps},
                                    {"restart", result.restart},
                                    {"seconds", seconds},
                                    {"output", files.back().path.string()},
                                    {"snapshots", std::move(snapshots)}};
    if (!arguments.animation.empty()) event["animation"] = arguments.animation;
    print_json(event);
  } else if (!arguments.quiet) {
    const std::string restart =
        options.restarts == 1 ? std::string()
                              : fmt::format(", restart {} of 0 to {}", result.restart, options.restarts - 1);
    const std::string animation = arguments.animation.empty() ? std::string() : ", " + arguments.animation;
    std::FILE* to = files.back().path == kStandardOutput ? stderr : stdout;
    say(to, "{} = {:.5g} after {} steps{} in {:.1f} s: {}{}\n", name, value, steps, restart, seconds,
        files.back().path.string(), animation);
    for (std::size_t i = 0; i < options.watch.size(); ++i) {
      say(to, "watched: {} = {:.5g} at first, {:.5g} at last\n", to_string(options.watch[i]),
          result.watched[i].front(), result.watched[i].back());
    }
  }
}

FrameShape frame_shape(const SingleRender& arguments, const RenderOptions& options) {
  return {options.height, picture_width(options), arguments.frames_per_second};
}

void check_standard_output(const SingleRender& arguments, const std::set<int>& steps) {
  if (arguments.json) fail_usage("--json and a picture cannot both go to standard output: name a file by -o");
  if (!arguments.strip && steps.size() > 1) {
    fail_usage(
        "standard output takes one picture, and --thresholds asks for {}: name a file by -o, or give --strip",
        steps.size());
  }
  if (::isatty(STDOUT_FILENO) != 0)
    fail_usage("standard output is a terminal, which shows no PNG: redirect it");
}

/// Everything that can be known to fail before the work.
void check_outputs(const SingleRender& arguments, const RenderOptions& options,
                   const std::filesystem::path& output) {
  const std::set<int> steps = steps_shown(options);
  if (arguments.strip && steps.size() == 1) {
    fail_usage("a strip shows pictures of several steps, and there is only the last: give --thresholds");
  }
  if (output == kStandardOutput) {
    check_standard_output(arguments, steps);
  } else {
    for (const OutputFile& file : output_files(steps, output, arguments.strip)) check_image_output(file.path);
    if (options.colour.alpha && !holds_alpha(output)) {
      fail_usage("'{}' cannot hold the alpha that --alpha asks for: name a .png or a .webp", output.string());
    }
    if (arguments.strip)
      check_image_size(output, options.height, std::int64_t{picture_width(options)} * std::ssize(steps));
  }
  if (arguments.strip && output_size(options)) {
    fail_usage("a strip has pictures of one size, and the final one is to be of another");
  }
  if (arguments.animation.empty()) return;
  check_animation_beside(output, arguments.animation, frame_shape(arguments, options), arguments.save_every);
}

/// A signal ends it with what there is by then.
Shown render_showing(const SingleRender& arguments, const Model& model, const RenderOptions& options) {
  const StopSignals signals("\nstopping with the picture as it is; once more to end at once\n");
  const ProgressStyle style = choose_progress_style(arguments.quiet, arguments.json);
  ProgressReporter reporter(style, style == ProgressStyle::json ? stdout : stderr, terminal_columns(stderr));
  std::optional<AnimationThread> animation;
  FrameRequest frames;
  if (!arguments.animation.empty()) {
    animation.emplace(make_animation(arguments.animation, frame_shape(arguments, options)));
    frames = {arguments.save_every,
              [&](int, const Image& image) { animation->put(quantise(over_white(image))); }};
  }
  const auto progress = [&](const RenderProgress& now) {
    reporter.report(now);
    return !signals.requested();
  };
  Shown shown;
  shown.result = render(model, options, progress, frames);
  if (animation) animation->finish();
  const bool complete = shown.result.snapshots.back().step == options.steps;
  if (signals.requested() && !complete) shown.stopped = signals.exit_code();
  return shown;
}

/// Returns the exit code.
int render_picture(const SingleRender& arguments) {
  if (arguments.quiet) silence_notes();
  const Model model = load_weights(arguments.weights);
  const RenderOptions options = single_render_options(arguments, model);
  const std::filesystem::path output =
      arguments.output == kStandardOutput
          ? std::filesystem::path(arguments.output)
          : output_or_default(arguments.output, to_string(options.objective), ".png");
  check_outputs(arguments, options, output);
  const PictureTexts texts = picture_origin(command_line(options), weights_file(arguments.weights));

  const auto start = std::chrono::steady_clock::now();
  const Shown shown = render_showing(arguments, model, options);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const std::vector<OutputFile> files =
      write_files(shown.result, output, arguments.strip, texts, options.steps);
  print_result(arguments, options, shown, files, elapsed.count());
  if (shown.stopped != 0) {
    say(stderr, "limpid render: stopped after step {} of {}: {}\n", files.back().step, options.steps,
        files.back().path.string());
  }
  return shown.stopped;
}

void add_animation_options(CLI::App& command, SingleRender& arguments) {
  CLI::Option* animation =
      command
          .add_option("--animation", arguments.animation,
                      "Also how the picture came about: .webp, or through ffmpeg .png (APNG), .gif, .mp4")
          ->type_name("FILE");
  command.add_option("--save-every", arguments.save_every, "Steps from one frame to the next")
      ->needs(animation)
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--fps", arguments.frames_per_second, "Frames shown a second")
      ->needs(animation)
      ->capture_default_str()
      ->type_name("X");
}

void add_what_to_render(CLI::App& command, SingleRender& arguments) {
  command.add_option("objective", arguments.objective, "What to maximise; forms below")->required();
  command.add_flag("--negative", arguments.negative, "Minimise it instead");
  command
      .add_option("--watch", arguments.watch,
                  "Another objective to compute and report, not to maximise; may be given several times")
      ->allow_extra_args(false)
      ->type_name("OBJECTIVE");
  command
      .add_option(
          "-o,--output", arguments.output,
          "Picture, .png, .jpg or .webp; a folder, for a .png named after the objective; - for a PNG on "
          "standard output; default: the name in this folder")
      ->type_name("FILE|FOLDER|-");
  command.add_flag("--strip", arguments.strip,
                   "Pictures of the thresholds and the final one as one file, from left to right");
  add_animation_options(command, arguments);
  add_weights_option(command, arguments.weights);
}

constexpr const char* kRenderFooter =
    "\nJSON: {event: \"step\", step, steps, objective, image_steps_per_second} for each step, then {event: "
    "\"done\", "
    "objective, value, watched: [{objective, values}], seed, height, width, steps, restart, seconds, output, "
    "snapshots: [{step, file}], animation}, or {event: \"stopped\", ...} with the same.\n\n"
    "Ctrl-C ends it with the picture as it is, the thresholds passed and the animation so far, and says the "
    "step; a second one ends at once and leaves nothing. Exit code 130 when stopped by Ctrl-C.\n\n"
    "Examples:\n"
    "  limpid render mixed4a:11 -o a.png\n"
    "  limpid render mixed4d:139:pre --negative --size 320x240 --seed 3 --thresholds 32,128\n"
    "  limpid render mixed4a:11 --transforms 'jitter(16) scale(0.8..1.2) rotate(-15..15) flip'";

}  // namespace

void add_render_command(CLI::App& program) {
  auto arguments = std::make_shared<SingleRender>();
  CLI::App* command = program.add_subcommand("render", "The picture that maximises an objective");
  add_what_to_render(*command, *arguments);
  add_render_options(*command, arguments->render, TakenBy::render);
  add_progress_flags(*command, arguments->quiet, arguments->json);
  command->footer(objectives_help() + transforms_help() + kRenderFooter);
  command->callback([arguments] {
    if (const int code = render_picture(*arguments); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
