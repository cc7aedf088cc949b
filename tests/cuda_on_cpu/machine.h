// The emulated machine, for the parts of it: reports, memory, order of operations.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace emulated {

/// Held by every call into the emulation: the host's threads take turns.
extern std::recursive_mutex machine;
using Turn = std::lock_guard<std::recursive_mutex>;

// report.cpp

/// A defect of what is tested. Printed once for each kind, operation and place; the program then ends with exit code 86.
void report(const std::string& kind, const std::string& detail = {}, const void* code = nullptr);
/// What was reported since the last call, which so does not count: for the emulation's own tests.
std::vector<std::string> take_reports();
/// A handle of the kind was made (1) or destroyed (-1); those that are left at the end are reported.
void count_handles(const char* kind, int change);
int setting(const char* name, int otherwise);
/// Of a sequence that $EMULATED_SEED chooses.
std::uint64_t random_number();

// memory.cpp

/// All NaN at first. Null where there is no more.
void* allocate(std::size_t bytes);
/// False where p is no live allocation.
bool release(void* p);
std::uint64_t allocated_bytes();
bool on_device(const void* p);
/// Empty where [p, p + bytes) lies in one live allocation, else what is wrong.
std::string fault_of(const void* p, std::size_t bytes);

/// Of an operation that is no kernel: [p, p + bytes) is read or written. False, and reported, where it must not be.
bool touch(const char* what, const void* p, std::size_t bytes, bool write);
/// The same for a copy within the device, which may hand on what was never written.
bool touch_copy(void* to, const void* from, std::size_t bytes);

struct SharedMemory {
  char* base;
  std::uint8_t* owner;  ///< Of each byte the number of its variable, 0 for none.
  std::size_t bytes;
};
extern const SharedMemory shared_memory;

/// The thread that runs, where a kernel does.
struct Place {
  bool in_kernel = false;
  std::uint64_t block_run = 0;                        ///< Counts the blocks that have run, of all launches.
  std::uint32_t block = 0, interval = 0, thread = 0;  ///< Interval: between which barriers.
};
extern Place place;
struct Range {
  const char *begin = nullptr, *end = nullptr;
  bool holds(const void* p) const { return p >= begin && p < end; }
};
extern Range thread_stacks, kernel_arguments;

// order.cpp

struct GraphLaunch;
using Clock = std::vector<std::uint32_t>;

/// Where an operation stands among all others: the `number`th of a timeline, after `before[t]` operations of each
/// timeline t. A graph's nodes share the place of the whole launch and have an order of their own.
struct Position {
  int timeline = 0;
  std::uint32_t number = 0;
  Clock before;
  std::shared_ptr<const GraphLaunch> graph;
  int node = 0;
};
struct GraphLaunch {
  std::vector<std::vector<bool>> before;  ///< before[i][j]: node j ends before node i begins.
};
bool happens_before(const Position& a, const Position& b);

struct Operation {
  std::string name;
  std::function<void()> run;
  std::shared_ptr<const Position> position;
  int unmet = 1;  ///< What it waits for: others, and to be submitted.
  bool done = false;
  std::vector<std::shared_ptr<Operation>> next;
};
using OperationPointer = std::shared_ptr<Operation>;

/// The operation that runs; null for host code.
extern const Operation* running;
/// Counts operations: the one that runs is the last.
extern std::uint32_t operations_run;

int new_timeline();
/// `op` runs after `on`.
void depend(const OperationPointer& op, Clock& before, const OperationPointer& on);
/// Gives the operation its place and lets it run once nothing holds it back.
void submit(const OperationPointer& op, Position position);
void wait_for(const OperationPointer& op);
void wait_for_all();

// fibers.cpp

struct Kernel {
  dim3 grid, block;
  std::size_t shared_bytes = 0;
  std::shared_ptr<const void> arguments;
  std::size_t argument_bytes = 0;
  void (*thread)(const void*) = nullptr;
};
void run_kernel(const Kernel& kernel);

// runtime.cpp

/// An operation in a stream's order, or the next node of what the stream captures.
cudaError_t enqueue(cudaStream_t stream, const std::string& name, std::function<void()> run);

}  // namespace emulated
