// What viewers have seen of a picture, as an animation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Keeps pictures over the whole way, fewer of them the longer it is: at most kMostFrames, and of kMostBytes. From any
/// thread.
class FrameHistory {
 public:
  static constexpr std::size_t kMostFrames = 240;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  /// The picture after so many steps. What was kept of later ones is of a way that was left.
  void add(int step, const Image& image);

  /// All that is kept, 20 pictures a second; empty where there is none. Throws Error{runtime} where it cannot be encoded.
  std::string webp() const;

  std::size_t size() const;

 private:
  struct Kept {
    int step = 0;
    std::vector<std::uint8_t> rgb;
  };

  mutable std::mutex mutex_;
  int height_ = 0, width_ = 0;
  std::vector<Kept> frames_;
};

}  // namespace limpid
