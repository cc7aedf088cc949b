#include "weights/input_rule.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr double kScale = 255;

/// What a plane is of a picture in [0, 1]: scale * p_channel + offset, channels in RGB order.
InputPlane of_picture(const InputRule& rule, const InputPlane& plane) {
  const auto c = static_cast<std::size_t>(plane.channel);
  const double scale = plane.scale / rule.deviation[c];
  return {rule.order == ChannelOrder::bgr ? 2 - plane.channel : plane.channel, scale,
          plane.offset - scale * rule.mean[c]};
}

}  // namespace

const std::vector<InputRule>& input_rules() {
  constexpr double k8Bit = 1 / kScale;
  static const std::vector<InputRule> rules = {
      {"caffe",
       "BGR from 0 to 255, minus 104, 117 and 123",
       ChannelOrder::bgr,
       {104 / kScale, 117 / kScale, 123 / kScale},
       {k8Bit, k8Bit, k8Bit}},
      {"tensorflow",
       "RGB from 0 to 255, minus 117",
       ChannelOrder::rgb,
       {117 / kScale, 117 / kScale, 117 / kScale},
       {k8Bit, k8Bit, k8Bit}},
      {"imagenet",
       "RGB from 0 to 1, minus 0.485, 0.456 and 0.406, over 0.229, 0.224 and 0.225",
       ChannelOrder::rgb,
       {0.485, 0.456, 0.406},
       {0.229, 0.224, 0.225}},
      {"half", "RGB from 0 to 1, minus 0.5, over 0.5", ChannelOrder::rgb, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}},
      {"unit", "RGB from 0 to 1", ChannelOrder::rgb, {0, 0, 0}, {1, 1, 1}},
      {"raw", "RGB from 0 to 255", ChannelOrder::rgb, {0, 0, 0}, {k8Bit, k8Bit, k8Bit}},
  };
  return rules;
}

const InputRule& input_rule(std::string_view name) {
  std::vector<std::string> known;
  for (const InputRule& rule : input_rules()) {
    if (rule.name == name) return rule;
    known.push_back(fmt::format("{} ({})", rule.name, rule.meaning));
  }
  fail_usage("unknown input '{}'; known are {}", name, fmt::join(known, "; "));
}

std::string describe_input(const InputRule& rule) {
  return fmt::format("input: {} ({})", rule.meaning, rule.name);
}

void fold_input(Model& model, const InputRule& rule, const InputPlanes& planes, const std::string& origin) {
  std::array<InputPlane, 3> read{};
  for (std::size_t c = 0; c < 3; ++c) {
    read[c] = of_picture(rule, planes[c]);
    if (!std::isfinite(read[c].scale) || !std::isfinite(read[c].offset) || read[c].scale == 0) {
      fail_input(
          "{}: what its first layer is given of channel {} is not the picture's ({} times it, plus {})",
          origin, c, read[c].scale, read[c].offset);
    }
  }
  const bool rgb = read[0].channel == 0 && read[1].channel == 1 && read[2].channel == 2;
  const bool bgr = read[0].channel == 2 && read[1].channel == 1 && read[2].channel == 0;
  if (!rgb && !bgr) {
    fail_input("{}: its first layer is given the channels {}, {}, {} of the picture, neither RGB nor BGR",
               origin, read[0].channel, read[1].channel, read[2].channel);
  }
  model.input.order = rgb ? ChannelOrder::rgb : ChannelOrder::bgr;
  ConvLayer& first = model.layers.front();
  const std::size_t taps = static_cast<std::size_t>(first.size) * static_cast<std::size_t>(first.size);
  for (std::size_t c = 0; c < 3; ++c) {
    const double scale = read[c].scale / kScale;
    model.input.mean[c] = static_cast<float>(-read[c].offset / scale);
    // 1 but for its last digit: the values stay what they are.
    if (std::abs(scale - 1) < 1e-12) continue;
    for (std::size_t k = 0; k < static_cast<std::size_t>(first.k); ++k) {
      float* values = first.filter.data() + (k * 3 + c) * taps;
      for (std::size_t i = 0; i < taps; ++i) values[i] = static_cast<float>(values[i] * scale);
    }
  }
}

void replace_input(Model& model, const InputRule& was, const InputRule& now, const std::string& origin) {
  if (was.name == now.name) return;
  ConvLayer& first = model.layers.front();
  const std::size_t taps = static_cast<std::size_t>(first.size) * static_cast<std::size_t>(first.size);
  for (std::size_t i = 0; i < first.filter.size(); ++i) {
    first.filter[i] = static_cast<float>(first.filter[i] * kScale * was.deviation[i / taps % 3]);
  }
  fold_input(model, now, kPlainPlanes, origin);
}

bool reads_alike(const InputRule& rule, const InputPlanes& planes, const InputRule& expected) {
  for (std::size_t c = 0; c < 3; ++c) {
    const InputPlane is = of_picture(rule, planes[c]), wanted = of_picture(expected, kPlainPlanes[c]);
    const double tolerance = 2e-3 * std::abs(wanted.scale);
    if (is.channel != wanted.channel || std::abs(is.scale - wanted.scale) > tolerance ||
        std::abs(is.offset - wanted.offset) > tolerance) {
      return false;
    }
  }
  return true;
}

}  // namespace limpid
