// limpid watch: a picture that grows in a browser, and is steered from there.
#include "tools/watch/watch_command.h"

#include <fmt/core.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/grid/store_folder.h"
#include "engine/image/over_white.h"
#include "engine/image/quantise.h"
#include "engine/job/job_options_json.h"
#include "engine/limpid.hpp"
#include "engine/optimize/lane_plan.h"
#include "engine/options/command_line.h"
#include "engine/options/image_options.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/animation/animation.h"
#include "tools/animation/animation_thread.h"
#include "tools/command.h"
#include "tools/grid/stored_request.h"
#include "tools/help/objective_reference.h"
#include "tools/notes.h"
#include "tools/origin.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/render_options.h"
#include "tools/signals.h"
#include "tools/watch/steering_log.h"
#include "tools/watch/store_server.h"
#include "tools/watch/watch_server.h"
#include "tools/watch/watched_job.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

struct WatchArguments {
  std::string objective;
  bool negative = false;
  int port = 0;
  bool open = false;
  std::string replay;  ///< A log; empty for none.
  std::string log;     ///< Where one goes; empty for nowhere.
  std::string output;
  std::string animation;  ///< Of a replay; empty for none.
  int save_every = 4;
  std::string weights;
  RenderArguments render;
};

/// What is said where a page ends with Ctrl-C.
constexpr const char* kStopping = "\nstopping with the picture as it is; once more to end at once\n";

void check_port(int port) {
  if (port < 0 || port > 65535) fail_usage("port {}: it is 0 to 65535", port);
}

/// The job as the command line asks for it.
JobOptions asked_job(const WatchArguments& arguments, const Model& model, JobFileReader& files) {
  JobOptions options;
  options.steerable = true;
  options.render = render_options(arguments.render);
  options.render.objective = parse_objective(arguments.objective, model);
  if (arguments.negative) options.render.objective = options.render.objective.scaled(-1);
  check_render_options(options.render);
  const JsonField::Json json = to_json(options);
  return read_job({json, "the job", ""}, model, compute_options(arguments.render), files);
}

void check_picture_output(const std::string& output, const RenderOptions& options) {
  if (output.empty()) return;
  check_image_output(output);
  if (options.colour.alpha && !holds_alpha(output)) {
    fail_usage("'{}' cannot hold the alpha that --alpha asks for: name a .png or a .webp", output);
  }
}

PictureTexts texts_of(const WatchArguments& arguments, const RenderOptions& options) {
  return picture_origin(command_line(options), weights_file(arguments.weights));
}

/// The log and the picture where they are asked for. Returns the exit code.
int keep_results(WatchedJob& watched, const WatchArguments& arguments, const PictureTexts& origin,
                 int stopped) {
  const WatchAnswer result = watched.answer(WatchAction::result, {});
  if (!result.error.empty()) fail_runtime("{}", result.error);
  if (!arguments.log.empty()) write_atomically(arguments.log, result.log.dump(2) + "\n");
  if (!arguments.output.empty())
    write_image(arguments.output, *result.image, steered_texts(origin, result.log));
  const std::string failure = watched.board().status().failure;
  if (!failure.empty()) fail_runtime("{}", failure);
  say(stderr, "limpid watch: stopped after step {} of {}{}{}\n", result.step, watched.board().status().steps,
      arguments.output.empty() ? "" : ": ", arguments.output);
  return watched.job().over() ? 0 : stopped;
}

/// As the desktop opens addresses; where it cannot, the address has been printed all the same.
void open_browser(std::string address) {
  std::string program = "xdg-open";
  char* const words[] = {program.data(), address.data(), nullptr};
  pid_t process = 0;
  if (::posix_spawnp(&process, program.c_str(), nullptr, nullptr, words, environ) != 0)
    note("no browser could be opened: there is no xdg-open; open the address yourself");
}

int watch_job(const WatchArguments& arguments) {
  if (arguments.objective.empty()) fail_usage("give an objective, a store of tiles, or a log by --replay");
  if (!arguments.animation.empty())
    fail_usage("--animation is of a --replay; of a picture that is watched the page has one");
  check_port(arguments.port);
  if (!arguments.log.empty()) check_writable(arguments.log);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  PictureFiles files(note);
  const JobOptions options = asked_job(arguments, *model, files);
  check_picture_output(arguments.output, options.render);
  const PictureTexts origin = texts_of(arguments, options.render);
  const StopSignals signals(kStopping);
  WatchedJob watched(model, options);
  {
    const WatchServer server(watched, arguments.port,
                             [&](const JsonField::Json& log) { return steered_texts(origin, log); });
    write_event(stdout, server.address() + "\n");
    if (arguments.open) open_browser(server.address());
    watched.run([&] { return signals.requested().load(); });
  }
  return keep_results(watched, arguments, origin, signals.exit_code());
}

/// Whether the first word is a folder that `limpid grid` fills, or is named as one: watched, not rendered.
bool is_store(const std::string& word) {
  std::error_code error;
  return names_store(word) ||
         (!word.empty() && std::filesystem::exists(std::filesystem::path(word) / kManifestName, error));
}

int watch_store(const WatchArguments& arguments) {
  if (const auto flags = picture_flags(arguments.render); !flags.empty() || arguments.negative)
    fail_usage("'{}' is a store, which is looked at as it is: leave out {}", arguments.objective,
               flags.empty() ? "--negative" : flags.front());
  if (!arguments.log.empty() || !arguments.output.empty() || !arguments.animation.empty())
    fail_usage(
        "'{}' is a store, which has a page and no results of its own: leave out -o, --log and --animation",
        arguments.objective);
  check_port(arguments.port);
  WatchedStore store(arguments.objective);
  const StopSignals signals("\nstopping; once more to end at once\n");
  const std::filesystem::path folder = std::filesystem::path(arguments.objective).lexically_normal();
  const StoreServer server(store, arguments.port,
                           (folder.has_filename() ? folder : folder.parent_path()).filename().string());
  write_event(stdout, server.address() + "\n");
  if (arguments.open) open_browser(server.address());
  store.run([&] { return signals.requested().load(); });
  return 0;
}

void check_replay(const WatchArguments& arguments) {
  if (!arguments.objective.empty() || arguments.negative)
    fail_usage("--replay takes the objective from the log: give none");
  if (const auto flags = picture_flags(arguments.render); !flags.empty())
    fail_usage("--replay takes {} from the log: leave it out", flags.front());
  if (arguments.port != 0 || arguments.open || !arguments.log.empty())
    fail_usage("--replay makes the picture and shows no page: leave out --port, --open and --log");
}

/// Progress, and frames of the animation where there is one, of a log that is replayed.
class ReplayShown {
 public:
  ReplayShown(const WatchArguments& arguments, const SteeringLog& log, const std::filesystem::path& picture)
      : save_every_(arguments.save_every) {
    for (const LoggedJob& job : log) steps_ += job.steps_done;
    if (arguments.animation.empty()) return;
    const auto [height, width] = picture_size(log.front().options.render);
    const FrameShape shape{height, width};
    check_animation_beside(picture, arguments.animation, shape, save_every_);
    animation_.emplace(make_animation(arguments.animation, shape));
  }

  void after_update(RenderJob& job, int steps_before) {
    const int step = steps_before + job.steps_done();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
    const double rate = job.options().images * step / std::max(taken.count(), 1e-9);
    reporter_.report({step, steps_, job.objective(), rate});
    newest_is_in_ = animation_ && step % save_every_ == 0;
    if (newest_is_in_) put(job);
  }

  void finish(RenderJob& job) {
    if (!animation_) return;
    if (!newest_is_in_ || job.steps_done() == 0) put(job);  // A job begins with a picture of its own.
    animation_->finish();
  }

  int steps() const { return steps_; }

 private:
  void put(RenderJob& job) { animation_->put(quantise(over_white(job.image()))); }

  ProgressReporter reporter_{choose_progress_style(false, false), stderr, terminal_columns(stderr)};
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int save_every_ = 1, steps_ = 0;
  bool newest_is_in_ = false;  ///< Whether the latest update's picture is the last frame.
  std::optional<AnimationThread> animation_;
};

int replay_log(const WatchArguments& arguments) {
  check_replay(arguments);
  const auto model = std::make_shared<const Model>(load_weights(arguments.weights));
  PictureFiles files(note);
  AttachedPictures pictures;
  const SteeringLog log = read_steering_log(read_bytes(arguments.replay), arguments.replay, *model,
                                            compute_options(arguments.render), files, pictures);
  const RenderOptions& options = log.back().options.render;
  const std::filesystem::path output =
      output_or_default(arguments.output, to_string(options.objective), ".png");
  check_picture_output(output.string(), options);
  const StopSignals signals(kStopping);
  Replayed replayed;
  int steps = 0, steps_asked = 0, changes = 0;
  {
    ReplayShown shown(arguments, log, output);
    steps_asked = shown.steps();
    replayed = replay(log, arguments.replay, model, pictures, [&](RenderJob& now, int before) {
      steps = before + now.steps_done();
      shown.after_update(now, before);
      return !signals.requested();
    });
    shown.finish(*replayed.job);
  }
  const JsonField::Json made = steering_log(*replayed.job, replayed.earlier, pictures, {}, {});
  write_image(output, replayed.job->image(),
              steered_texts(texts_of(arguments, log.front().options.render), made));
  for (const LoggedJob& logged : log) changes += static_cast<int>(logged.changes.size());
  say(stdout, "step {} of {}, {} changes: {}{}\n", steps, steps_asked, changes, output.string(),
      arguments.animation.empty() ? "" : ", " + arguments.animation);
  return steps < steps_asked && signals.requested() ? signals.exit_code() : 0;
}

constexpr const char* kWatchFooter =
    "\nThe address that is printed is the page's, for this machine alone and secret: who has it can steer the "
    "job. Through a tunnel (ssh -L) it serves elsewhere too.\n\n"
    "On the page the picture grows. Pause it, take single steps, keep snapshots and go back to one to try "
    "something else; change weights, channels, the learning rate and how strongly views differ; kick it with noise, where "
    "the transforms have noise(0). Another layer, or other views, make another job of it, which goes on from the picture's "
    "parameters. So does a mask that is painted, from the picture as a file has it, in steps of 1/255: what the mask covers "
    "stays as it is then; and a photo that is dropped: the picture starts again from it. Each begins with an optimiser that "
    "has seen no gradient. The picture, an animation of what was seen and the log can be saved, and the job where it does "
    "not start from such a picture.\n\n"
    "Every change is in the log with its step, painted masks and dropped photos themselves; --replay makes the same bytes "
    "of it, on the same kind of device, and with --animation a film of it. The optimisation never waits for a page, and "
    "without one no picture is copied.\n\n"
    "It goes on until Ctrl-C, which ends it with the picture as it is where -o is given, and the log where "
    "--log is. Exit code 130 where there were steps left.\n\n"
    "Of a store that a grid fills, on this machine or a folder it shares, the page shows the tiles as they are finished; it "
    "changes nothing there.\n\n"
    "Examples:\n"
    "  limpid watch mixed4a:11 --open\n"
    "  limpid watch 'mixed4a:11 - 0.5*mixed4b:3' --log steered.json -o steered.png\n"
    "  limpid watch --replay steered.json -o again.png --animation again.webp\n"
    "  limpid watch mixed4a.limpid --open";

}  // namespace

void add_watch_command(CLI::App& program) {
  auto arguments = std::make_shared<WatchArguments>();
  CLI::App* command = program.add_subcommand("watch", "A picture that grows in a browser, to be steered");
  command->add_option("objective", arguments->objective,
                      "What to maximise, forms below; or the store of a grid, to see its tiles appear");
  command->add_flag("--negative", arguments->negative, "Minimise it instead");
  command->add_option("--port", arguments->port, "Of the page; 0 takes any that is free")
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--open", arguments->open, "Open the page in a browser");
  command->add_option("--log", arguments->log, "All changes with their steps, written at the end")
      ->type_name("FILE");
  command->add_option("--replay", arguments->replay, "Make the picture of a log again, without a page")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", arguments->output, "Picture at the end, .png, .jpg or .webp; default: none")
      ->type_name("FILE");
  CLI::Option* animation =
      command
          ->add_option(
              "--animation", arguments->animation,
              "With --replay, also how the picture came about: .webp, or through ffmpeg .png (APNG), .gif, .mp4")
          ->type_name("FILE");
  command->add_option("--save-every", arguments->save_every, "Steps from one of its frames to the next")
      ->needs(animation)
      ->capture_default_str()
      ->type_name("N");
  add_weights_option(*command, arguments->weights);
  add_render_options(*command, arguments->render, TakenBy::render, {"thresholds", "restarts"});
  command->footer(objectives_help() + transforms_help() + kWatchFooter);
  command->callback([arguments] {
    const int code = !arguments->replay.empty()       ? replay_log(*arguments)
                     : is_store(arguments->objective) ? watch_store(*arguments)
                                                      : watch_job(*arguments);
    if (code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
