// The CUDA runtime's functions for devices, memory, streams and events.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <unordered_set>
#include <utility>

#include "tests/cuda_on_cpu/device.h"
#include "tests/cuda_on_cpu/faults.h"
#include "tests/cuda_on_cpu/streams.h"

#define EMULATED_API extern "C" __attribute__((visibility("default")))

namespace emulated {

thread_local int captures_of_thread = 0;

namespace {

constexpr int kCacheBytes = 1 << 20;
constexpr std::size_t kMemoryBytes = std::size_t{140} << 30;

thread_local cudaError_t last_error = cudaSuccess;
thread_local int current_device = 0;
std::unordered_set<CUstream_st*> streams;
double clock_microseconds = 0;

bool context_broken = false;

/// What every call that reaches the device returns once it is broken.
bool fails_as_broken(cudaError_t& status) {
  const char* asked = std::getenv("EMULATED_CUDNN");
  context_broken = context_broken && asked != nullptr && std::strstr(asked, "breaks") != nullptr;
  if (context_broken) status = fail(cudaErrorIllegalAddress);
  return context_broken;
}

int devices() {
  return setting("EMULATED_DEVICES", 1);
}

CUstream_st& default_stream() {
  static CUstream_st instance;
  return instance;
}

cudaMemcpyKind kind_of(const void* to, const void* from) {
  if (on_device(to)) return on_device(from) ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice;
  return on_device(from) ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost;
}

cudaError_t copy_to_device(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  ++times_done("uploads");
  // Staged: the host may change its memory once the call returns.
  const auto* begin = static_cast<const char*>(from);
  auto staged = std::make_shared<std::vector<char>>(begin, begin + bytes);
  return enqueue(stream, "copy to the device", [=] {
    if (touch("a copy", to, bytes, true)) std::memcpy(to, staged->data(), bytes);
  });
}

cudaError_t copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (bytes == 0) return cudaSuccess;
  if (kind != cudaMemcpyDefault && kind != kind_of(to, from)) {
    report("a copy whose kind is not what its pointers are");
    return fail(cudaErrorInvalidValue);
  }
  kind = kind_of(to, from);
  if (resolve(stream)->capture != nullptr && kind != cudaMemcpyDeviceToDevice) {
    report("a captured copy of pageable memory");
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  if (kind == cudaMemcpyHostToDevice) return copy_to_device(to, from, bytes, stream);
  if (kind == cudaMemcpyDeviceToDevice) {
    return enqueue(stream, "copy", [=] {
      if (touch_copy(to, from, bytes)) std::memcpy(to, from, bytes);
    });
  }
  wait_for(append(resolve(stream), "copy to the host", [=] {
    if (!on_device(from) || touch("a copy", from, bytes, false)) std::memcpy(to, from, bytes);
  }));
  return cudaSuccess;
}

cudaError_t set(void* p, int value, std::size_t bytes, cudaStream_t stream) {
  return enqueue(stream, "memset", [=] {
    if (touch("memset", p, bytes, true)) std::memset(p, value, bytes);
  });
}

bool device_refuses(const LaunchShape& s) {
  const std::uint64_t threads = std::uint64_t{s.block.x} * s.block.y * s.block.z;
  const bool grid = s.grid.x > 0 && s.grid.y > 0 && s.grid.z > 0 && s.grid.x <= 0x7fffffffU &&
                    s.grid.y <= 65535 && s.grid.z <= 65535;
  return !grid || threads == 0 || threads > 1024 || s.block.z > 64 || s.shared_bytes > 48 << 10;
}

/// "Kernel = limpid::cuda::{anonymous}::sum_gram_parts<float>; ..." without what surrounds the name.
std::string kernel_name(const std::string& text) {
  const std::string before = "Kernel = ";
  const std::size_t begin = text.find(before), end = text.find("; Args", begin);
  return begin == std::string::npos ? text : text.substr(begin + before.size(), end - begin - before.size());
}

}  // namespace

cudaError_t fail(cudaError_t error) {
  last_error = error;
  return error;
}

long& times_done(const std::string& what) {
  static std::map<std::string, long> counts;
  return counts[what];
}

void break_context() {
  context_broken = true;
}

CUstream_st* resolve(cudaStream_t stream) {
  if (stream == nullptr || stream == cudaStreamLegacy) return &default_stream();
  if (streams.count(stream) == 0) report("a stream that does not exist");
  return stream;
}

bool allowed_while_capturing(const char* call) {
  if (captures_of_thread == 0) return true;
  report("call while the thread captures", call);
  return false;
}

Position next_position(CUstream_st* stream, const OperationPointer& op, std::uint32_t numbers) {
  Position position;
  position.timeline = stream->timeline;
  position.number = stream->operations += numbers;
  depend(op, position.before, stream->last);
  if (stream == &default_stream()) {
    for (CUstream_st* other : streams) {
      if (other->blocking) depend(op, position.before, other->last);
    }
  } else if (stream->blocking) {
    depend(op, position.before, default_stream().last);
  }
  return position;
}

OperationPointer append(CUstream_st* stream, const std::string& name, std::function<void()> run,
                        const OperationPointer& event) {
  auto op = std::make_shared<Operation>();
  op->name = name;
  op->run = std::move(run);
  Position position = next_position(stream, op);
  depend(op, position.before, event);
  stream->last = op;
  submit(op, std::move(position));
  return op;
}

cudaError_t enqueue(cudaStream_t handle, const std::string& name, std::function<void()> run) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  if (stream->capture != nullptr) {
    std::vector<Node>& nodes = stream->capture->nodes;
    nodes.push_back({name, std::move(run), stream->ends});
    stream->ends = {static_cast<int>(nodes.size()) - 1};
    return cudaSuccess;
  }
  if (stream == &default_stream() && !allowed_while_capturing("the default stream's")) {
    return fail(cudaErrorStreamCaptureImplicit);
  }
  append(stream, name, std::move(run));
  return cudaSuccess;
}

void launch_kernel(const char* text, cudaStream_t stream, const LaunchShape& shape,
                   std::shared_ptr<const void> arguments, std::size_t argument_bytes,
                   void (*thread)(const void*)) {
  constexpr std::size_t kMostArgumentBytes = 4096;
  const std::string name = kernel_name(text);
  if (device_refuses(shape)) {
    char what[160];
    std::snprintf(what, sizeof what, ": grid %u x %u x %u, block %u x %u x %u, %zu bytes shared",
                  shape.grid.x, shape.grid.y, shape.grid.z, shape.block.x, shape.block.y, shape.block.z,
                  shape.shared_bytes);
    report("a launch that the device refuses", name + what);
    fail(cudaErrorInvalidConfiguration);
    return;
  }
  if (argument_bytes > kMostArgumentBytes) report("more than 4096 bytes of arguments", name);
  const Kernel kernel{shape.grid,           shape.block,    shape.shared_bytes,
                      std::move(arguments), argument_bytes, thread};
  enqueue(stream, name, [kernel] { run_kernel(kernel); });
}

}  // namespace emulated

using namespace emulated;

EMULATED_API cudaError_t cudaGetLastError() {
  return std::exchange(last_error, cudaSuccess);
}
EMULATED_API const char* cudaGetErrorString(cudaError_t error) {
  static thread_local char text[64];
  std::snprintf(text, sizeof text, error == cudaSuccess ? "no error" : "emulated error %d",
                static_cast<int>(error));
  return text;
}

EMULATED_API cudaError_t cudaGetDeviceCount(int* count) {
  *count = devices();
  return *count > 0 ? cudaSuccess : fail(cudaErrorNoDevice);
}
EMULATED_API cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= devices()) return fail(cudaErrorInvalidDevice);
  current_device = device;
  return cudaSuccess;
}
#undef cudaGetDeviceProperties
EMULATED_API cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::strcpy(properties->name, "emulated on the processor");
  properties->major = 9;
  properties->l2CacheSize = kCacheBytes;
  properties->multiProcessorCount = 132;
  properties->totalGlobalMem = kMemoryBytes;
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  if (attribute != cudaDevAttrL2CacheSize) return fail(cudaErrorInvalidValue);
  *value = kCacheBytes;
  return cudaSuccess;
}

EMULATED_API cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const Turn turn(machine);
  *total = kMemoryBytes;
  *free = kMemoryBytes - allocated_bytes();
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaMalloc(void** p, std::size_t bytes) {
  const Turn turn(machine);
  if (!allowed_while_capturing("cudaMalloc")) return fail(cudaErrorStreamCaptureUnsupported);
  if (cudaError_t broken; fails_as_broken(broken)) return broken;
  ++times_done("allocations");
  *p = bytes == 0 ? nullptr : allocate(bytes);
  return bytes > 0 && *p == nullptr ? fail(cudaErrorMemoryAllocation) : cudaSuccess;
}
EMULATED_API cudaError_t cudaFree(void* p) {
  const Turn turn(machine);
  cudaError_t broken = cudaSuccess;
  fails_as_broken(
      broken);  // What was allocated goes all the same: with the process on a device, here for the count.
  if (p == nullptr) return broken;
  allowed_while_capturing("cudaFree");
  wait_for_all();
  if (release(p)) return broken;
  report("cudaFree of what is no allocation");
  return fail(cudaErrorInvalidValue);
}
EMULATED_API cudaError_t cudaMemset(void* p, int value, std::size_t bytes) {
  return set(p, value, bytes, nullptr);
}
EMULATED_API cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t stream) {
  return set(p, value, bytes, stream);
}
EMULATED_API cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                                         cudaStream_t stream) {
  const Turn turn(machine);
  if (cudaError_t broken; fails_as_broken(broken)) return broken;
  return copy(to, from, bytes, kind, stream);
}
EMULATED_API cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const Turn turn(machine);
  if (!allowed_while_capturing("cudaMemcpy")) return fail(cudaErrorStreamCaptureImplicit);
  const cudaError_t status = copy(to, from, bytes, kind, nullptr);
  wait_for(default_stream().last);
  return status;
}

EMULATED_API cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const Turn turn(machine);
  *stream = new CUstream_st;
  (*stream)->blocking = (flags & cudaStreamNonBlocking) == 0;
  streams.insert(*stream);
  count_handles("streams", 1);
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  if (stream->capture != nullptr) report("cudaStreamDestroy of a stream that captures");
  if (streams.erase(stream) == 0) return fail(cudaErrorInvalidResourceHandle);
  count_handles("streams", -1);
  delete stream;
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  if (stream->capture != nullptr) {
    report("cudaStreamSynchronize of a stream that captures");
    stream->capture->broken = cudaErrorStreamCaptureInvalidated;
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  if (stream == &default_stream()) {
    if (!allowed_while_capturing("cudaStreamSynchronize of the default stream")) {
      return fail(cudaErrorStreamCaptureImplicit);
    }
    for (CUstream_st* other : streams) {
      if (other->blocking) wait_for(other->last);
    }
  }
  wait_for(stream->last);
  if (cudaError_t broken; fails_as_broken(broken)) return broken;
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaDeviceSynchronize() {
  const Turn turn(machine);
  if (!allowed_while_capturing("cudaDeviceSynchronize")) return fail(cudaErrorStreamCaptureUnsupported);
  wait_for_all();
  return cudaSuccess;
}

EMULATED_API cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  *event = new CUevent_st;
  (*event)->timing = (flags & cudaEventDisableTiming) == 0;
  count_handles("events", 1);
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}
EMULATED_API cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Turn turn(machine);
  if (event == nullptr) return fail(cudaErrorInvalidResourceHandle);
  count_handles("events", -1);
  delete event;
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  event->captured = stream->capture != nullptr;
  if (event->captured) {
    event->capture = stream->capture;
    event->ends = stream->ends;
    event->recorded.reset();
    return cudaSuccess;
  }
  const auto when = std::make_shared<double>(0);
  event->when = when;
  event->recorded = append(stream, "event", [when] { *when = ++clock_microseconds; });
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Turn turn(machine);
  if (event->captured) return fail(cudaErrorCapturedEvent);
  wait_for(event->recorded);
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  const Turn turn(machine);
  if (!begin->timing || !end->timing || begin->recorded == nullptr || end->recorded == nullptr) {
    return fail(cudaErrorInvalidResourceHandle);
  }
  if (!begin->recorded->done || !end->recorded->done) return fail(cudaErrorNotReady);
  *milliseconds = static_cast<float>((*end->when - *begin->when) * 1e-3);
  return cudaSuccess;
}
EMULATED_API cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  const Turn turn(machine);
  CUstream_st* stream = resolve(handle);
  if (!event->captured) {
    if (stream->capture != nullptr) {
      report("a stream that captures waits for an event from outside");
      return fail(cudaErrorStreamCaptureIsolation);
    }
    if (event->recorded != nullptr) append(stream, "wait for an event", {}, event->recorded);
    return cudaSuccess;
  }
  const auto capture = event->capture.lock();
  if (capture == nullptr || capture->ended) {
    report("an event of a capture that has ended is waited for");
    return fail(cudaErrorCapturedEvent);
  }
  if (stream->capture != nullptr && stream->capture != capture) return fail(cudaErrorStreamCaptureMerge);
  if (stream->capture == nullptr) {
    stream->capture = capture;
    stream->ends.clear();
    capture->streams.insert(stream);
  }
  for (const int node : event->ends) {
    if (std::find(stream->ends.begin(), stream->ends.end(), node) == stream->ends.end())
      stream->ends.push_back(node);
  }
  return cudaSuccess;
}
