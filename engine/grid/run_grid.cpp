#include "engine/grid/run_grid.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "engine/grid/job_queue.h"
#include "engine/image/quantise.h"
#include "engine/network/device.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// The tile of a job as the store takes it.
StoredTile to_tile(const Job& job, JobResult result) {
  StoredTile tile;
  tile.job = job.id;
  tile.height = job.options.height;
  tile.width = picture_width(job.options);
  tile.failure = std::move(result.failure);
  tile.objective = std::move(result.objective);
  tile.parameters = std::move(result.parameters);
  if (tile.failure.empty()) tile.rgb = quantise(result.snapshots.back().image);
  return tile;
}

/// Results of one device on their way to the store.
class DeviceSink : public JobSink {
 public:
  DeviceSink(std::size_t device, GridStore& store, GridObserver& observer, const std::atomic<bool>* abandon)
      : device_(device), store_(store), observer_(observer), abandon_(abandon) {}

  void started(const Job& job) override { observer_.started(device_, job); }

  void progressed(const Job& job, int step, double objective) override {
    observer_.progressed(device_, job, step, objective);
  }

  bool goes_on(const Job& job) override {
    if (abandon_ == nullptr || !*abandon_) return true;
    const std::lock_guard lock(mutex_);
    abandoned_.insert(job.id);
    return false;
  }

  void finished(const Job& job, JobResult result) override {
    if (was_abandoned(job)) return;
    StoredTile tile = to_tile(job, std::move(result));
    observer_.finished(device_, job, tile);
    store_.put(std::move(tile));
  }

 private:
  bool was_abandoned(const Job& job) {
    const std::lock_guard lock(mutex_);
    return abandoned_.contains(job.id);
  }

  std::size_t device_;
  GridStore& store_;
  GridObserver& observer_;
  const std::atomic<bool>* abandon_;
  std::mutex mutex_;
  std::set<std::int64_t> abandoned_;
};

/// Slots of every lane. Those of a store that says how many are always all there, some of them idle at its end.
int batch_of(const Manifest& manifest, const GridOptions& options) {
  if (manifest.batch == 0) return options.batch;
  if (options.batch > 0 && options.batch != manifest.batch) {
    fail_usage(
        "batch: {} in the store, {} asked for: on a GPU it decides the tiles' last bits; leave it out to go on",
        manifest.batch, options.batch);
  }
  return manifest.batch;
}

FetchAdd counter_of(RankTeam* team) {
  if (team == nullptr) return local_counter();
  return [team](std::int64_t amount) { return team->fetch_add(TeamCounter::taken, amount); };
}

/// Runs a schedule on every device until the queue is empty. The first error of any ends all, once what is in
/// flight is done.
class Schedules {
 public:
  Schedules(const Model& model, const GridOptions& options, bool keep_parameters, JobQueue& queue,
            const std::atomic<bool>& stop)
      : model_(model),
        options_(options),
        keep_parameters_(keep_parameters),
        queue_(queue),
        stop_(stop),
        reports_(options.devices.size()) {}

  std::vector<ScheduleReport> run(std::int64_t jobs, GridStore& store, GridObserver& observer) {
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < options_.devices.size(); ++i) {
        threads.emplace_back([this, i, jobs, &store, &observer] { run_on(i, jobs, store, observer); });
      }
    }
    if (error_) std::rethrow_exception(error_);
    return std::move(reports_);
  }

 private:
  void run_on(std::size_t device, std::int64_t jobs, GridStore& store, GridObserver& observer) {
    try {
      DeviceSink sink(device, store, observer, options_.abandon);
      const DeviceMaker make_device = [&store](const ComputeOptions& compute) {
        return std::make_unique<Device>(compute, store.algorithms_file().string());
      };
      reports_[device] = run_jobs(
          model_, {options_.devices[device], batch_of(store.manifest(), options_), jobs, keep_parameters_},
          queue_, sink, stop_, make_device);
    } catch (...) {
      queue_.close();
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  const Model& model_;
  const GridOptions& options_;
  bool keep_parameters_;
  JobQueue& queue_;
  const std::atomic<bool>& stop_;
  std::vector<ScheduleReport> reports_;
  std::mutex mutex_;
  std::exception_ptr error_;
};

GridPlan make_plan_of(const GridStore& store, const Model& model, const Shard& shard) {
  return {jobs_of_shard(order_jobs(model, store.manifest().jobs), shard), store.finished(), store.warnings()};
}

/// An even share of the jobs still to be made, rounded up; each of a job's restarts is one.
std::int64_t share_of_each_device(const GridPlan& plan, const std::vector<RenderOptions>& jobs,
                                  const GridOptions& options) {
  std::int64_t left = 0;
  for (const std::int64_t job : plan.jobs) {
    if (!plan.finished.contains(job)) left += jobs[static_cast<std::size_t>(job)].restarts;
  }
  const std::int64_t workers =
      std::ssize(options.devices) * (options.team == nullptr ? 1 : options.team->size());
  return std::max<std::int64_t>(1, (left + workers - 1) / workers);
}

/// The jobs of the store; those that are to be made hold the files they name.
std::vector<RenderOptions> load_jobs(const GridStore& store, const GridPlan& plan, const Model& model,
                                     JobFileReader* files) {
  std::vector<RenderOptions> jobs = store.manifest().jobs;
  if (files == nullptr) return jobs;
  JobFileLoader loader(model, *files, store.manifest().files, store.folder_of_files());
  for (const std::int64_t job : plan.jobs) {
    if (!plan.finished.contains(job)) loader.load(jobs[static_cast<std::size_t>(job)]);
  }
  return jobs;
}

}  // namespace

std::vector<ScheduleReport> run_grid(const Model& model, GridStore& store, const GridOptions& options,
                                     GridObserver& observer, const std::atomic<bool>& stop) {
  const GridPlan plan = make_plan_of(store, model, options.shard);
  const std::vector<RenderOptions> jobs = load_jobs(store, plan, model, options.files);
  batch_of(store.manifest(), options);  // Refuses before anything is made.
  observer.planned(plan);

  JobQueue queue(jobs, plan.jobs, plan.finished, counter_of(options.team),
                 options.team == nullptr ? 1 : options.team->size());
  std::vector<ScheduleReport> reports =
      Schedules(model, options, store.manifest().keep_parameters, queue, stop)
          .run(share_of_each_device(plan, jobs, options), store, observer);
  store.close();
  return reports;
}

}  // namespace limpid
