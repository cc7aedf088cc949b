#include "kernels/cuda_program.h"

#include <cuda_runtime.h>

#include <cstdlib>
#include <string_view>
#include <utility>

#include "kernels/core/cuda_status.h"
#include "kernels/core/stream_assignment.h"

namespace limpid::cuda {
namespace {

cudaStream_t native(const Stream& stream) {
  return static_cast<cudaStream_t>(stream.cuda);
}

class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "creating an event"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "recording an event"); }
  void hold(cudaStream_t stream) const {
    check(cudaStreamWaitEvent(stream, event_, 0), "waiting for an event");
  }

 private:
  cudaEvent_t event_ = nullptr;
};

class SideStream {
 public:
  SideStream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream"); }
  ~SideStream() { cudaStreamDestroy(stream_); }
  SideStream(const SideStream&) = delete;
  SideStream& operator=(const SideStream&) = delete;
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// Tasks in the order they are in.
class Eager final : public Program {
 public:
  explicit Eager(std::vector<Task> tasks) : tasks_(std::move(tasks)) {}
  void run(const Stream& stream) override {
    for (const Task& task : tasks_) task.run(stream);
  }

 private:
  std::vector<Task> tasks_;
};

/// An instantiated graph. The tasks are kept, for they own what the captured kernels refer to.
class Graph final : public Program {
 public:
  Graph(cudaGraph_t graph, std::vector<Task> tasks) : tasks_(std::move(tasks)) {
    const cudaError_t status = cudaGraphInstantiate(&graph_, graph, 0);
    cudaGraphDestroy(graph);
    check(status, "instantiating a graph");
  }
  ~Graph() override { cudaGraphExecDestroy(graph_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void run(const Stream& stream) override {
    check(cudaGraphLaunch(graph_, native(stream)), "launching a step");
  }

 private:
  cudaGraphExec_t graph_ = nullptr;
  std::vector<Task> tasks_;
};

/// A capture that ends with its scope, whatever happens inside.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    // Of this thread only: others may allocate meanwhile, as they prepare plans of their own.
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "beginning a capture");
  }
  ~Capture() {
    if (ended_) return;
    cudaGraph_t graph = nullptr;
    cudaStreamEndCapture(stream_, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    cudaGetLastError();
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  cudaGraph_t end() {
    ended_ = true;
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(stream_, &graph), "capturing a step");
    return graph;
  }

 private:
  cudaStream_t stream_;
  bool ended_ = false;
};

bool graphs_wanted() {
  const char* setting = std::getenv("LIMPID_GRAPH");
  return setting == nullptr || std::string_view(setting) != "0";
}

/// Runs the tasks on the streams they are assigned to, forked from and joined to the stream that captures.
class ParallelCapture {
 public:
  ParallelCapture(cudaStream_t origin, const std::vector<Task>& tasks) : tasks_(tasks) {
    std::vector<std::vector<int>> after;
    for (const Task& task : tasks) after.push_back(task.after);
    assignment_ = assign_streams(after);
    side_ = std::vector<SideStream>(static_cast<std::size_t>(assignment_.streams - 1));
    streams_.push_back(origin);
    for (const SideStream& stream : side_) streams_.push_back(stream.get());
    done_ = std::vector<Event>(tasks.size());
  }

  cudaGraph_t graph() {
    Capture capture(streams_.front());
    fork();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const AssignedTask& task = assignment_.tasks[i];
      const cudaStream_t stream = streams_[static_cast<std::size_t>(task.stream)];
      for (const int j : task.waits) done_[static_cast<std::size_t>(j)].hold(stream);
      capture_task(tasks_[i], stream);
      done_[i].record(stream);
    }
    join();
    return capture.end();
  }

 private:
  /// Whatever a task does that a capture cannot hold spoils the whole of it, and is told at its end: too late to say whose fault
  /// it was.
  static void capture_task(const Task& task, cudaStream_t stream) {
    try {
      task.run({nullptr, stream});
    } catch (const Error& e) {
      fail_runtime("capturing {} into a graph: {}", task.name, e.what());
    }
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    check(cudaStreamIsCapturing(stream, &status), "asking for the capture");
    if (status == cudaStreamCaptureStatusActive) return;
    fail_runtime("CUDA: {} cannot be captured into a graph; LIMPID_GRAPH=0 runs steps without one",
                 task.name);
  }

  /// Side streams belong to a capture only once they wait for something of it.
  void fork() {
    start_.record(streams_.front());
    for (std::size_t i = 1; i < streams_.size(); ++i) start_.hold(streams_[i]);
  }

  void join() {
    std::vector<int> last(streams_.size(), -1);
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      last[static_cast<std::size_t>(assignment_.tasks[i].stream)] = static_cast<int>(i);
    }
    for (std::size_t i = 1; i < last.size(); ++i) {
      done_[static_cast<std::size_t>(last[i])].hold(streams_.front());
    }
  }

  const std::vector<Task>& tasks_;
  StreamAssignment assignment_;
  std::vector<SideStream> side_;
  std::vector<cudaStream_t> streams_;
  std::vector<Event> done_;
  Event start_;
};

}  // namespace

std::unique_ptr<Program> record(const Stream& stream, std::vector<Task> tasks) {
  for (const Task& task : tasks) {
    task.run(stream);
    const cudaError_t status = cudaStreamSynchronize(native(stream));
    if (status != cudaSuccess) fail_runtime("CUDA: {}: {}", task.name, cudaGetErrorString(status));
  }
  if (!graphs_wanted()) return std::make_unique<Eager>(std::move(tasks));
  cudaGraph_t graph = ParallelCapture(native(stream), tasks).graph();
  return std::make_unique<Graph>(graph, std::move(tasks));
}

}  // namespace limpid::cuda
