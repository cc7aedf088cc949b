#include "tools/animation/animation_thread.h"

#include <utility>

namespace limpid {

AnimationThread::AnimationThread(std::unique_ptr<Animation> animation)
    : animation_(std::move(animation)), thread_([this] { run(); }) {}

AnimationThread::~AnimationThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    dropped_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void AnimationThread::put(std::vector<std::uint8_t> rgb) {
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return failure_ || queue_.size() < kMostQueued; });
    if (failure_) std::rethrow_exception(failure_);
    queue_.push_back(std::move(rgb));
  }
  work_.notify_one();
}

void AnimationThread::finish() {
  {
    const std::lock_guard lock(mutex_);
    complete_ = true;
  }
  work_.notify_one();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  animation_->finish();
}

void AnimationThread::run() {
  try {
    encode_queue();
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    room_.notify_one();
  }
}

void AnimationThread::encode_queue() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return complete_ || dropped_ || !queue_.empty(); });
    if (dropped_ || queue_.empty()) return;
    const std::vector<std::uint8_t> frame = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    room_.notify_one();
    animation_->add(frame.data());
    lock.lock();
  }
}

}  // namespace limpid
