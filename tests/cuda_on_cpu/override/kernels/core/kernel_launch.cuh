// kernels/core/kernel_launch.cuh for g++: a launch keeps its arguments until its turn comes, a shared variable is a
// place in the memory of the emulated multiprocessor.
#pragma once

#include <cstddef>
#include <memory>
#include <tuple>

#include "tests/cuda_on_cpu/device.h"

#define LIMPID_SHARED(Type, name) auto& name = ::emulated::shared_variable<Type>([] {})

#define LIMPID_DYNAMIC_SHARED(Type, name) auto* const name = static_cast<Type*>(::emulated::dynamic_shared())

namespace limpid::cuda::detail {

/// A kernel and its arguments, of the types it declares.
template <auto Kernel, class... Parameters>
struct Call {
  using Arguments = std::tuple<Parameters...>;
  static void thread(const void* arguments) { std::apply(Kernel, *static_cast<const Arguments*>(arguments)); }
};
template <auto Kernel, class... Parameters>
Call<Kernel, Parameters...> call_of(void (*)(Parameters...));

template <auto Kernel, class... Args>
EMULATED_UNCHECKED void start(cudaStream_t stream, dim3 grid, dim3 block, std::size_t shared_bytes,
                              const Args&... args) {
  using Launched = decltype(call_of<Kernel>(Kernel));
  using Arguments = typename Launched::Arguments;
  ::emulated::launch_kernel(__PRETTY_FUNCTION__, stream, {grid, block, shared_bytes},
                            std::make_shared<Arguments>(args...), sizeof(Arguments), &Launched::thread);
}

}  // namespace limpid::cuda::detail
