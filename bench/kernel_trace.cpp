// Kernels of a program as a GPU ran them, those inside CUDA graphs too: a line of CSV each, times in ns. A library that CUDA loads
// into any program:
//   CUDA_INJECTION64_PATH=lib/libkernel_trace.so KERNEL_TRACE=kernels.csv KERNEL_TRACE_LAST=3000 limpid ...
// $KERNEL_TRACE_LAST kernels are kept, the last. By CUPTI's activity records.
#include <cupti.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>

namespace {

constexpr std::size_t kBufferBytes = std::size_t{8} << 20;

struct Kernel {
  std::uint64_t start, end, graph_node;
  std::uint32_t stream, grid_x, grid_y, grid_z, threads, registers, shared_bytes;
  std::string name;
};

std::deque<Kernel> kernels;
std::mutex mutex;
std::size_t most = 20000;

void CUPTIAPI give_buffer(std::uint8_t** buffer, std::size_t* size, std::size_t* records) {
  *size = kBufferBytes;
  *buffer = static_cast<std::uint8_t*>(std::aligned_alloc(8, kBufferBytes));
  *records = 0;
}

void CUPTIAPI take_buffer(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t valid) {
  const std::lock_guard<std::mutex> lock(mutex);
  CUpti_Activity* record = nullptr;
  while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
    if (record->kind != CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) continue;
    // The first members are the same in every version of the record.
    const auto* k = reinterpret_cast<const CUpti_ActivityKernel9*>(record);
    kernels.push_back({k->start, k->end, k->graphNodeId, k->streamId, static_cast<std::uint32_t>(k->gridX),
                       static_cast<std::uint32_t>(k->gridY), static_cast<std::uint32_t>(k->gridZ),
                       static_cast<std::uint32_t>(k->blockX * k->blockY * k->blockZ), k->registersPerThread,
                       static_cast<std::uint32_t>(k->staticSharedMemory + k->dynamicSharedMemory),
                       k->name == nullptr ? "?" : k->name});
    if (kernels.size() > most) kernels.pop_front();
  }
  std::free(buffer);
}

void write_kernels() {
  cuptiActivityFlushAll(1);
  const char* path = std::getenv("KERNEL_TRACE");
  std::FILE* out = std::fopen(path == nullptr ? "kernels.csv" : path, "w");
  if (out == nullptr) return;
  std::fprintf(
      out, "start_ns,end_ns,graph_node,stream,grid_x,grid_y,grid_z,threads,registers,shared_bytes,name\n");
  for (const Kernel& k : kernels) {
    std::fprintf(out, "%llu,%llu,%llu,%u,%u,%u,%u,%u,%u,%u,\"%s\"\n",
                 static_cast<unsigned long long>(k.start), static_cast<unsigned long long>(k.end),
                 static_cast<unsigned long long>(k.graph_node), k.stream, k.grid_x, k.grid_y, k.grid_z,
                 k.threads, k.registers, k.shared_bytes, k.name.c_str());
  }
  std::fclose(out);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int InitializeInjection() {
  if (const char* last = std::getenv("KERNEL_TRACE_LAST")) most = std::strtoull(last, nullptr, 10);
  if (cuptiActivityRegisterCallbacks(give_buffer, take_buffer) != CUPTI_SUCCESS ||
      cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) != CUPTI_SUCCESS) {
    std::fputs("kernel trace: CUPTI refuses to record kernels\n", stderr);
    return 1;
  }
  std::atexit(write_kernels);
  return 1;
}
