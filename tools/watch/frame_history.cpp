#include "tools/watch/frame_history.h"

#include <algorithm>
#include <utility>

#include "engine/image/over_white.h"
#include "engine/image/quantise.h"

namespace limpid {

void FrameHistory::add(int step, const Image& image) {
  std::vector<std::uint8_t> rgb = quantise(over_white(image));
  const std::lock_guard lock(mutex_);
  height_ = image.height;
  width_ = image.width;
  while (!frames_.empty() && frames_.back().step >= step) frames_.pop_back();
  const std::size_t number = frames_.empty() ? 0 : frames_.back().number + 1;
  if (frames_.empty()) stride_ = 1;
  const auto between = [&](const Frame& frame) { return frame.number % stride_ != 0; };
  if (!frames_.empty() && between(frames_.back())) frames_.pop_back();  // It was there as the newest.
  const std::size_t most = std::clamp<std::size_t>(most_bytes_ / rgb.size(), 1, most_frames_);
  if (most == 1) frames_.clear();
  while (frames_.size() >= most) {
    stride_ *= 2;
    std::erase_if(frames_, between);
  }
  frames_.push_back({step, number, std::move(rgb)});
}

FrameHistory::Kept FrameHistory::kept() const {
  const std::lock_guard lock(mutex_);
  Kept kept{height_, width_, {}, {}};
  for (const Frame& frame : frames_) {
    kept.steps.push_back(frame.step);
    kept.frames.push_back(frame.rgb);
  }
  return kept;
}

}  // namespace limpid
