// Each kind of fault is reported, and what is sound is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "tests/cuda_on_cpu/machine.h"
#include "tests/cuda_on_cpu/planted_faults.h"

namespace emulated {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kFloats = 64;

/// Memory of 64 floats, and a stream that waits for no other.
class Checks : public ::testing::Test {
 protected:
  Checks() {
    cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking);
    cudaStreamCreateWithFlags(&other_, cudaStreamNonBlocking);
    cudaEventCreateWithFlags(&event_, cudaEventDisableTiming);
    for (void** p : {&memory_, &result_}) cudaMalloc(p, kFloats * sizeof(float));
  }
  ~Checks() override {
    cudaEventDestroy(event_);
    cudaStreamDestroy(stream_);
    cudaStreamDestroy(other_);
    cudaFree(memory_);
    cudaFree(result_);
  }

  void fill(cudaStream_t stream) { cudaMemsetAsync(memory_, 0, kFloats * sizeof(float), stream); }
  float* memory() const { return static_cast<float*>(memory_); }
  float* result() const { return static_cast<float*>(result_); }

  /// What all work so far has reported.
  std::vector<std::string> reports() {
    cudaDeviceSynchronize();
    return take_reports();
  }
  void expect_report(const char* kind) { EXPECT_THAT(reports(), Contains(HasSubstr(kind))); }

  cudaStream_t stream_ = nullptr, other_ = nullptr;
  cudaEvent_t event_ = nullptr;
  void *memory_ = nullptr, *result_ = nullptr;
};

TEST_F(Checks, SoundWorkIsNotReported) {
  fill(stream_);
  read_one(stream_, memory(), kFloats - 1, result());
  swap_neighbours(stream_, result(), true);
  write_one_place(stream_, static_cast<int*>(memory_), true);
  std::array<float, kFloats> values{};
  cudaMemcpyAsync(values.data(), result_, sizeof values, cudaMemcpyDeviceToHost, stream_);
  EXPECT_EQ(values[4], 5);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(Checks, Bounds) {
  fill(stream_);
  read_one(stream_, memory(), kFloats, result());
  expect_report("read out of bounds in emulated");
  fill(stream_);
  read_one(stream_, memory(), -1, result());
  expect_report("read out of bounds");
  write_beyond_shared(stream_, result());
  expect_report("write out of bounds");
  cudaMemsetAsync(memory_, 0, kFloats * sizeof(float) + 1, stream_);
  expect_report("write out of bounds in memset");
}

TEST_F(Checks, FreedMemory) {
  float* gone = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&gone), sizeof(float));
  cudaMemset(gone, 0, sizeof(float));
  cudaFree(gone);
  read_one(stream_, gone, 0, result());
  expect_report("read out of bounds");
}

TEST_F(Checks, HostMemory) {
  const std::vector<float> host(1);
  read_one(stream_, host.data(), 0, result());
  expect_report("read of host memory");
}

TEST_F(Checks, Alignment) {
  fill(stream_);
  read_vector(stream_, static_cast<const char*>(memory_) + 4, static_cast<float4*>(result_));
  expect_report("misaligned read");
}

TEST_F(Checks, Initialisation) {
  read_one(stream_, memory(), 0, result());
  expect_report("read of memory that is not initialised");
  read_shared_unwritten(stream_, result());
  expect_report("read of shared memory that is not initialised");
}

TEST_F(Checks, RacesWithinALaunch) {
  swap_neighbours(stream_, result(), false);
  expect_report("race");
  write_one_place(stream_, static_cast<int*>(memory_), false);
  expect_report("write-write race");
}

TEST_F(Checks, BarriersAndExchangesWithoutAllThreads) {
  leave_before_barrier(stream_, result());
  expect_report("barrier after threads of the block have ended");
  leave_before_exchange(stream_, result());
  expect_report("exchange without all lanes");
}

TEST_F(Checks, StreamsInNoOrder) {
  fill(stream_);
  read_one(other_, memory(), 0, result());
  cudaDeviceSynchronize();
  EXPECT_FALSE(take_reports().empty());
  // The default stream's memset is waited for by no stream of ours.
  cudaMemset(memory_, 0, kFloats * sizeof(float));
  read_one(stream_, memory(), 0, result());
  expect_report("operations in no order");
}

TEST_F(Checks, StreamsThatWait) {
  fill(stream_);
  cudaEventRecord(event_, stream_);
  cudaStreamWaitEvent(other_, event_, 0);
  read_one(other_, memory(), 0, result());
  cudaStreamSynchronize(other_);
  fill(stream_);
  EXPECT_THAT(reports(), IsEmpty());
}

/// Two readers in no order, after one of which memory is written.
TEST_F(Checks, EveryReaderCounts) {
  fill(stream_);
  cudaDeviceSynchronize();
  read_one(stream_, memory(), 0, result());
  read_one(other_, memory(), 0, result() + 1);
  cudaEventRecord(event_, stream_);
  cudaStreamWaitEvent(other_, event_, 0);
  fill(stream_);
  expect_report("operations in no order");
}

/// A graph of a memset and a read, one after the other only if `joined`.
cudaGraphExec_t capture(cudaStream_t stream, cudaStream_t other, cudaEvent_t event, float* memory,
                        float* result, bool in_order) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
  if (in_order) cudaMemsetAsync(memory, 0, sizeof(float), stream);
  cudaEventRecord(event, stream);
  cudaStreamWaitEvent(other, event, 0);
  if (!in_order) cudaMemsetAsync(memory, 0, sizeof(float), stream);
  read_one(other, memory, 0, result);
  cudaEventRecord(event, other);
  cudaStreamWaitEvent(stream, event, 0);
  cudaStreamEndCapture(stream, &graph);
  cudaGraphInstantiate(&exec, graph, 0);
  cudaGraphDestroy(graph);
  return exec;
}

TEST_F(Checks, NodesOfAGraph) {
  for (const bool in_order : {true, false}) {
    fill(stream_);
    cudaGraphExec_t exec = capture(stream_, other_, event_, memory(), result(), in_order);
    for (int i = 0; i < 3; ++i) cudaGraphLaunch(exec, stream_);
    EXPECT_EQ(reports().empty(), in_order);
    cudaGraphExecDestroy(exec);
  }
}

TEST_F(Checks, CapturesThatAreNotJoined) {
  cudaGraph_t graph = nullptr;
  cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal);
  cudaEventRecord(event_, stream_);
  cudaStreamWaitEvent(other_, event_, 0);
  fill(other_);
  EXPECT_NE(cudaStreamEndCapture(stream_, &graph), cudaSuccess);
  expect_report("not joined");
}

TEST_F(Checks, CallsThatACaptureForbids) {
  void* p = nullptr;
  cudaGraph_t graph = nullptr;
  cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal);
  EXPECT_NE(cudaMalloc(&p, 4), cudaSuccess);
  EXPECT_NE(cudaDeviceSynchronize(), cudaSuccess);
  cudaStreamEndCapture(stream_, &graph);
  cudaGraphDestroy(graph);
  expect_report("call while the thread captures");
}

TEST_F(Checks, LaunchesThatTheDeviceRefuses) {
  launch_too_many_threads(stream_, result());
  EXPECT_NE(cudaGetLastError(), cudaSuccess);
  expect_report("a launch that the device refuses");
}

TEST_F(Checks, CopiesOfTheWrongKind) {
  float value = 0;
  EXPECT_NE(cudaMemcpyAsync(&value, memory_, sizeof value, cudaMemcpyHostToDevice, stream_), cudaSuccess);
  expect_report("a copy whose kind is not what its pointers are");
}

/// A program that reports anything, or leaves a handle behind, ends with an exit code of its own.
TEST(ChecksAtTheEnd, OfHandles) {
  const auto leak = [] {
    void* p = nullptr;
    cudaMalloc(&p, 4);
    std::exit(0);
  };
  EXPECT_EXIT(leak(), ::testing::ExitedWithCode(86), "never destroyed in host code: 1 device allocations");
  EXPECT_EXIT(std::exit(0), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace emulated
