// What exporters write as several operations of ONNX and InceptionV1 has as one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weights/input_rule.h"
#include "weights/onnx_constants.h"

namespace limpid {

/// Whether each number is one of pixels around a map that InceptionV1 could have: from 0 to 64, so that sums of
/// them are small.
template <class Numbers>
bool all_are_pads(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](std::int64_t n) { return n >= 0 && n <= 64; });
}

/// Recognises groups of operations by their last one.
class OnnxPatterns {
 public:
  /// Refers to both. `inputs` are the graph's.
  OnnxPatterns(const OnnxConstants& constants, const std::set<std::string, std::less<>>& inputs)
      : constants_(constants), inputs_(inputs) {}

  /// A normalisation across channels and what it reads.
  struct Normalisation {
    std::string source;
    int size;     ///< Channels of the window.
    float alpha;  ///< Of the mean over the window.
    float beta, bias;
  };

  /// A division of x by (alpha * mean of x^2 over channels + bias)^beta, as PyTorch computes it: the mean is a
  /// pool in three dimensions, over a map that zeros were put around.
  std::optional<Normalisation> normalisation(const onnx::NodeProto& node) const;

  /// A map with pixels around it.
  struct Padded {
    std::string source;
    std::array<std::int64_t, 4> pads;  ///< Top, left, bottom, right.
    float value;
  };

  /// The Pad that makes the value.
  std::optional<Padded> padded(std::string_view value) const;

  /// Whether the operation is a ReduceMean over height and width.
  bool is_mean_of_map(const onnx::NodeProto& node) const;

  /// The value as a scaled and shifted choice of the input's channels; nothing for any other.
  std::optional<std::vector<InputPlane>> prepared(std::string_view value) const;

 private:
  using Planes = std::optional<std::vector<InputPlane>>;

  std::string_view behind_shapes(std::string_view value) const;
  std::optional<std::string> squared(std::string_view value) const;
  bool pools_channels(const onnx::NodeProto& pool, std::int64_t size,
                      std::array<std::int64_t, 2> padded) const;
  Planes planes_of(const onnx::NodeProto& node, int depth) const;
  Planes planes_of(std::string_view value, int depth) const;
  Planes scaled(const onnx::NodeProto& node, int depth) const;
  Planes chosen(const onnx::NodeProto& node, int depth) const;

  const OnnxConstants& constants_;
  const std::set<std::string, std::less<>>& inputs_;
  mutable std::map<std::string, Planes, std::less<>> known_;
};

}  // namespace limpid
