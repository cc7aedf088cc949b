#include "tools/count_progress.h"

#include <cstdio>
#include <utility>

#include "kernels/core/streams.h"

namespace limpid {
namespace {

using namespace std::chrono_literals;

constexpr auto kCountLineInterval = 10s;
constexpr auto kCountFrameInterval = 100ms;

}  // namespace

CountProgress::CountProgress(bool quiet, std::string things)
    : style_(choose_progress_style(quiet, false)), things_(std::move(things)) {}

CountProgress::~CountProgress() {
  if (drawn_) say(stderr, std::string_view("\n"));
}

void CountProgress::report(std::size_t done, std::size_t all) {
  const Clock::time_point now = Clock::now();
  if (style_ == ProgressStyle::bar && (now - last_ >= kCountFrameInterval || (drawn_ && done == all))) {
    say(stderr, "\r{} of {} {}", done, all, things_);
    drawn_ = true;
    last_ = now;
  }
  const std::size_t tenths = done * 10 / all;
  if (style_ == ProgressStyle::lines && tenths > tenths_ && now - last_ >= kCountLineInterval) {
    say(stderr, "{} of {} {}\n", done, all, things_);
    tenths_ = tenths;
    last_ = now;
  }
}

std::function<void(std::size_t, std::size_t)> CountProgress::function() {
  return [this](std::size_t done, std::size_t all) { report(done, all); };
}

}  // namespace limpid
