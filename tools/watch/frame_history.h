// What viewers have seen of a picture, to make an animation of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Keeps pictures over the whole way, at even distances that double as it gets long, and the newest. From any thread.
class FrameHistory {
 public:
  static constexpr std::size_t kMostFrames = 240;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  /// How much is kept at most; of pictures that are larger, one.
  explicit FrameHistory(std::size_t most_frames = kMostFrames, std::size_t most_bytes = kMostBytes)
      : most_frames_(most_frames), most_bytes_(most_bytes) {}

  /// The picture after so many steps. What was kept of later ones is of a way that was left.
  void add(int step, const Image& image);

  /// Pictures of height x width x 3 values, over white, and the steps they are after; none before the first.
  struct Kept {
    int height = 0, width = 0;
    std::vector<int> steps;
    std::vector<std::vector<std::uint8_t>> frames;
  };
  Kept kept() const;

 private:
  struct Frame {
    int step = 0;
    std::size_t number = 0;  ///< Of those that were seen.
    std::vector<std::uint8_t> rgb;
  };

  std::size_t most_frames_, most_bytes_;
  mutable std::mutex mutex_;
  int height_ = 0, width_ = 0;
  std::size_t stride_ = 1;     ///< From the number of one to that of the next; the last may be nearer.
  std::vector<Frame> frames_;  ///< In the order of steps and numbers.
};

}  // namespace limpid
