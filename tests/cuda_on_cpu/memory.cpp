// Device memory, and what every access of a kernel is checked for: bounds, initialisation, order. The compiler calls the
// functions at the end, for they are those that -fsanitize=thread asks for; its own runtime is not linked.
#include <dlfcn.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "tests/cuda_on_cpu/device.h"
#include "tests/cuda_on_cpu/machine.h"

namespace emulated {
namespace {

constexpr std::uint64_t kArenaBytes = std::uint64_t{48} << 30;
constexpr std::uint64_t kSharedBytes = 1
                                       << 20;  ///< The first ones of the arena are the blocks' shared memory.
constexpr std::uint64_t kGranule = 256;        ///< Allocations begin at multiples of it.
constexpr std::uint64_t kWord = 4;

char* reserve(std::uint64_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("emulated device");
    std::abort();
  }
  return static_cast<char*>(p);
}

/// Who last wrote a word and who has read it since; 0 for nobody.
struct Cell {
  std::uint64_t write, read;
};

char* const arena = reserve(kArenaBytes);
Cell* const cells = reinterpret_cast<Cell*>(reserve(kArenaBytes / kWord * sizeof(Cell)));
std::uint32_t* const allocation_at =
    reinterpret_cast<std::uint32_t*>(reserve(kArenaBytes / kGranule * sizeof(std::uint32_t)));

struct Allocation {
  std::uint64_t begin, bytes;
  bool freed;
};
std::vector<Allocation> allocations(1);
std::uint64_t next_free = kSharedBytes + kGranule;
std::uint64_t allocated = 0;

std::uint64_t offset_of(const void* p) {
  return static_cast<std::uint64_t>(static_cast<const char*>(p) - arena);
}

std::string text_of(const Allocation& a, std::uint64_t offset) {
  char text[120];
  std::snprintf(text, sizeof text, "%lld bytes into an allocation of %llu%s",
                static_cast<long long>(offset - a.begin), static_cast<unsigned long long>(a.bytes),
                a.freed ? ", which was freed" : "");
  return text;
}

std::string fault_at(std::uint64_t offset, std::uint64_t bytes) {
  std::uint64_t granule = offset / kGranule;
  const Allocation& a = allocations[allocation_at[granule]];
  if (allocation_at[granule] != 0 && !a.freed && offset + bytes <= a.begin + a.bytes) return {};
  for (int back = 0; allocation_at[granule] == 0; ++back, --granule) {
    if (back == 4096 || granule == 0) return "no allocation is near";
  }
  return text_of(allocations[allocation_at[granule]], offset);
}

// An access as a number: who it was. scope 22 | block 20 | interval 10 | thread 10 | of several threads 1 | of several
// blocks 1. The scope of device memory is an operation, or several that are in no order; that of shared memory a block's
// run. What is atomic has a block of its own.
constexpr std::uint64_t kOfSeveralBlocks = 1, kOfSeveralThreads = 2;
constexpr int kThreadShift = 2, kIntervalShift = 12, kBlockShift = 22, kScopeShift = 42;
constexpr std::uint64_t kThreadMask = 0x3ff, kIntervalMask = 0x3ff, kBlockMask = 0xfffff,
                        kScopeMask = 0x3fffff;
constexpr std::uint64_t kAtomicBlock = kBlockMask;
constexpr std::uint64_t kReported = std::uint64_t{1}
                                    << kBlockShift;  ///< Of scope 0, which is before all others.

std::uint64_t scope_of(std::uint64_t key) {
  return key >> kScopeShift;
}
std::uint64_t block_of(std::uint64_t key) {
  return key >> kBlockShift & kBlockMask;
}
std::uint64_t interval_of(std::uint64_t key) {
  return key >> kIntervalShift & kIntervalMask;
}
std::uint64_t thread_of(std::uint64_t key) {
  return key >> kThreadShift & kThreadMask;
}

std::uint64_t key_of(std::uint64_t scope, std::uint64_t block) {
  return (scope & kScopeMask) << kScopeShift | (block & kBlockMask) << kBlockShift |
         (place.interval & kIntervalMask) << kIntervalShift | (place.thread & kThreadMask) << kThreadShift;
}

/// The operations a scope stands for.
struct Scope {
  std::vector<std::shared_ptr<const Position>> positions;
  std::string name;
};
std::vector<Scope> scopes(1);

/// The scope of the operation that runs, made with its first access.
std::uint64_t running_scope() {
  static std::uint32_t operation = 0;
  static std::uint64_t scope = 0;
  if (operation == operations_run) return scope;
  operation = operations_run;
  scope = scopes.size();
  scopes.push_back({{running->position}, running->name});
  return scope;
}

/// Whether all of a scope's operations happen before the one that runs.
bool is_before(std::uint64_t scope) {
  static std::uint64_t asked = 0, asked_by = 0;
  static bool answer = false;
  const std::uint64_t self = running_scope();
  if (scope == asked && self == asked_by) return answer;
  asked = scope;
  asked_by = self;
  answer = true;
  for (const auto& position : scopes[scope].positions) {
    answer = answer && happens_before(*position, *running->position);
  }
  return answer;
}

/// Readers in no order: one scope for both.
std::uint64_t joined(std::uint64_t earlier, std::uint64_t self) {
  static std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> known;
  std::uint64_t& result = known[{earlier, self}];
  if (result != 0) return result;
  result = scopes.size();
  Scope both = scopes[earlier];
  both.positions.push_back(running->position);
  both.name += " and " + running->name;
  scopes.push_back(std::move(both));
  return result;
}

/// Of two threads of one operation.
bool unordered(std::uint64_t a, std::uint64_t b) {
  if (block_of(a) != block_of(b)) return true;
  return interval_of(a) == interval_of(b) && thread_of(a) != thread_of(b);
}

bool races_with_reads(std::uint64_t reads, std::uint64_t self) {
  if (block_of(reads) != block_of(self) || (reads & kOfSeveralBlocks) != 0) return true;
  return interval_of(reads) == interval_of(self) &&
         (thread_of(reads) != thread_of(self) || (reads & kOfSeveralThreads) != 0);
}

/// Who has read a word, once `self` has, both of one scope.
std::uint64_t reads_with(std::uint64_t reads, std::uint64_t self) {
  if (block_of(reads) != block_of(self)) return self | kOfSeveralBlocks;
  if (interval_of(reads) != interval_of(self)) return self | (reads & kOfSeveralBlocks);
  return thread_of(reads) == thread_of(self) ? reads : reads | kOfSeveralThreads;
}

std::string who(std::uint64_t key) {
  return "block " + std::to_string(block_of(key)) + " thread " + std::to_string(thread_of(key));
}

enum class Access { read, write, atomic_read, atomic_write };
bool is_write(Access a) {
  return a == Access::write || a == Access::atomic_write;
}

struct Fault {
  const char* kind = nullptr;
  std::string detail;
};

/// One word of the scope that `self` is in. `whole`: threads may share a word of which they access parts.
Fault within_scope(Cell& cell, std::uint64_t self, bool write, bool whole) {
  Fault fault;
  const std::uint64_t scope = scope_of(self);
  const bool written = cell.write != 0 && scope_of(cell.write) == scope;
  const bool read = cell.read != 0 && scope_of(cell.read) == scope;
  const bool atomics = block_of(cell.write) == kAtomicBlock && block_of(self) == kAtomicBlock;
  if (whole && written && !atomics && unordered(cell.write, self)) {
    fault = {write ? "write-write race" : "write-read race", who(cell.write) + " and " + who(self)};
  }
  if (whole && write && read && races_with_reads(cell.read, self)) {
    fault = {"read-write race", who(cell.read) + " and " + who(self)};
  }
  if (write) {
    cell.write = self;
  } else if (block_of(self) != kAtomicBlock) {
    cell.read = read ? reads_with(cell.read, self) : self;
  }
  return fault;
}

/// One word of device memory.
Fault visit(Cell& cell, std::uint64_t self, bool write, bool whole) {
  const std::uint64_t scope = scope_of(self), writer = scope_of(cell.write), reader = scope_of(cell.read);
  if (!write && cell.write == 0) {
    cell.write = kReported;
    return {"read of memory that is not initialised", ""};
  }
  Fault fault;
  if (writer != scope && writer != 0 && !is_before(writer)) {
    fault = {"operations in no order, of which one writes", "after " + scopes[writer].name};
  }
  bool others = false;
  if (reader != scope && reader != 0 && !is_before(reader)) {
    if (write) fault = {"operations in no order, of which one writes", "after " + scopes[reader].name};
    others = true;
  }
  const Fault inner = within_scope(cell, self, write, whole);
  if (others && !write)
    cell.read = (cell.read & ~(kScopeMask << kScopeShift)) | joined(reader, scope) << kScopeShift;
  return fault.kind != nullptr ? fault : inner;
}

/// One word of shared memory.
Fault visit_shared(Cell& cell, std::uint64_t self, bool write, bool whole) {
  if (scope_of(cell.write) != scope_of(self)) {
    cell.write = write ? 0 : self;
    if (!write) return {"read of shared memory that is not initialised", ""};
  }
  return within_scope(cell, self, write, whole);
}

bool is_static_data(const void* p) {
  static std::uintptr_t known[64];
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(p) >> 12;
  if (known[page % 64] == page) return true;
  Dl_info info;
  if (dladdr(p, &info) == 0) return false;
  known[page % 64] = page;
  return true;
}

std::string shared_fault_at(std::uint64_t offset, std::uint64_t bytes) {
  for (std::uint64_t i = offset; i < offset + bytes; ++i) {
    const std::uint8_t owner = shared_memory.owner[i];
    if (owner == 0 || owner != shared_memory.owner[offset]) return "outside of the variable";
  }
  return {};
}

/// What a kernel's thread does at p.
void check(const void* p, std::uint64_t bytes, Access access, const void* code) {
  if (!place.in_kernel || thread_stacks.holds(p)) return;
  const std::uint64_t offset = offset_of(p);
  const bool write = is_write(access), shared = offset < kSharedBytes;
  if (offset >= kArenaBytes) {
    if (kernel_arguments.holds(p) || is_static_data(p)) return;
    return report(write ? "write to host memory" : "read of host memory", "", code);
  }
  const std::string wrong = shared ? shared_fault_at(offset, bytes) : fault_at(offset, bytes);
  if (!wrong.empty()) return report(write ? "write out of bounds" : "read out of bounds", wrong, code);
  const bool atomic = access == Access::atomic_read || access == Access::atomic_write;
  const std::uint64_t self =
      key_of(shared ? place.block_run : running_scope(), atomic ? kAtomicBlock : place.block);
  const bool whole = bytes >= kWord;
  for (std::uint64_t word = offset / kWord; word * kWord < offset + bytes; ++word) {
    const Fault fault =
        shared ? visit_shared(cells[word], self, write, whole) : visit(cells[word], self, write, whole);
    if (fault.kind != nullptr) return report(fault.kind, fault.detail, code);
  }
}

void forget(void* begin, std::uint64_t bytes) {
  constexpr std::uintptr_t kPage = 4096;
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / kPage * kPage;
  if (end > first) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace

const SharedMemory shared_memory{arena, reinterpret_cast<std::uint8_t*>(reserve(kSharedBytes)), kSharedBytes};

void* allocate(std::size_t bytes) {
  const std::uint64_t begin = next_free, granules = (bytes + kGranule - 1) / kGranule;
  if (begin + (granules + 2) * kGranule > kArenaBytes) return nullptr;
  // What is freed is not used again, so that late accesses are found; a granule between neighbours catches overruns.
  next_free += (granules + 1) * kGranule;
  allocations.push_back({begin, bytes, false});
  for (std::uint64_t g = 0; g < granules; ++g) {
    allocation_at[begin / kGranule + g] = static_cast<std::uint32_t>(allocations.size() - 1);
  }
  std::memset(arena + begin, 0xff, bytes);
  allocated += bytes;
  count_handles("device allocations", 1);
  return arena + begin;
}

bool release(void* p) {
  const std::uint64_t offset = offset_of(p);
  if (offset >= kArenaBytes || allocation_at[offset / kGranule] == 0) return false;
  Allocation& a = allocations[allocation_at[offset / kGranule]];
  if (a.begin != offset || a.freed) return false;
  a.freed = true;
  allocated -= a.bytes;
  count_handles("device allocations", -1);
  forget(arena + a.begin, a.bytes);
  forget(cells + a.begin / kWord, a.bytes / kWord * sizeof(Cell));
  return true;
}

std::uint64_t allocated_bytes() {
  return allocated;
}

bool on_device(const void* p) {
  return offset_of(p) < kArenaBytes;
}

std::string fault_of(const void* p, std::size_t bytes) {
  return on_device(p) ? fault_at(offset_of(p), bytes) : "no device memory";
}

bool touch(const char* what, const void* p, std::size_t bytes, bool write) {
  if (bytes == 0) return true;
  if (const std::string wrong = fault_of(p, bytes); !wrong.empty()) {
    report(write ? "write out of bounds" : "read out of bounds", std::string(what) + ": " + wrong);
    return false;
  }
#if !defined(EMULATED_WITHOUT_CHECKS)
  const std::uint64_t offset = offset_of(p), self = key_of(running_scope(), 0);
  for (std::uint64_t word = offset / kWord; word * kWord < offset + bytes; ++word) {
    const Fault fault = visit(cells[word], self, write, false);
    if (fault.kind == nullptr) continue;
    report(fault.kind, std::string(what) + " " + fault.detail);
    break;
  }
#endif
  return true;
}

bool touch_copy(void* to, const void* from, std::size_t bytes) {
  if (!touch("a copy", to, bytes, true)) return false;
  if (!fault_of(from, bytes).empty()) return touch("a copy", from, bytes, false);
  const std::uint64_t source = offset_of(from), target = offset_of(to);
  for (std::uint64_t i = 0; i < bytes; i += kWord) {
    if (cells[(source + i) / kWord].write == 0) {
      cells[(target + i) / kWord].write = 0;
    } else {
      touch("a copy", arena + source + i, std::min(kWord, bytes - i), false);
    }
  }
  return true;
}

void check_alignment(const void* p, std::size_t alignment) {
  if (reinterpret_cast<std::uintptr_t>(p) % alignment != 0) {
    report("misaligned read", "", __builtin_return_address(0));
  }
}

std::int32_t atomic_load(const void* p) {
  check(p, sizeof(std::int32_t), Access::atomic_read, __builtin_return_address(0));
  std::int32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
void atomic_store(void* p, std::int32_t value) {
  check(p, sizeof value, Access::atomic_write, __builtin_return_address(0));
  std::memcpy(p, &value, sizeof value);
}

}  // namespace emulated

#define EMULATED_EXPORT extern "C" __attribute__((visibility("default")))
#define EMULATED_HOOK(name, bytes, access)                                                \
  EMULATED_EXPORT void name(void* p) {                                                    \
    ::emulated::check(p, bytes, ::emulated::Access::access, __builtin_return_address(0)); \
  }
#define EMULATED_HOOKS(bytes)                              \
  EMULATED_HOOK(__tsan_read##bytes, bytes, read)           \
  EMULATED_HOOK(__tsan_write##bytes, bytes, write)         \
  EMULATED_HOOK(__tsan_unaligned_read##bytes, bytes, read) \
  EMULATED_HOOK(__tsan_unaligned_write##bytes, bytes, write)
EMULATED_HOOKS(1)
EMULATED_HOOKS(2)
EMULATED_HOOKS(4)
EMULATED_HOOKS(8)
EMULATED_HOOKS(16)
EMULATED_EXPORT void __tsan_read_range(void* p, unsigned long bytes) {
  ::emulated::check(p, bytes, ::emulated::Access::read, __builtin_return_address(0));
}
EMULATED_EXPORT void __tsan_write_range(void* p, unsigned long bytes) {
  ::emulated::check(p, bytes, ::emulated::Access::write, __builtin_return_address(0));
}
// What else it asks for, of the host's code in .cu files.
EMULATED_EXPORT void __tsan_vptr_update(void**, void*) {}
EMULATED_EXPORT void __tsan_vptr_read(void**) {}
EMULATED_EXPORT void __tsan_func_entry(void*) {}
EMULATED_EXPORT void __tsan_func_exit() {}
EMULATED_EXPORT void __tsan_init() {}
EMULATED_EXPORT int __tsan_atomic32_fetch_add(volatile int* p, int v, int) {
  return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);
}
EMULATED_EXPORT int __tsan_atomic32_load(const volatile int* p, int) {
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
EMULATED_EXPORT char __tsan_atomic8_load(const volatile char* p, int) {
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
