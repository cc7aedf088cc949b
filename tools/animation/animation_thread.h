// Frames are encoded while the device goes on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/animation/animation.h"

namespace limpid {

/// A thread that hands frames to an animation, behind a short queue.
class AnimationThread {
 public:
  explicit AnimationThread(std::unique_ptr<Animation> animation);
  AnimationThread(const AnimationThread&) = delete;
  AnimationThread& operator=(const AnimationThread&) = delete;
  ~AnimationThread();  ///< Drops what is not encoded; then there is no file.

  /// Queues a frame, waits while the queue is full. Throws what encoding an earlier frame threw.
  void put(std::vector<std::uint8_t> rgb);

  /// Encodes all that is queued and completes the file. Throws what encoding threw. No `put` may follow.
  void finish();

 private:
  static constexpr std::size_t kMostQueued = 4;

  void run();
  void encode_queue();

  std::unique_ptr<Animation> animation_;
  std::mutex mutex_;
  std::condition_variable work_;  ///< The queue is not empty, or no frame will follow.
  std::condition_variable room_;  ///< The queue shrank, or encoding failed.
  std::deque<std::vector<std::uint8_t>> queue_;
  bool complete_ = false, dropped_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace limpid
