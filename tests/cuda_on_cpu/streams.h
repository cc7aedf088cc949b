// Streams, events and captures, behind the handles of the runtime's interface.
#pragma once

#include <set>

#include "tests/cuda_on_cpu/machine.h"

namespace emulated {

struct Node {
  std::string name;
  std::function<void()> run;
  std::vector<int> after;
};

/// What streams have captured since it began.
struct Capture {
  std::vector<Node> nodes;
  CUstream_st* origin = nullptr;
  std::set<CUstream_st*> streams;
  cudaError_t broken = cudaSuccess;
  bool ended = false;
};

cudaError_t fail(cudaError_t error);
CUstream_st* resolve(cudaStream_t stream);
/// The operation that is next in a stream's order, which an event may hold back besides.
OperationPointer append(CUstream_st* stream, const std::string& name, std::function<void()> run,
                        const OperationPointer& event = nullptr);
/// What the next operation of a stream comes after; counts `numbers` more operations of it.
Position next_position(CUstream_st* stream, const OperationPointer& op, std::uint32_t numbers = 1);
/// False, and reported, for a call that would spoil what the thread captures.
bool allowed_while_capturing(const char* call);
/// Captures that this thread has begun and not ended.
extern thread_local int captures_of_thread;

}  // namespace emulated

struct CUstream_st {
  bool blocking = true;  ///< Waits for the default stream, which waits for it.
  emulated::OperationPointer last;
  int timeline = emulated::new_timeline();
  std::uint32_t operations = 0;
  std::shared_ptr<emulated::Capture> capture;
  std::vector<int> ends;  ///< Nodes of the capture that the next one comes after.
};

struct CUevent_st {
  emulated::OperationPointer recorded;
  bool timing = true;
  std::shared_ptr<const double> when;  ///< It was recorded, in microseconds of the emulation.
  bool captured = false;
  std::weak_ptr<emulated::Capture> capture;
  std::vector<int> ends;
};
