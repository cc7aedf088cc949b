#include "tools/dataset/build_progress.h"

#include <nlohmann/json.hpp>

#include "kernels/core/streams.h"

namespace limpid {
namespace {

constexpr std::chrono::milliseconds kFrame(100);
constexpr std::chrono::seconds kLine(10);

void print_event(const nlohmann::ordered_json& event) {
  using Json = nlohmann::ordered_json;
  write_event(stdout, event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

BuildProgress::BuildProgress(const char* command, ProgressStyle style) : command_(command), style_(style) {}

BuildProgress::~BuildProgress() {
  close();
}

void BuildProgress::close() {
  if (drawn_) say(stderr, std::string_view("\n"));
  drawn_ = false;
}

void BuildProgress::pictures(std::size_t looked_at, std::size_t all) {
  const auto now = Clock::now();
  const Clock::duration interval =
      style_ == ProgressStyle::lines ? Clock::duration(kLine) : Clock::duration(kFrame);
  if (style_ == ProgressStyle::silent || now - last_ < interval) return;
  last_ = now;
  const double rate = static_cast<double>(looked_at) / std::chrono::duration<double>(now - begin_).count();
  if (style_ == ProgressStyle::json) {
    print_event({{"event", "pictures"}, {"pictures", all}, {"pictures_per_second", rate}});
  } else if (style_ == ProgressStyle::bar) {
    say(stderr, "\r{} pictures  {:.3g}/s\x1b[K", all, rate);
    drawn_ = true;
  } else {
    say(stderr, "{} pictures  {:.3g}/s\n", all, rate);
  }
}

void BuildProgress::passed_over(const std::string& message) {
  close();
  if (style_ == ProgressStyle::json) {
    print_event({{"event", "passed_over"}, {"message", message}});
  } else {
    say(stderr, "{}: {}: passed over\n", command_, message);
  }
}

}  // namespace limpid
