// Convolutions, transforms and warps of the CPU backend, at the shapes of BVLC GoogLeNet over 224 x 224 pixels,
// one image, all cores; or the operations of a step on a GPU. tests/ops/op_cases_bench.cpp times the others.
//
//   limpid_bench_ops --benchmark_filter=conv/mixed4a
//   limpid_bench_ops cuda 64 --benchmark_filter=fprop      (device, batch)
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/device_ops.h"
#include "engine/image/transforms.h"
#include "engine/network/threads.h"
#include "kernels/conv/cpu_conv.h"
#include "kernels/core/aligned.h"
#include "kernels/core/error.h"
#include "kernels/fft/fft.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/transform_list.h"
#include "kernels/ops/warp.h"
#include "weights/synthetic.h"
#include "weights/topology.h"

namespace limpid {
namespace {

constexpr int kSize = 224;
constexpr const char* kFamily = "bvlc_googlenet";

Stream stream() {
  static HostThreads threads(0);
  return threads.stream();
}

/// Floats with something in them: a few hundred different values of either sign.
AlignedFloats filled(std::int64_t count) {
  AlignedFloats values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) values.data()[i] = static_cast<float>(i * 37 % 401 - 200) / 100.0F;
  return values;
}

/// Activations that own their memory, nChw8c.
struct Activation {
  Activation(int channels, int h, int w)
      : memory(filled(std::int64_t{round_up_to_group(channels)} * h * w)),
        tensor(make_nchw8c(memory.data(), DType::f32, 1, round_up_to_group(channels) / kGroup, h, w)) {}

  AlignedFloats memory;
  Tensor tensor;
};

/// A picture-like batch of one: three planes.
struct Planes {
  Planes() : memory(filled(3 * kSize * kSize)), view{memory.data(), 1, 3, kSize, kSize} {}

  AlignedFloats memory;
  Planar<float> view;
};

/// Rates of what one run does.
struct Work {
  double macs = 0;
  double bytes = 0;
};

void time_runs(benchmark::State& state, const Work& work, const std::function<void()>& run) {
  run();
  for (auto _ : state) run();
  const auto rate = [&](double amount) {
    return benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
  };
  if (work.macs > 0) state.counters["FLOP/s"] = rate(2 * work.macs);
  if (work.bytes > 0) state.counters["B/s"] = rate(work.bytes);
}

void add(const std::string& name, const std::function<void(benchmark::State&)>& body) {
  benchmark::RegisterBenchmark(name.c_str(), body)->UseRealTime()->Unit(benchmark::kMicrosecond);
}

/// Height and width of what a layer reads.
int extent_of(const std::string& layer) {
  if (layer == "conv2d0") return kSize;
  if (layer == "conv2d1" || layer == "conv2d2") return kSize / 4;
  if (layer.starts_with("mixed3")) return kSize / 8;
  return layer.starts_with("mixed4") ? kSize / 16 : kSize / 32;
}

void time_conv(benchmark::State& state, const ConvLayer& layer, ConvDirection direction) {
  const int extent = extent_of(layer.name);
  ConvRequest request{
      layer.name,
      {layer.c, extent, extent, layer.k, extent, extent, {layer.size, 1, layer.size / 2, layer.size / 2}},
      direction};
  request.relu = direction == ConvDirection::fprop;
  const auto plan =
      cpu::make_conv_plan(request, {layer.filter.data(), layer.bias.data()}, stream().threads());
  const Activation x(layer.c, extent, extent), y(layer.k, extent, extent);
  const bool forward = direction == ConvDirection::fprop;
  AlignedFloats workspace(plan->workspace_bytes() / sizeof(float) + 1);
  state.SetLabel(plan->algorithm());
  time_runs(state, {request.shape.macs(), 0}, [&] {
    plan->run(stream(), forward ? x.tensor : y.tensor, forward ? y.tensor : x.tensor, workspace.data());
  });
}

void time_stem(benchmark::State& state, const ConvLayer& layer, ConvDirection direction) {
  const int out = kSize / 2;
  ConvRequest request{layer.name, {3, kSize, kSize, layer.k, out, out, {layer.size, 2, 3, 3}}, direction};
  request.relu = true;
  const auto plan =
      cpu::make_stem_plan(request, {layer.filter.data(), layer.bias.data()}, stream().threads());
  const Planes x;
  const Activation y(layer.k, out, out);
  AlignedFloats workspace(plan->workspace_bytes() / sizeof(float) + 1);
  state.SetLabel(plan->algorithm());
  time_runs(state, {request.shape.macs(), 0}, [&] {
    if (direction == ConvDirection::fprop) {
      plan->fprop(stream(), x.view, y.tensor, workspace.data());
    } else {
      plan->dgrad(stream(), y.tensor, x.view, workspace.data());
    }
  });
}

void add_convolutions() {
  static const Model model = synthetic_model(kFamily, 0);
  for (const ConvLayer& layer : model.layers) {
    if (layer.name == "logits") continue;
    const auto time = layer.name == "conv2d0" ? time_stem : time_conv;
    add("conv/" + layer.name + "/fprop",
        [&layer, time](benchmark::State& state) { time(state, layer, ConvDirection::fprop); });
    add("conv/" + layer.name + "/dgrad",
        [&layer, time](benchmark::State& state) { time(state, layer, ConvDirection::dgrad); });
  }
}

void add_image_operations() {
  constexpr std::int64_t kSpectrum = 2LL * kSize * (kSize / 2 + 1);
  constexpr double kPlaneBytes = 3.0 * kSize * kSize * 4;
  for (const bool adjoint : {false, true}) {
    const char* suffix = adjoint ? "/adjoint" : "/forward";
    add(std::string("image/fft") + suffix, [adjoint](auto& state) {
      const auto plan = cpu::make_fft_plan({3, kSize, kSize});
      AlignedFloats spectrum = filled(3 * kSpectrum);
      const Planes signal;
      state.SetLabel(plan->algorithm());
      time_runs(state, {0, 2 * kPlaneBytes}, [&] {
        if (adjoint) {
          plan->inverse_adjoint(stream(), signal.view.data, spectrum.data());
        } else {
          plan->inverse(stream(), spectrum.data(), signal.view.data);
        }
      });
    });
    add(std::string("image/warp") + suffix, [adjoint](auto& state) {
      const Planes picture, network;
      const SlotKey key;
      const TransformList list = device_list(default_transforms(), kSize, kSize);
      const float fill = 0.5F;
      AffineMap map;
      cpu::draw_augmentation(stream(), {&key, &list, &map, 1, kSize, kSize, kSize, kSize});
      time_runs(state, {0, 2 * kPlaneBytes}, [&] {
        if (adjoint) {
          cpu::warp_adjoint(stream(), {network.view, picture.view, &map, {}});
        } else {
          cpu::warp(stream(), {picture.view, network.view, &map, &fill, {}});
        }
      });
    });
  }
}

}  // namespace
}  // namespace limpid

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  try {
    if (argc == 3 && std::string_view(argv[1]).starts_with("cuda")) {
      limpid::bench::add_device_operations(argv[1], std::max(1, std::atoi(argv[2])));
    } else if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
      return 2;
    } else {
      limpid::add_convolutions();
      limpid::add_image_operations();
    }
    benchmark::RunSpecifiedBenchmarks();
  } catch (const limpid::Error& error) {
    std::fprintf(stderr, "limpid_bench_ops: %s\n", error.what());
    return error.exit_code();
  }
  benchmark::Shutdown();
  return 0;
}
