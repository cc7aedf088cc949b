// limpid_floors: what a card can do, as JSON: bandwidth of copies by size, and what a step's chain of operations costs beside its
// work: a node of a graph (plain, with programmatic launch, forked and joined), a graph of one, a barrier of the whole grid.
#include <cooperative_groups.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <vector>

namespace {

constexpr int kSamples = 7, kNodes = 64, kBarriers = 1000;
constexpr std::size_t kMebi = std::size_t{1} << 20, kLargest = std::size_t{1} << 30;

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "limpid_floors: %s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

__global__ void copy(const float4* __restrict__ from, float4* to, std::size_t count) {
  const std::size_t threads = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += threads)
    to[i] = from[i];
}

__global__ void add_one(float* x) {
  if (threadIdx.x == 0) x[blockIdx.x] += 1;
}

/// The same, started while the node before it runs.
__global__ void add_one_early(float* x) {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
  if (threadIdx.x == 0) x[blockIdx.x] += 1;
}

__global__ void wait_often(int times) {
  for (int i = 0; i < times; ++i) cooperative_groups::this_grid().sync();
}

class Clock {
 public:
  Clock() {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "a stream");
    check(cudaStreamCreateWithFlags(&side_, cudaStreamNonBlocking), "a stream");
    for (cudaEvent_t* event : {&begin_, &end_}) check(cudaEventCreate(event), "an event");
    for (cudaEvent_t* event : {&fork_, &join_})
      check(cudaEventCreateWithFlags(event, cudaEventDisableTiming), "an event");
  }

  cudaStream_t stream() const { return stream_; }

  /// Microseconds of a run, the median of samples of `runs` each.
  double time(int runs, const std::function<void()>& run) const {
    run();
    check(cudaStreamSynchronize(stream_), "a run");
    std::vector<double> samples;
    for (int i = 0; i < kSamples; ++i) {
      check(cudaEventRecord(begin_, stream_), "an event");
      for (int j = 0; j < runs; ++j) run();
      check(cudaEventRecord(end_, stream_), "an event");
      check(cudaEventSynchronize(end_), "a run");
      float milliseconds = 0;
      check(cudaEventElapsedTime(&milliseconds, begin_, end_), "the time");
      samples.push_back(1e3 * static_cast<double>(milliseconds) / runs);
    }
    std::sort(samples.begin(), samples.end());
    return samples[kSamples / 2];
  }

  /// The same of what `work` puts into the stream, as a graph.
  double time_graph(int runs, const std::function<void()>& work) const {
    cudaGraph_t graph{};
    cudaGraphExec_t made{};
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "a capture");
    work();
    check(cudaStreamEndCapture(stream_, &graph), "a capture");
    check(cudaGraphInstantiate(&made, graph, 0), "a graph");
    return time(runs, [&] { check(cudaGraphLaunch(made, stream_), "a graph"); });
  }

  void fork() const {
    check(cudaEventRecord(fork_, stream_), "a fork");
    check(cudaStreamWaitEvent(side_, fork_, 0), "a fork");
  }
  cudaStream_t side() const { return side_; }
  void join() const {
    check(cudaEventRecord(join_, side_), "a join");
    check(cudaStreamWaitEvent(stream_, join_, 0), "a join");
  }

 private:
  cudaStream_t stream_{}, side_{};
  cudaEvent_t begin_{}, end_{}, fork_{}, join_{};
};

void launch_early(const Clock& clock, unsigned blocks, float* x) {
  cudaLaunchConfig_t config{};
  config.gridDim = blocks;
  config.blockDim = 128;
  config.stream = clock.stream();
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &attribute;
  config.numAttrs = 1;
  check(cudaLaunchKernelEx(&config, add_one_early, x), "a kernel");
}

void print_bandwidth(const Clock& clock, int multiprocessors) {
  float4 *from = nullptr, *to = nullptr;
  check(cudaMalloc(&from, kLargest), "memory");
  check(cudaMalloc(&to, kLargest), "memory");
  check(cudaMemset(from, 17, kLargest), "memory");
  check(cudaMemset(to, 1, kLargest), "memory");
  check(cudaDeviceSynchronize(), "memory");
  for (const std::size_t mebi : {1024, 256, 64, 16, 8}) {
    const std::size_t bytes = mebi * kMebi, count = bytes / sizeof(float4);
    const double us = clock.time(20, [&] {
      copy<<<static_cast<unsigned>(8 * multiprocessors), 512, 0, clock.stream()>>>(from, to, count);
    });
    std::printf(", \"copy_%zu_MiB_GB_per_s\": %.0f", mebi, 2 * static_cast<double>(bytes) / us * 1e-3);
  }
  cudaFree(from);
  cudaFree(to);
}

void print_nodes(const Clock& clock, float* x) {
  for (const unsigned blocks : {1U, 132U}) {
    const double plain = clock.time_graph(50, [&] {
      for (int i = 0; i < kNodes; ++i) add_one<<<blocks, 128, 0, clock.stream()>>>(x);
    });
    const double early = clock.time_graph(50, [&] {
      for (int i = 0; i < kNodes; ++i) launch_early(clock, blocks, x);
    });
    std::printf(", \"node_of_%u_us\": %.3f, \"programmatic_node_of_%u_us\": %.3f", blocks, plain / kNodes,
                blocks, early / kNodes);
  }
  const double forked = clock.time_graph(50, [&] {
    for (int i = 0; i < kNodes / 4; ++i) {
      add_one<<<32, 128, 0, clock.stream()>>>(x);
      clock.fork();
      add_one<<<32, 128, 0, clock.side()>>>(x + 4096);
      add_one<<<32, 128, 0, clock.stream()>>>(x);
      clock.join();
      add_one<<<32, 128, 0, clock.stream()>>>(x);
    }
  });
  std::printf(", \"fork_and_join_us\": %.3f", forked / (kNodes / 4));
  const double one = clock.time_graph(500, [&] { add_one<<<1, 128, 0, clock.stream()>>>(x); });
  std::printf(", \"graph_of_one_us\": %.3f", one);
}

void print_barrier(const Clock& clock, int multiprocessors) {
  for (const unsigned threads : {128U, 512U}) {
    int times = kBarriers;
    void* arguments[] = {&times};
    const double us = clock.time(2, [&] {
      check(cudaLaunchCooperativeKernel(reinterpret_cast<void*>(wait_often),
                                        dim3(static_cast<unsigned>(multiprocessors)), dim3(threads),
                                        arguments, 0, clock.stream()),
            "a cooperative kernel");
    });
    std::printf(", \"grid_barrier_of_%u_us\": %.3f", threads, us / kBarriers);
  }
}

}  // namespace

int main() {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "the device");
  const Clock clock;
  std::printf("{\"device\": \"%s\", \"multiprocessors\": %d, \"l2_bytes\": %d", properties.name,
              properties.multiProcessorCount, properties.l2CacheSize);
  print_bandwidth(clock, properties.multiProcessorCount);
  float* x = nullptr;
  check(cudaMalloc(&x, kMebi), "memory");
  check(cudaMemset(x, 0, kMebi), "memory");
  print_nodes(clock, x);
  print_barrier(clock, properties.multiProcessorCount);
  std::printf("}\n");
  return 0;
}
