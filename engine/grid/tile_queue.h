// Finished tiles on their way to whoever pulls them.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/grid/tile_store.h"

namespace limpid {

/// For any number of threads that push, and one that pops.
class TileQueue {
 public:
  explicit TileQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. A queue that was stopped takes nothing.
  void push(StoredTile tile) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || tiles_.size() < capacity_; });
    if (!stopped_) tiles_.push_back(std::move(tile));
    more_.notify_one();
  }

  /// Waits for a tile. None once the queue was stopped, or has ended and is empty; throws what it ended with.
  std::optional<StoredTile> pop() {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return stopped_ || ended_ || !tiles_.empty(); });
    if (stopped_) return std::nullopt;
    if (tiles_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    StoredTile tile = std::move(tiles_.front());
    tiles_.pop_front();
    room_.notify_one();
    return tile;
  }

  /// No tile will follow.
  void end(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    error_ = std::move(error);
    more_.notify_one();
  }

  /// Nobody waits any more.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    more_.notify_all();
    room_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_, more_;
  std::deque<StoredTile> tiles_;
  bool ended_ = false, stopped_ = false;
  std::exception_ptr error_;
};

}  // namespace limpid
