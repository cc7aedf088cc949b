#include "engine/optimize/scheduler.h"

#include <algorithm>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/network/device.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/lane_runner.h"
#include "engine/optimize/restarts.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Steps between looks at a GPU's results. A look waits for the device, 10 us against 32 steps.
constexpr int kPollSteps = 32;

/// Slots of a GPU's lane unless told otherwise: enough to fill its multiprocessors; a larger batch only makes
/// the last one of a layer emptier.
constexpr int kLargestAutomaticBatch = 64;

/// How the jobs are spread.
struct Layout {
  int lanes = 1;
  int batch = 1;
  int threads = 0;  ///< Host threads of each lane; 0 for all.
};

/// A device of its own and the lane on it, so that one can be made while another one runs.
struct Station {
  std::unique_ptr<Device> device;
  LaneSpec spec;
  std::unique_ptr<Lane> lane;

  /// `least_slots`: what the batch may be halved to, until it fits the device. Throws OutOfMemory where it does not.
  Station(const Model& model, std::unique_ptr<Device> its_device, LaneSpec wanted, int least_slots)
      : device(std::move(its_device)) {
    wanted.executor = device->executor_options();
    for (;;) {
      try {
        lane = std::make_unique<Lane>(device->backend(), device->stream(), model, wanted);
        spec = std::move(wanted);
        return;
      } catch (const OutOfMemory&) {
        if (wanted.slots / 2 < least_slots) throw;
        wanted.slots /= 2;
      }
    }
  }
};

/// A source that dries up once either flag is set.
class Until final : public JobSource {
 public:
  Until(JobSource& inner, const std::atomic<bool>& stop, const std::atomic<bool>& halt)
      : inner_(inner), stop_(stop), halt_(halt) {}
  std::optional<Job> next() override { return stop_ || halt_ ? std::nullopt : inner_.next(); }

 private:
  JobSource& inner_;
  const std::atomic<bool>& stop_;
  const std::atomic<bool>& halt_;
};

/// One thread's share: lane after lane, each until no job fits it.
class Worker {
 public:
  Worker(const Model& model, const ScheduleOptions& options, const Layout& layout, bool shared,
         const DeviceMaker& make_device, JobSource& source, JobSink& sink, const std::atomic<bool>& stop)
      : model_(model),
        make_device_(make_device),
        compute_(options.compute),
        layout_(layout),
        keep_parameters_(options.keep_parameters),
        frame_every_(options.frame_every),
        shared_(shared),
        source_(source),
        sink_(sink),
        stop_(stop) {
    if (layout.threads > 0) compute_.threads = layout.threads;
  }

  void run() {
    take();
    std::unique_ptr<Station> station;
    while (pending_) {
      station = station_for_pending(std::move(station));
      const int poll_steps = station->device->backend().asynchronous() ? kPollSteps : 1;
      LaneRunner runner(*station->lane, station->spec.slots, {poll_steps, keep_parameters_, frame_every_},
                        sink_);
      runner.run([&] { return next_for(*station); });
    }
  }

  int batch() const { return batch_; }
  bool halved() const { return halved_; }

  /// A device already made, for the first lane.
  void take_device(std::unique_ptr<Device> device) { first_device_ = std::move(device); }

 private:
  void take() {
    pending_ = stop_ ? std::nullopt : source_.next();
    if (pending_) check_render_options(pending_->options);
  }

  LaneSpec wanted() const {
    LaneSpec spec = lane_for(model_, pending_->options, shared_);
    spec.slots = spec.staged ? 1 : layout_.batch;
    return spec;
  }

  std::unique_ptr<Station> station_for_pending(std::unique_ptr<Station> old) {
    std::unique_ptr<Station> made = ahead_.valid() ? ahead_.get() : nullptr;
    old.reset();  // Its memory is wanted.
    if (!made) made = make_station(wanted(), 1);
    batch_ = made->spec.slots;
    if (batch_ < wanted().slots) halved_ = true;
    return made;
  }

  /// The pending job, if it fits; then the one after it is taken. On a GPU, the lane of a job that does not
  /// fit is made while the others finish; on the CPU that would only take time from them, and a job taken
  /// before its turn might have been another thread's.
  std::optional<Job> next_for(const Station& station) {
    if (stop_) pending_.reset();
    if (!pending_ && !drained_) {
      take();
      drained_ = !pending_;
    }
    if (!pending_) return std::nullopt;
    if (!fits(station.spec, wanted())) {
      if (!ahead_.valid() && station.device->backend().asynchronous()) {
        ahead_ = std::async(std::launch::async, [this, spec = wanted()] { return station_beside(spec); });
      }
      return std::nullopt;
    }
    return std::exchange(pending_, std::nullopt);
  }

  std::unique_ptr<Station> make_station(const LaneSpec& spec, int least_slots) {
    std::unique_ptr<Device> device = first_device_ ? std::move(first_device_) : make_device_(compute_);
    return std::make_unique<Station>(model_, std::move(device), spec, least_slots);
  }

  /// None where the memory does not hold it beside the lane that runs: alone it may need no smaller batch, on which the last
  /// bits of its tiles depend.
  std::unique_ptr<Station> station_beside(const LaneSpec& spec) {
    try {
      return make_station(spec, spec.slots);
    } catch (const OutOfMemory&) {
      return nullptr;
    }
  }

  const Model& model_;
  const DeviceMaker& make_device_;
  std::unique_ptr<Device> first_device_;
  ComputeOptions compute_;
  Layout layout_;
  bool keep_parameters_;
  int frame_every_;
  bool shared_;
  JobSource& source_;
  JobSink& sink_;
  const std::atomic<bool>& stop_;
  std::optional<Job> pending_;
  bool drained_ = false;
  std::future<std::unique_ptr<Station>> ahead_;
  int batch_ = 0;
  bool halved_ = false;
};

Layout lay_out(const ScheduleOptions& options, bool gpu, int cores) {
  const auto jobs = static_cast<int>(std::min<std::int64_t>(options.jobs.value_or(1 << 20), 1 << 20));
  if (gpu) return {1, options.batch > 0 ? options.batch : automatic_gpu_batch(jobs), 0};
  // One image a core has no barriers; all cores on one image only where there are fewer images than cores.
  const int batch = std::max(options.batch, 1);
  const int lanes = std::clamp((jobs + batch - 1) / batch, 1, cores);
  return {lanes, batch, std::max(1, cores / lanes)};
}

}  // namespace

int automatic_gpu_batch(std::int64_t jobs) {
  return static_cast<int>(std::clamp<std::int64_t>(jobs, 1, kLargestAutomaticBatch));
}

ScheduleReport run_jobs(const Model& model, const ScheduleOptions& options, JobSource& source, JobSink& sink,
                        const std::atomic<bool>& stop) {
  return run_jobs(model, options, source, sink, stop,
                  [](const ComputeOptions& compute) { return std::make_unique<Device>(compute); });
}

ScheduleReport run_jobs(const Model& model, const ScheduleOptions& options, JobSource& source, JobSink& sink,
                        const std::atomic<bool>& stop, const DeviceMaker& make_device) {
  if (options.batch < 0)
    fail_usage("batch {}: give 0 to let limpid choose, or a positive number", options.batch);
  ScheduleReport report;
  auto device = make_device(options.compute);  // Fails here, before any thread, where there is none.
  report.device = device->backend().name();
  report.precision = to_string(device->precision());
  const Layout layout = lay_out(options, device->backend().asynchronous(), device->stream().threads());
  const bool shared = options.jobs != 1;

  // The first error of any lane stops the others.
  std::atomic<bool> halt{false};
  std::exception_ptr error;
  std::mutex mutex;
  Until guarded(source, stop, halt);
  EachStart starts(guarded);
  BestStart best(sink);

  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < layout.lanes; ++i) {
    workers.push_back(
        std::make_unique<Worker>(model, options, layout, shared, make_device, starts, best, stop));
  }
  // A lane alone has all that the device has; of several, each makes its share.
  if (layout.lanes == 1) workers.front()->take_device(std::move(device));
  device.reset();
  const auto work = [&](Worker& worker) {
    try {
      worker.run();
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!error) error = std::current_exception();
      halt = true;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < workers.size(); ++i) threads.emplace_back(work, std::ref(*workers[i]));
  work(*workers.front());
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);

  report.lanes = layout.lanes;
  report.batch = layout.batch;
  for (const auto& worker : workers) {
    if (worker->batch() > 0) report.batch = std::min(report.batch, worker->batch());
    if (worker->halved()) report.halved = true;
  }
  return report;
}

}  // namespace limpid
