#include "tools/watch/frame_history.h"

#include <algorithm>
#include <span>

#include "engine/image/over_white.h"
#include "engine/image/quantise.h"
#include "tools/animation/animation.h"

namespace limpid {

void FrameHistory::add(int step, const Image& image) {
  std::vector<std::uint8_t> rgb = quantise(over_white(image));
  const std::lock_guard lock(mutex_);
  height_ = image.height;
  width_ = image.width;
  while (!frames_.empty() && frames_.back().step >= step) frames_.pop_back();
  const std::size_t most = std::clamp<std::size_t>(kMostBytes / rgb.size(), 2, kMostFrames);
  if (frames_.size() >= most) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames_.size(); i += 2) std::swap(frames_[kept++], frames_[i]);
    frames_.resize(kept);
  }
  frames_.push_back({step, std::move(rgb)});
}

std::string FrameHistory::webp() const {
  std::vector<std::vector<std::uint8_t>> frames;
  FrameShape shape;
  {
    const std::lock_guard lock(mutex_);
    shape.height = height_;
    shape.width = width_;
    for (const Kept& frame : frames_) frames.push_back(frame.rgb);
  }
  return frames.empty() ? std::string() : encode_webp_animation(shape, frames);
}

std::size_t FrameHistory::size() const {
  const std::lock_guard lock(mutex_);
  return frames_.size();
}

}  // namespace limpid
