// A kernel's threads as fibers of one host thread: block after block, and within a block each thread until it ends or waits
// for others; blocks and threads in random order.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "tests/cuda_on_cpu/device.h"
#include "tests/cuda_on_cpu/machine.h"

namespace emulated {

BuiltIns built_ins;
Place place;
Range thread_stacks, kernel_arguments;

namespace {

constexpr std::size_t kStackBytes = 128 << 10;
constexpr std::size_t kMostThreads = 1024;
constexpr std::size_t kMostSharedBytes = 48 << 10;
constexpr std::size_t kBetweenVariables = 64;
constexpr int kWarp = 32;

enum class State { fresh, runnable, at_barrier, at_exchange, done };

struct Fiber {
  State state = State::fresh;
  void* stack_pointer = nullptr;
  std::size_t stack = 0;
  std::source_location waits_at;
  bool vote = false;
  unsigned mask = 0;
  std::uint64_t value = 0;
  int source_lane = 0;
};

/// Keeps what a call keeps on the stack it leaves, and goes on where the other stack was left.
extern "C" void emulated_switch_stacks(void** left, void* other);
asm(R"(
.text
.globl emulated_switch_stacks
.hidden emulated_switch_stacks
.type emulated_switch_stacks, @function
emulated_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emulated_switch_stacks, .-emulated_switch_stacks
)");
constexpr int kSavedRegisters = 6;

std::vector<std::size_t> free_stacks;
std::vector<Fiber> fibers;
void* scheduler_stack = nullptr;
Fiber* current = nullptr;
const Kernel* kernel_that_runs = nullptr;
bool vote_of_block = false;

void make_stacks() {
  void* memory = mmap(nullptr, kStackBytes * kMostThreads, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  auto* begin = static_cast<char*>(memory);
  for (std::size_t i = kMostThreads; i-- > 0;) {
    mprotect(begin + kStackBytes * i, 4096, PROT_NONE);
    free_stacks.push_back(i);
  }
  thread_stacks = {begin, begin + kStackBytes * kMostThreads};
}

/// Shared memory of the launch that runs. A variable has its place from when a thread first meets it.
class SharedVariables {
 public:
  int add(std::size_t bytes) {
    variables_.push_back({bytes, -1});
    return static_cast<int>(variables_.size()) - 1;
  }

  void begin_launch(std::size_t dynamic_bytes) {
    std::memset(shared_memory.owner, 0, end_);
    end_ = used_ = 0;
    owners_ = 0;
    for (Variable& v : variables_) v.offset = -1;
    if (dynamic_bytes > 0) place_bytes(dynamic_bytes);
  }
  /// What the block before left is no longer there.
  void begin_block() { std::memset(shared_memory.base, 0xff, end_); }

  void* address(int variable) {
    Variable& v = variables_[static_cast<std::size_t>(variable)];
    if (v.offset < 0) v.offset = place_bytes(v.bytes);
    return shared_memory.base + v.offset;
  }

 private:
  struct Variable {
    std::size_t bytes;
    std::ptrdiff_t offset;
  };

  std::ptrdiff_t place_bytes(std::size_t bytes) {
    const std::size_t offset = end_;
    std::memset(shared_memory.owner + offset, ++owners_, bytes);
    std::memset(shared_memory.base + offset, 0xff, bytes);
    end_ = (offset + bytes + kBetweenVariables + 15) / 16 * 16;
    used_ += bytes;
    if (used_ > kMostSharedBytes) report("too much shared memory", std::to_string(used_) + " bytes");
    return static_cast<std::ptrdiff_t>(offset);
  }

  std::vector<Variable> variables_;
  std::size_t end_ = 0, used_ = 0;
  std::uint8_t owners_ = 0;
};
SharedVariables shared_variables;

std::string text_of(const std::source_location& at) {
  return std::string(at.file_name()) + ":" + std::to_string(at.line());
}
bool same(const std::source_location& a, const std::source_location& b) {
  return a.line() == b.line() && std::strcmp(a.file_name(), b.file_name()) == 0;
}

void fiber_main() {
  kernel_that_runs->thread(kernel_that_runs->arguments.get());
  current->state = State::done;
  free_stacks.push_back(current->stack);
  void* never_again;
  emulated_switch_stacks(&never_again, scheduler_stack);
  std::abort();
}

void wait_as(State state) {
  current->state = state;
  place.in_kernel = false;
  emulated_switch_stacks(&current->stack_pointer, scheduler_stack);
}

void start_on_a_stack(Fiber& fiber) {
  fiber.stack = free_stacks.back();
  free_stacks.pop_back();
  const char* end = thread_stacks.begin + kStackBytes * (fiber.stack + 1);
  auto* top = reinterpret_cast<void**>(const_cast<char*>(end)) - 2;
  *--top = nullptr;  // Where fiber_main would return to; aligns the stack as after a call.
  *--top = reinterpret_cast<void*>(&fiber_main);
  for (int i = 0; i < kSavedRegisters; ++i) *--top = nullptr;
  fiber.stack_pointer = top;
}

void resume(std::uint32_t thread) {
  Fiber& fiber = fibers[thread];
  const dim3 extent = built_ins.block_extent;
  built_ins.thread = {thread % extent.x, thread / extent.x % extent.y, thread / extent.x / extent.y};
  place.thread = thread;
  current = &fiber;
  if (fiber.state == State::fresh) start_on_a_stack(fiber);
  fiber.state = State::runnable;
  place.in_kernel = true;
  emulated_switch_stacks(&scheduler_stack, fiber.stack_pointer);
  place.in_kernel = false;
  current = nullptr;
}

/// What is wrong with an exchange of the warp that begins at `first`, once no lane of its mask is still to come.
enum class Lanes { awaited, here };
Lanes lanes_of(const Fiber& fiber, std::size_t first, std::string& wrong) {
  for (std::size_t lane = 0; lane < kWarp; ++lane) {
    if ((fiber.mask >> lane & 1) == 0) continue;
    if (first + lane >= fibers.size()) {
      wrong = "the warp has fewer lanes than the mask";
      continue;
    }
    const Fiber& other = fibers[first + lane];
    if (other.state == State::done) {
      wrong = "a lane of the mask has ended";
    } else if (other.state != State::at_exchange) {
      return Lanes::awaited;
    } else if (!same(other.waits_at, fiber.waits_at) || other.mask != fiber.mask) {
      wrong = "lanes of the mask are at different exchanges";
    }
  }
  return Lanes::here;
}

void finish_exchange(const Fiber& of, std::size_t first) {
  const unsigned mask = of.mask;
  std::uint64_t values[kWarp];
  for (std::size_t lane = 0; lane < kWarp; ++lane) {
    values[lane] = first + lane < fibers.size() ? fibers[first + lane].value : ~std::uint64_t{0};
  }
  for (std::size_t lane = 0; lane < kWarp && first + lane < fibers.size(); ++lane) {
    Fiber& fiber = fibers[first + lane];
    if (fiber.state != State::at_exchange || (mask >> lane & 1) == 0) continue;
    if ((mask >> fiber.source_lane & 1) == 0) {
      report("exchange with a lane that is not in the mask", text_of(fiber.waits_at));
    }
    fiber.value = values[fiber.source_lane];
    fiber.state = State::runnable;
  }
}

/// Of the warps whose lanes have all come; true where there was one.
bool finish_exchanges() {
  bool any = false;
  for (std::size_t i = 0; i < fibers.size(); ++i) {
    Fiber& fiber = fibers[i];
    if (fiber.state != State::at_exchange) continue;
    const std::size_t first = i / kWarp * kWarp;
    std::string wrong = (fiber.mask >> (i - first) & 1) == 0 ? "the lane is not in its own mask" : "";
    if (lanes_of(fiber, first, wrong) == Lanes::awaited) continue;
    if (!wrong.empty()) report("exchange without all lanes", wrong + ", " + text_of(fiber.waits_at));
    finish_exchange(fiber, first);
    fiber.state = State::runnable;
    any = true;
  }
  return any;
}

bool finish_barrier() {
  const Fiber* waits = nullptr;
  bool differs = false, ended = false;
  vote_of_block = false;
  for (const Fiber& fiber : fibers) {
    if (fiber.state == State::done) {
      ended = true;
      continue;
    }
    if (fiber.state != State::at_barrier) return false;
    if (waits == nullptr) waits = &fiber;
    differs = differs || !same(fiber.waits_at, waits->waits_at);
    vote_of_block = vote_of_block || fiber.vote;
  }
  if (waits == nullptr) return false;
  if (differs) report("threads of a block wait at different barriers", text_of(waits->waits_at));
  if (ended) report("barrier after threads of the block have ended", text_of(waits->waits_at));
  for (Fiber& fiber : fibers) {
    if (fiber.state == State::at_barrier) fiber.state = State::runnable;
  }
  ++place.interval;
  return true;
}

template <class T>
void shuffle(std::vector<T>& order) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_number() % i]);
}

void run_block(const std::vector<std::uint32_t>& order) {
  ++place.block_run;
  place.interval = 0;
  fibers.assign(fibers.size(), {});
  shared_variables.begin_block();
  for (;;) {
    bool all_done = true;
    for (const std::uint32_t thread : order) {
      const State state = fibers[thread].state;
      if (state == State::fresh || state == State::runnable) resume(thread);
      all_done = all_done && fibers[thread].state == State::done;
    }
    if (all_done) return;
    if (finish_exchanges() || finish_barrier()) continue;
    report("threads wait for others that do not come");
    for (const Fiber& fiber : fibers) {
      if (fiber.state != State::done) free_stacks.push_back(fiber.stack);
    }
    return;
  }
}

}  // namespace

int new_shared_variable(std::size_t bytes) {
  return shared_variables.add(bytes);
}
void* shared_address(int variable) {
  return shared_variables.address(variable);
}
void* dynamic_shared() {
  return shared_memory.base;
}

bool barrier(bool vote, const std::source_location& at) {
  current->waits_at = at;
  current->vote = vote;
  wait_as(State::at_barrier);
  return vote_of_block;
}

int lane() {
  return static_cast<int>(place.thread % kWarp);
}

std::uint64_t exchange(unsigned mask, std::uint64_t value, int source_lane, const std::source_location& at) {
  current->waits_at = at;
  current->mask = mask;
  current->value = value;
  current->source_lane = source_lane;
  wait_as(State::at_exchange);
  return current->value;
}

void run_kernel(const Kernel& kernel) {
  if (free_stacks.empty()) make_stacks();
  kernel_that_runs = &kernel;
  const auto* arguments = static_cast<const char*>(kernel.arguments.get());
  kernel_arguments = {arguments, arguments + kernel.argument_bytes};
  built_ins.block_extent = kernel.block;
  built_ins.grid_extent = kernel.grid;
  fibers.assign(std::size_t{kernel.block.x} * kernel.block.y * kernel.block.z, {});
  shared_variables.begin_launch(kernel.shared_bytes);
  std::vector<std::uint32_t> threads(fibers.size()),
      blocks(std::size_t{kernel.grid.x} * kernel.grid.y * kernel.grid.z);
  std::iota(threads.begin(), threads.end(), 0U);
  std::iota(blocks.begin(), blocks.end(), 0U);
  shuffle(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i % 16 == 0) shuffle(threads);
    const std::uint32_t b = blocks[i];
    built_ins.block = {b % kernel.grid.x, b / kernel.grid.x % kernel.grid.y,
                       b / kernel.grid.x / kernel.grid.y};
    place.block = b;
    run_block(threads);
  }
}

}  // namespace emulated
