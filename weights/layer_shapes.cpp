#include "weights/layer_shapes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Far above any InceptionV1's 1,024, for the same reason as kMostParameters.
constexpr std::uint64_t kMaxChannels = 1U << 16U;

}  // namespace

LayerShapes::LayerShapes(std::string origin) : origin_(std::move(origin)) {}

int LayerShapes::check(const LayerSpec& spec, std::string_view name, std::span<const std::uint64_t> filter,
                       std::span<const std::uint64_t> bias) {
  const std::uint64_t c = input_channels(spec);
  const auto size = static_cast<std::uint64_t>(spec.size);
  const std::uint64_t k = filter.empty() ? 0 : filter[0];
  const std::array<std::uint64_t, 3> expected = {c, size, size};
  if (filter.size() != 4 || !std::equal(expected.begin(), expected.end(), filter.begin() + 1)) {
    fail_input("{}: layer '{}': its filter is {}, but InceptionV1 needs Kx{}x{}x{} there", origin_, name,
               format_shape(filter), c, size, size);
  }
  if (k == 0 || k > kMaxChannels) {
    fail_input("{}: layer '{}': {} output channels are not between 1 and {}", origin_, name, k, kMaxChannels);
  }
  if (bias.size() != 1 || bias[0] != k) {
    fail_input("{}: layer '{}': its bias is {}, but its filter has {} output channels", origin_, name,
               format_shape(bias), k);
  }
  parameters_ += k * (c * size * size + 1);
  if (parameters_ > kMostParameters) {
    fail_input("{}: layer '{}': more than {} parameters up to here; no InceptionV1 is that large", origin_,
               name, kMostParameters);
  }
  channels_[spec.name] = k;
  return static_cast<int>(k);
}

std::uint64_t LayerShapes::input_channels(const LayerSpec& spec) const {
  if (spec.inputs.empty()) return 3;
  std::uint64_t sum = 0;
  for (const std::string& input : spec.inputs) sum += channels_.at(input);
  return sum;
}

std::string format_shape(std::span<const std::uint64_t> shape) {
  return shape.empty() ? "a scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

}  // namespace limpid
