#include "tools/grid/grid_progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernels/core/streams.h"

namespace limpid {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr auto kLineInterval = 10s;
constexpr auto kFrameInterval = 100ms;

std::string time_left(const Tally& tally, Tally::Clock::time_point now) {
  const std::optional<double> seconds = tally.seconds_left(now);
  return seconds ? format_duration(*seconds) : "-:--";
}

std::string summary(const Tally& tally, Tally::Clock::time_point now) {
  std::string text = fmt::format("{}/{} tiles  {:.3g} image-steps/s  ETA {}", tally.finished(), tally.jobs(),
                                 tally.image_steps_per_second(now), time_left(tally, now));
  if (tally.failed() > 0) text += fmt::format("  {} failed", tally.failed());
  if (tally.best()) text += fmt::format("  best {} {:.4g}", tally.best()->objective, tally.best()->value);
  if (tally.worst()) text += fmt::format("  worst {} {:.4g}", tally.worst()->objective, tally.worst()->value);
  return text;
}

std::string device_line(const Tally& tally, const DeviceTally& device, Tally::Clock::time_point now) {
  std::string text =
      fmt::format("  {}: {} done, {} in flight, {:.3g} image-steps/s", device.name, device.finished,
                  device.in_flight.size(), tally.image_steps_per_second(device, now));
  if (!device.in_flight.empty()) text += fmt::format(", {}", device.latest);
  return text;
}

void print_event(std::FILE* out, const Json& event) {
  write_event(out, event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

GridProgress::GridProgress(ProgressStyle style, std::FILE* out, int columns, Tally tally, std::string command,
                           RankTeam* team)
    : style_(style),
      out_(out),
      columns_(columns),
      command_(std::move(command)),
      team_(team),
      tally_(std::move(tally)) {
  const bool other_shows = team_ != nullptr && team_->rank() != 0;
  if (other_shows && style_ != ProgressStyle::json) style_ = ProgressStyle::silent;
}

void GridProgress::planned(const GridPlan& plan) {
  const std::lock_guard lock(mutex_);
  tally_.plan(plan, Clock::now());
  shown_ = Clock::now();
  if (team_ != nullptr && team_->rank() != 0) return;
  for (const std::string& warning : plan.warnings) {
    say(stderr, "{}: {}; what is lost there is made again\n", command_, warning);
  }
  if (style_ == ProgressStyle::json) {
    print_event(out_, {{"event", "start"}, {"jobs", tally_.jobs()}, {"finished", tally_.finished()}});
  }
}

void GridProgress::started(std::size_t device, const Job& job) {
  const std::lock_guard lock(mutex_);
  tally_.start(device, job);
}

void GridProgress::progressed(std::size_t device, const Job& job, int step, double) {
  const std::lock_guard lock(mutex_);
  tell_team(TeamCounter::image_steps, tally_.progress(device, job, step));
  show(Clock::now());
}

void GridProgress::finished(std::size_t device, const Job& job, const StoredTile& tile) {
  const std::lock_guard lock(mutex_);
  tell_team(TeamCounter::image_steps, tally_.finish(device, job, tile));
  tell_team(TeamCounter::finished, 1);
  if (!tile.failure.empty()) tell_team(TeamCounter::failed, 1);
  const Clock::time_point now = Clock::now();
  if (style_ == ProgressStyle::json) {
    look_at_team();
    print_tile(device, job, tile, now);
  }
  show(now);
}

void GridProgress::close() {
  const Clock::time_point now = Clock::now();
  if (style_ == ProgressStyle::bar && lines_drawn_ > 0) draw(now);
}

void GridProgress::tell_team(TeamCounter counter, std::int64_t amount) {
  if (team_ != nullptr && amount != 0) team_->fetch_add(counter, amount);
}

void GridProgress::look_at_team() {
  if (team_ == nullptr) return;
  tally_.see_team(team_->fetch_add(TeamCounter::finished, 0), team_->fetch_add(TeamCounter::failed, 0),
                  team_->fetch_add(TeamCounter::image_steps, 0));
}

void GridProgress::show(Clock::time_point now) {
  const bool bar = style_ == ProgressStyle::bar;
  if (!bar && style_ != ProgressStyle::lines) return;
  if (bar && lines_drawn_ > 0 && now - shown_ < kFrameInterval) return;
  look_at_team();
  if (bar) {
    draw(now);
  } else {
    show_line(now);
  }
}

void GridProgress::show_line(Clock::time_point now) {
  const int tenths = static_cast<int>(10 * tally_.finished() / std::max<std::int64_t>(tally_.jobs(), 1));
  if (tenths == tenths_ && now - shown_ < kLineInterval) return;
  tenths_ = tenths;
  shown_ = now;
  say(out_, "{}\n", summary(tally_, now));
}

void GridProgress::draw(Clock::time_point now) {
  constexpr int bar_length = 24;
  const auto filled = static_cast<std::size_t>(bar_length * tally_.fraction());
  std::string text;
  if (lines_drawn_ > 0) text = fmt::format("\x1b[{}A", lines_drawn_);
  // Erased to the end of the line, so that a shorter text leaves nothing of a longer one; cut, so that every
  // line stays one line.
  const auto add = [&](const std::string& line) {
    text += line.substr(0, static_cast<std::size_t>(std::max(columns_ - 1, 0))) + "\x1b[K\n";
  };
  add(fmt::format("[{}{}] {}", std::string(filled, '#'), std::string(bar_length - filled, '.'),
                  summary(tally_, now)));
  for (const DeviceTally& device : tally_.devices()) add(device_line(tally_, device, now));
  lines_drawn_ = 1 + static_cast<int>(tally_.devices().size());
  shown_ = now;
  say(out_, text);
}

void GridProgress::print_tile(std::size_t device, const Job& job, const StoredTile& tile,
                              Clock::time_point now) {
  Json event = {{"event", tile.failure.empty() ? "tile" : "failure"},
                {"job", job.id},
                {"objective", to_string(job.options.objective)},
                {"seed", job.options.seed},
                {"device", tally_.devices()[device].name}};
  if (team_ != nullptr) event["rank"] = team_->rank();
  if (tile.failure.empty()) {
    event["value"] = tile.objective.back();
    if (job.options.restarts > 1) event["restart"] = job.restart;
  } else {
    event["message"] = tile.failure;
  }
  event["finished"] = tally_.finished();
  event["jobs"] = tally_.jobs();
  event["image_steps_per_second"] = tally_.image_steps_per_second(now);
  if (const auto seconds = tally_.seconds_left(now)) event["seconds_left"] = *seconds;
  print_event(out_, event);
}

}  // namespace limpid
