#include "engine/step/step_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace limpid {
namespace {

std::size_t bytes_of_planes(const StepPlanes& planes) {
  return static_cast<std::size_t>(planes.elements()) * sizeof(float);
}

std::string shape_of(const StepPlanes& planes) {
  return fmt::format("{}  {}x{}", planes.c, planes.h, planes.w);
}

/// A real transform of m points is charged 2.5 m log2 m, half of a complex one's usual 5 m log2 m.
double transform_flops(const FftShape& shape) {
  const double points = 1.0 * shape.h * shape.w;
  return 2.5 * shape.planes * points * std::log2(points);
}

}  // namespace

StepPlanes StepBuilder::kept_planes(std::string name, int n, int c, int h, int w) {
  StepPlanes planes{kNoBuffer, n, c, h, w};
  planes.buffer = kept(std::move(name), bytes_of_planes(planes), shape_of(planes));
  return planes;
}

StepPlanes StepBuilder::scratch_planes(std::string name, int n, int c, int h, int w) {
  StepPlanes planes{kNoBuffer, n, c, h, w};
  planes.buffer = scratch(std::move(name), bytes_of_planes(planes), shape_of(planes));
  return planes;
}

int StepBuilder::add_buffer(StepBuffer buffer) {
  buffer.name = prefix_ + buffer.name;
  const std::string name = buffer.name;
  const auto known = [&](const StepBuffer& other) { return other.name == buffer.name; };
  for (int i = 2; std::any_of(plan_.buffers.begin(), plan_.buffers.end(), known); ++i) {
    buffer.name = fmt::format("{} {}", name, i);
  }
  plan_.buffers.push_back(std::move(buffer));
  return static_cast<int>(plan_.buffers.size()) - 1;
}

void StepBuilder::inverse_transform(std::string name, int transform, int spectrum, const StepPlanes& signal) {
  const auto bind = [=](const StepOperands& memory) -> StepRun {
    return [&fft = memory.transform(transform), from = memory.write<float>(spectrum),
            to = memory.write(signal).data](const Stream& stream) { fft.inverse(stream, from, to); };
  };
  add_op({std::move(name),
          transform_flops(plan_.buffer(transform).transform),
          {writes(transform), consumes(spectrum), writes(signal)},
          bind});
}

void StepBuilder::inverse_transform_adjoint(std::string name, int transform, const StepPlanes& dsignal,
                                            int dspectrum) {
  const auto bind = [=](const StepOperands& memory) -> StepRun {
    return [&fft = memory.transform(transform), from = memory.read(dsignal).data,
            to = memory.write<float>(dspectrum)](const Stream& stream) {
      fft.inverse_adjoint(stream, from, to);
    };
  };
  add_op({std::move(name),
          transform_flops(plan_.buffer(transform).transform),
          {writes(transform), reads(dsignal), writes(dspectrum)},
          bind});
}

void* StepOperands::find(int buffer, Way way) const {
  const bool declared = std::any_of(op_.uses.begin(), op_.uses.end(), [&](const StepUse& use) {
    return use.buffer == buffer && (way == Way::any || (way == Way::write ? use.write : use.read));
  });
  if (!declared) {
    throw std::logic_error(fmt::format("'{}' {} buffer {} and does not declare it", op_.name,
                                       way == Way::write ? "writes" : "reads", buffer));
  }
  asked_.push_back(buffer);
  return find_(buffer);
}

NetworkExecutor& StepOperands::network(int buffer) const {
  find(buffer, Way::any);
  return *network_;
}

void StepOperands::check_all_used() const {
  for (const StepUse& use : op_.uses) {
    if (std::find(asked_.begin(), asked_.end(), use.buffer) == asked_.end()) {
      throw std::logic_error(
          fmt::format("'{}' declares buffer {} and does not use it", op_.name, use.buffer));
    }
  }
}

}  // namespace limpid
