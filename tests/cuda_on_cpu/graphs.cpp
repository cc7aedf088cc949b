// The CUDA runtime's functions for captures and graphs.
#include <algorithm>
#include <utility>

#include "tests/cuda_on_cpu/streams.h"

#define EMULATED_API extern "C" __attribute__((visibility("default")))

using namespace emulated;

struct CUgraph_st {
  std::vector<Node> nodes;
};
struct CUgraphExec_st {
  std::vector<Node> nodes;
  std::vector<std::vector<bool>> before;
};

namespace {

/// Whether every node comes before one of `ends`.
bool all_joined(const std::vector<Node>& nodes, std::vector<int> ends) {
  std::vector<bool> reached(nodes.size());
  while (!ends.empty()) {
    const auto node = static_cast<std::size_t>(ends.back());
    ends.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    ends.insert(ends.end(), nodes[node].after.begin(), nodes[node].after.end());
  }
  return std::find(reached.begin(), reached.end(), false) == reached.end();
}

std::vector<std::vector<bool>> order_of(const std::vector<Node>& nodes) {
  std::vector<std::vector<bool>> before(nodes.size(), std::vector<bool>(nodes.size()));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const int j : nodes[i].after) {
      const std::vector<bool>& earlier = before[static_cast<std::size_t>(j)];
      for (std::size_t k = 0; k < nodes.size(); ++k) before[i][k] = before[i][k] || earlier[k];
      before[i][static_cast<std::size_t>(j)] = true;
    }
  }
  return before;
}

}  // namespace

EMULATED_API cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  if (stream != handle) {
    report("a capture of the default stream");
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  if (stream->capture != nullptr) return fail(cudaErrorIllegalState);
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  stream->capture->streams.insert(stream);
  stream->ends.clear();
  ++captures_of_thread;
  return cudaSuccess;
}

EMULATED_API cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  const Turn turn(machine);
  *graph = nullptr;
  CUstream_st* stream = resolve(handle);
  const auto capture = stream->capture;
  if (capture == nullptr) return fail(cudaErrorIllegalState);
  if (capture->origin != stream) return fail(cudaErrorStreamCaptureUnmatched);
  --captures_of_thread;
  capture->ended = true;
  const bool joined = all_joined(capture->nodes, stream->ends);
  for (CUstream_st* member : capture->streams) {
    member->capture.reset();
    member->ends.clear();
  }
  if (capture->broken != cudaSuccess) return fail(capture->broken);
  if (!joined) {
    report("a captured stream was not joined");
    return fail(cudaErrorStreamCaptureUnjoined);
  }
  *graph = new CUgraph_st{std::move(capture->nodes)};
  count_handles("graphs", 1);
  return cudaSuccess;
}

EMULATED_API cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  const Turn turn(machine);
  const auto& capture = resolve(handle)->capture;
  *status = capture == nullptr               ? cudaStreamCaptureStatusNone
            : capture->broken == cudaSuccess ? cudaStreamCaptureStatusActive
                                             : cudaStreamCaptureStatusInvalidated;
  return cudaSuccess;
}

#undef cudaGraphInstantiate
EMULATED_API cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  const Turn turn(machine);
  *exec = new CUgraphExec_st{graph->nodes, order_of(graph->nodes)};
  count_handles("instantiated graphs", 1);
  return cudaSuccess;
}

EMULATED_API cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t handle) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  if (stream->capture != nullptr) return fail(cudaErrorStreamCaptureUnsupported);
  const auto begin = std::make_shared<Operation>(), end = std::make_shared<Operation>();
  begin->name = "a graph's begin";
  end->name = "a graph's end";
  // The nodes' number is that of the end: what comes after the one comes after the others.
  const Position position = next_position(stream, begin, 1);
  submit(begin, position);
  stream->last = begin;
  Position of_end = next_position(stream, end, 1), of_node = of_end;
  of_node.graph = std::make_shared<const GraphLaunch>(GraphLaunch{exec->before});
  std::vector<OperationPointer> ops;
  Clock ignored;
  for (const Node& node : exec->nodes) {
    auto op = std::make_shared<Operation>();
    op->name = node.name;
    op->run = node.run;
    depend(op, ignored, begin);
    for (const int j : node.after) depend(op, ignored, ops[static_cast<std::size_t>(j)]);
    of_node.node = static_cast<int>(ops.size());
    ops.push_back(op);
    submit(op, of_node);
    depend(end, ignored, op);
  }
  stream->last = end;
  submit(end, std::move(of_end));
  return cudaSuccess;
}

EMULATED_API cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  count_handles("graphs", -1);
  delete graph;
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  if (exec == nullptr) return fail(cudaErrorInvalidValue);
  count_handles("instantiated graphs", -1);
  delete exec;
  return cudaSuccess;
}
