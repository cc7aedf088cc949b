// The newest picture of a job that is watched: one slot, filled only while somebody wants it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/image/image.h"

namespace limpid {

struct WatchFrame {
  int number = 0;  ///< Counted from 1.
  int step = 0;    ///< Updates it is the picture after.
  Image image;
};

/// The thread that optimises looks at `wanted`, which a viewer sets each time it has taken a picture: one that takes
/// none, and there being none, cost nothing. Of the lock both hold no longer than it takes to move a pointer.
class FrameMailbox {
 public:
  /// A viewer's: the next picture is to be put here.
  void want() noexcept { wanted_.store(true, std::memory_order_relaxed); }
  bool wanted() const noexcept { return wanted_.load(std::memory_order_relaxed); }

  /// Replaces what is there.
  void put(std::shared_ptr<const WatchFrame> frame) {
    wanted_.store(false, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    newest_.swap(frame);
  }

  /// Null before the first.
  std::shared_ptr<const WatchFrame> newest() const {
    const std::lock_guard lock(mutex_);
    return newest_;
  }

 private:
  std::atomic<bool> wanted_ = false;
  mutable std::mutex mutex_;
  std::shared_ptr<const WatchFrame> newest_;
};

}  // namespace limpid
