// What a network is given of a picture: the one thing that most files of weights do not say.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "weights/model.h"

namespace limpid {

/// A network's input is x_c = (p_c - mean_c) / deviation_c of a picture p in [0, 1], with channels in `order`.
struct InputRule {
  std::string_view name;
  std::string_view meaning;
  ChannelOrder order;
  std::array<double, 3> mean;       ///< In the network's channel order, on the 0..1 scale.
  std::array<double, 3> deviation;  ///< The same.
};

/// "caffe", "tensorflow", "imagenet", "half", "unit" and "raw".
const std::vector<InputRule>& input_rules();

/// The rule of that name. Throws Error{usage} listing the known ones when there is none.
const InputRule& input_rule(std::string_view name);

/// "input: RGB from 0 to 255, minus 117 (tensorflow)".
std::string describe_input(const InputRule& rule);

/// A value of a network's input that was prepared inside the network: scale * x_channel + offset.
struct InputPlane {
  int channel = 0;
  double scale = 1;
  double offset = 0;
};

/// The three planes a first layer reads.
using InputPlanes = std::array<InputPlane, 3>;

inline constexpr InputPlanes kPlainPlanes = {{{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}};

/// Makes `model`, whose first filter is the network's own, one that reads pictures: its input becomes 255 p - mean,
/// and the filter takes the scale. `planes` is what the network makes of its input, which is `rule` of a picture.
/// Throws Error{input} naming `origin` where the planes are neither RGB nor BGR, or hold nothing of the picture.
void fold_input(Model& model, const InputRule& rule, const InputPlanes& planes, const std::string& origin);

/// Makes `model`, into which `was` was folded, one into which `now` is.
void replace_input(Model& model, const InputRule& was, const InputRule& now, const std::string& origin);

/// Whether the first layer reads the same of a picture by `rule` and `planes` as by `expected` alone, to three
/// digits: constants of peers are rounded.
bool reads_alike(const InputRule& rule, const InputPlanes& planes, const InputRule& expected);

}  // namespace limpid
