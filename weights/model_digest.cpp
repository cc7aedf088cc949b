#include "weights/model_digest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "weights/nodes_json.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

std::string digest_of(const std::vector<float>& values) {
  return sha256_of_bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::string line_of(const ConvLayer& layer) {
  const std::string thresholds =
      layer.threshold.empty() ? "" : fmt::format(" {}", digest_of(layer.threshold));
  return fmt::format("{} {} {} {} {} {}{}\n", layer.name, layer.k, layer.c, layer.size,
                     digest_of(layer.filter), digest_of(layer.bias), thresholds);
}

}  // namespace

std::string digest_of(const Model& model) {
  std::string text = fmt::format("{} {}\n", static_cast<int>(model.input.order), model.input.mean);
  for (const std::string& node : nodes_to_json(model.network)) text += node + "\n";
  for (const ConvLayer& layer : model.layers) text += line_of(layer);
  return sha256_of_bytes(text);
}

}  // namespace limpid
