#include "engine/grid/pulled_grid.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "engine/grid/run_grid.h"
#include "kernels/core/bounded_queue.h"
#include "kernels/core/error.h"
#include "kernels/core/process.h"

namespace limpid {
namespace {

/// Tiles made ahead of whoever pulls: a few lanes may finish together, and a stop is to cost little.
constexpr std::size_t kAhead = 8;

/// Nobody looks.
class NoObserver final : public GridObserver {
 public:
  void planned(const GridPlan&) override {}
  void started(std::size_t, const Job&) override {}
  void progressed(std::size_t, const Job&, int, double) override {}
  void finished(std::size_t, const Job&, const StoredTile&) override {}
};

/// A store whose tiles also go into a queue, and are counted. For any number of threads, whatever the store is for.
class TappedStore final : public GridStore {
 public:
  TappedStore(std::unique_ptr<GridStore> store, BoundedQueue<StoredTile>& queue,
              std::atomic<std::size_t>& tiles)
      : store_(std::move(store)), queue_(queue), tiles_(tiles) {}

  const Manifest& manifest() const override { return store_->manifest(); }
  std::filesystem::path folder_of_files() const override { return store_->folder_of_files(); }
  std::filesystem::path algorithms_file() const override { return store_->algorithms_file(); }
  std::set<std::int64_t> finished() const override {
    const std::lock_guard lock(mutex_);
    return store_->finished();
  }
  StoredTile read(std::int64_t job) const override {
    const std::lock_guard lock(mutex_);
    return store_->read(job);
  }
  std::vector<std::string> warnings() const override {
    const std::lock_guard lock(mutex_);
    return store_->warnings();
  }
  void put(StoredTile tile) override {
    {
      const std::lock_guard lock(mutex_);
      store_->put(tile);
      ++tiles_;
    }
    queue_.put(std::move(tile));
  }
  void flush() override {
    const std::lock_guard lock(mutex_);
    store_->flush();
  }
  void close() override {
    const std::lock_guard lock(mutex_);
    store_->close();
  }
  void conclude() override {
    const std::lock_guard lock(mutex_);
    store_->conclude();
  }

 private:
  std::unique_ptr<GridStore> store_;
  BoundedQueue<StoredTile>& queue_;
  std::atomic<std::size_t>& tiles_;
  mutable std::mutex mutex_;
};

}  // namespace

struct PulledGrid::State {
  std::shared_ptr<const Model> model;
  std::unique_ptr<JobFileReader> files;
  GridOptions options;
  BoundedQueue<StoredTile> queue{kAhead};
  std::unique_ptr<GridStore> store;    ///< Tapped.
  std::atomic<std::size_t> tiles = 0;  ///< That the store has.
  std::set<std::int64_t> found;        ///< Those not given yet.
  std::optional<StoredTile> pending;   ///< Out of the queue, and not known to be on disk.
  std::atomic<bool> cancelled = false;
  std::atomic<bool> in_use = false;
  std::uint32_t process = process_number();
  std::thread thread;

  void run() noexcept {
    std::exception_ptr error;
    try {
      NoObserver observer;
      run_grid(*model, *store, options, observer, cancelled);
      // Whoever pulled the last tile may have cancelled what was finished.
      if (!cancelled || tiles == store->manifest().jobs.size()) store->conclude();
    } catch (...) {
      error = std::current_exception();
      close_store();
    }
    queue.close(error);
  }

  /// What was finished before something failed is kept.
  void close_store() noexcept {
    try {
      store->close();
    } catch (...) {
      // The first error is told.
    }
  }

  std::optional<StoredTile> next() {
    if (!thread.joinable()) thread = std::thread([this] { run(); });
    if (cancelled) return std::nullopt;
    if (!found.empty()) {
      const std::int64_t job = *found.begin();
      found.erase(found.begin());
      return store->read(job);
    }
    if (!pending) pending = queue.take();
    if (pending) store->flush();
    return std::exchange(pending, std::nullopt);
  }

  void cancel() {
    cancelled = true;
    queue.abandon();
  }

  /// Neither the thread nor whoever held locks is in a process that was forked since.
  bool is_of_this_process() const { return process == process_number(); }

  void require_this_process() const {
    if (!is_of_this_process())
      fail_runtime("the grid is of the process that this one was forked from: open one here");
  }
};

PulledGrid::PulledGrid(std::shared_ptr<const Model> model, std::unique_ptr<GridStore> store,
                       std::vector<ComputeOptions> devices, int batch, std::unique_ptr<JobFileReader> files)
    : state_(std::make_unique<State>()) {
  state_->model = std::move(model);
  state_->files = std::move(files);
  state_->options.devices = std::move(devices);
  state_->options.batch = batch;
  state_->options.files = state_->files.get();
  state_->options.abandon = &state_->cancelled;
  state_->store = std::make_unique<TappedStore>(std::move(store), state_->queue, state_->tiles);
  state_->found = state_->store->finished();
  state_->tiles = state_->found.size();
}

PulledGrid::~PulledGrid() {
  if (!state_->is_of_this_process()) {
    static_cast<void>(state_.release());  // All of it is left as it is.
    return;
  }
  state_->cancel();
  if (state_->thread.joinable()) state_->thread.join();
}

std::optional<StoredTile> PulledGrid::next() {
  state_->require_this_process();
  if (state_->in_use.exchange(true)) fail_usage("the grid is used by two threads at once");
  struct Leave {
    std::atomic<bool>& in_use;
    ~Leave() { in_use = false; }
  } leave{state_->in_use};
  return state_->next();
}

void PulledGrid::cancel() {
  state_->require_this_process();
  state_->cancel();
}

bool PulledGrid::cancelled() const noexcept {
  return state_->cancelled;
}

const Manifest& PulledGrid::manifest() const {
  return state_->store->manifest();
}

}  // namespace limpid
