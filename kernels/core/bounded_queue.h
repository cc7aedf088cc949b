// A queue between threads that holds a bounded number of things.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace limpid {

/// For any number of threads that put, and that take.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False, and `item` is lost, once the queue is closed.
  bool put(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  /// Waits for the next; nothing once the queue is closed and empty, or what it was closed with is thrown, each time.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  /// No more will be put. What is there can be taken. One that is closed stays as it is.
  void close(std::exception_ptr error = nullptr) {
    const std::scoped_lock lock(mutex_);
    if (closed_) return;
    closed_ = true;
    error_ = std::move(error);
    room_.notify_all();
    filled_.notify_all();
  }

  /// The same, and what is there is dropped, an error too.
  void abandon() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    error_ = nullptr;
    items_.clear();
    room_.notify_all();
    filled_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<T> items_;
  bool closed_ = false;
  std::exception_ptr error_;
};

}  // namespace limpid
