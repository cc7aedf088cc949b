#include "engine/grid/writer_thread.h"

#include <utility>

namespace limpid {
namespace {

std::size_t memory_of(const StoredTile& tile) {
  return sizeof(tile) + tile.rgb.size() + tile.parameters.size() * sizeof(float) +
         tile.objective.size() * sizeof(double) + tile.failure.size();
}

}  // namespace

WriterThread::WriterThread(TileWriter& writer, std::size_t capacity)
    : writer_(writer), capacity_(capacity), thread_([this] { run(); }) {}

WriterThread::~WriterThread() {
  try {
    close();
  } catch (...) {
    // Who cares for the error has called close().
  }
}

void WriterThread::put(StoredTile tile) {
  const std::size_t bytes = memory_of(tile);
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return failure_ || queue_.empty() || queued_bytes_ + bytes <= capacity_; });
  rethrow_failure();
  queue_.push_back(std::move(tile));
  queued_bytes_ += bytes;
  work_.notify_one();
}

void WriterThread::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    work_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  rethrow_failure();
}

void WriterThread::rethrow_failure() {
  if (failure_) std::rethrow_exception(failure_);
}

void WriterThread::run() {
  std::unique_lock lock(mutex_);
  try {
    write_queue(lock);
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    failure_ = std::current_exception();
    queue_.clear();
    room_.notify_all();
  }
}

void WriterThread::write_queue(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const auto ready = [this] { return closing_ || !queue_.empty(); };
    if (const auto due = writer_.flush_due()) {
      work_.wait_until(lock, *due, ready);
    } else {
      work_.wait(lock, ready);
    }
    if (queue_.empty()) {
      // Closing, or the tiles that wait have waited long enough.
      const bool last = closing_;
      lock.unlock();
      writer_.flush();
      lock.lock();
      if (last) return;
      continue;
    }
    StoredTile tile = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const std::size_t bytes = memory_of(tile);
    writer_.append(std::move(tile));
    lock.lock();
    // Only now: a tile that is being written takes memory still.
    queued_bytes_ -= bytes;
    room_.notify_all();
  }
}

}  // namespace limpid
