#include "tools/progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/core/streams.h"

namespace limpid {
namespace {

using namespace std::chrono_literals;

constexpr auto kLineInterval = 10s;
constexpr auto kFrameInterval = 100ms;

std::string numbers(const RenderProgress& progress) {
  return fmt::format("step {}/{}  objective {:.4g}  {:.3g} image-steps/s  ETA {}", progress.step,
                     progress.steps, progress.objective, progress.image_steps_per_second,
                     format_time_left(progress));
}

}  // namespace

ProgressStyle choose_progress_style(bool quiet, bool json) {
  if (quiet) return ProgressStyle::silent;
  if (json) return ProgressStyle::json;
  return ::isatty(STDERR_FILENO) == 1 ? ProgressStyle::bar : ProgressStyle::lines;
}

int terminal_columns(std::FILE* out) {
  constexpr int fallback = 80;
  winsize size{};
  if (::ioctl(::fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return fallback;
  return size.ws_col;
}

std::string format_duration(double seconds) {
  constexpr double longest = 359'999;  // 99:59:59
  const int total = static_cast<int>(std::min(std::ceil(seconds), longest));
  const int hours = total / 3600;
  const int minutes = total / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60)
                   : fmt::format("{}:{:02}", minutes, total % 60);
}

std::string format_time_left(const RenderProgress& progress) {
  if (!(progress.image_steps_per_second > 0)) return "-:--";
  return format_duration((progress.steps - progress.step) / progress.image_steps_per_second);
}

ProgressReporter::ProgressReporter(ProgressStyle style, std::FILE* out, int columns)
    : style_(style), out_(out), columns_(columns) {}

ProgressReporter::~ProgressReporter() {
  if (bar_drawn_) say(out_, std::string_view("\n"));
}

void ProgressReporter::report(const RenderProgress& progress, Clock::time_point now) {
  const bool last = progress.step == progress.steps;
  switch (style_) {
    case ProgressStyle::silent:
      return;
    case ProgressStyle::json:
      print_event(progress);
      return;
    case ProgressStyle::bar:
      if (bar_drawn_ && !last && now - last_ < kFrameInterval) return;
      draw_bar(progress);
      break;
    case ProgressStyle::lines: {
      const int tenths = static_cast<int>(10LL * progress.step / progress.steps);
      const bool overdue = last_ != Clock::time_point() && now - last_ >= kLineInterval;
      if (last_ == Clock::time_point()) last_ = now;
      if (tenths == tenths_ && !overdue) return;
      tenths_ = tenths;
      print_line(progress);
      break;
    }
  }
  last_ = now;
}

void ProgressReporter::print_line(const RenderProgress& progress) {
  say(out_, "{}\n", numbers(progress));
}

void ProgressReporter::draw_bar(const RenderProgress& progress) {
  constexpr int widest = 40;
  const std::string text = numbers(progress);
  const int room = std::min(widest, columns_ - static_cast<int>(text.size()) - 4);
  std::string bar;
  if (room > 0) {
    const auto filled =
        static_cast<std::size_t>(static_cast<long long>(room) * progress.step / progress.steps);
    bar = fmt::format("[{}{}] ", std::string(filled, '#'),
                      std::string(static_cast<std::size_t>(room) - filled, '.'));
  }
  // Carriage return first, then erase to the end of the line: a shorter text leaves nothing of a longer one.
  say(out_, "\r{}{}\x1b[K", bar, text.substr(0, static_cast<std::size_t>(std::max(columns_ - 1, 0))));
  bar_drawn_ = true;
}

void ProgressReporter::print_event(const RenderProgress& progress) {
  const nlohmann::ordered_json event = {{"event", "step"},
                                        {"step", progress.step},
                                        {"steps", progress.steps},
                                        {"objective", progress.objective},
                                        {"image_steps_per_second", progress.image_steps_per_second}};
  write_event(out_, event.dump() + "\n");
}

}  // namespace limpid
