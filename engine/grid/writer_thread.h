// Tiles are written while the device goes on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "engine/grid/tile_store.h"

namespace limpid {

/// A thread that hands tiles to a TileWriter, behind a queue bounded in bytes.
class WriterThread {
 public:
  static constexpr std::size_t kDefaultCapacity = std::size_t{64} << 20U;

  /// `writer` is this thread's alone until `close` returns. `capacity` is in bytes; one tile is taken however
  /// large it is.
  explicit WriterThread(TileWriter& writer, std::size_t capacity = kDefaultCapacity);
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;
  ~WriterThread();  ///< Closes; an error is lost.

  /// Queues a tile; waits while the queue is full. Called by any thread. Throws what writing an earlier tile
  /// threw.
  void put(StoredTile tile);

  /// Writes all that is queued, durably, and ends the thread. Throws what writing threw. No `put` may follow.
  void close();

 private:
  void run();
  void write_queue(std::unique_lock<std::mutex>& lock);
  void rethrow_failure();

  TileWriter& writer_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable work_;  ///< The queue is not empty, or closing.
  std::condition_variable room_;  ///< The queue shrank, or writing failed.
  std::deque<StoredTile> queue_;
  std::size_t queued_bytes_ = 0;
  bool closing_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace limpid
