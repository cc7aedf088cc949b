#include "tools/watch/watch_board.h"

#include <iterator>
#include <utility>

namespace limpid {

void WatchBoard::changed() {
  ++version_;
  news_.notify_all();
}

void WatchBoard::set_status(WatchStatus status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  changed();
}

void WatchBoard::add_point(CurvePoint point) {
  const std::lock_guard lock(mutex_);
  curve_.push_back(point);
  changed();
}

void WatchBoard::cut_curve(int step) {
  const std::lock_guard lock(mutex_);
  std::erase_if(curve_, [&](const CurvePoint& point) { return point.step > step; });
  ++branch_;
  changed();
}

void WatchBoard::set_controls(std::string json) {
  auto controls = std::make_shared<const std::string>(std::move(json));
  const std::lock_guard lock(mutex_);
  controls_ = std::move(controls);
  ++controls_version_;
  changed();
}

void WatchBoard::add_pin(WatchPin pin) {
  const std::lock_guard lock(mutex_);
  pins_.push_back(std::move(pin));
  changed();
}

void WatchBoard::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed();
}

WatchStatus WatchBoard::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::vector<WatchPin> WatchBoard::pins() const {
  const std::lock_guard lock(mutex_);
  return pins_;
}

WatchNews WatchBoard::wait(Mark& mark, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [&] { return version_ != mark.version || ended_; });
  WatchNews news;
  news.status = status_;
  news.ended = ended_;
  news.fresh = version_ != mark.version;
  if (controls_version_ != mark.controls) news.controls = controls_;
  news.restarts = branch_ != mark.branch;
  const std::size_t from = news.restarts ? 0 : mark.points;
  news.points.assign(std::next(curve_.begin(), static_cast<std::ptrdiff_t>(from)), curve_.end());
  mark = {version_, controls_version_, branch_, curve_.size()};
  return news;
}

}  // namespace limpid
