// What long work shows while it runs.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "engine/limpid.hpp"

namespace limpid {

enum class ProgressStyle {
  silent,
  lines,  ///< A line at every tenth of the way and at least every ten seconds: for logs.
  bar,    ///< One line that is redrawn: for terminals.
  json,   ///< One JSON object per step: for programs.
};

/// JSON where asked for, nothing where quiet, a bar where standard error is a terminal, else lines.
ProgressStyle choose_progress_style(bool quiet, bool json);

/// Shows the progress of one render.
class ProgressReporter {
 public:
  using Clock = std::chrono::steady_clock;

  /// JSON goes to `out` as the other styles do. `columns` is the width a bar may take.
  ProgressReporter(ProgressStyle style, std::FILE* out, int columns = 80);
  ProgressReporter(const ProgressReporter&) = delete;
  ProgressReporter& operator=(const ProgressReporter&) = delete;
  /// Leaves a bar's line, so that what follows begins on its own.
  ~ProgressReporter();

  /// Called after every step; decides itself what is worth showing.
  void report(const RenderProgress& progress, Clock::time_point now = Clock::now());

 private:
  void print_line(const RenderProgress& progress);
  void draw_bar(const RenderProgress& progress);
  void print_event(const RenderProgress& progress);

  ProgressStyle style_;
  std::FILE* out_;
  int columns_;
  bool bar_drawn_ = false;
  int tenths_ = 0;  ///< Of the way, at the last line.
  Clock::time_point last_;
};

/// Columns of the terminal behind `out`; 80 where there is none.
int terminal_columns(std::FILE* out);

/// "0:07", "1:02:03", rounded up to a second.
std::string format_duration(double seconds);

/// Of a render, as `format_duration`; "-:--" where the rate is not yet known.
std::string format_time_left(const RenderProgress& progress);

}  // namespace limpid
