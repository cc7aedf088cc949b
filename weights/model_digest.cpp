#include "weights/model_digest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "weights/sha256.h"

namespace limpid {
namespace {

std::string digest_of(const std::vector<float>& values) {
  return sha256_of_bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::string line_of(const ConvLayer& layer) {
  return fmt::format("{} {} {} {} {} {}\n", layer.name, layer.k, layer.c, layer.size, digest_of(layer.filter),
                     digest_of(layer.bias));
}

}  // namespace

std::string digest_of(const Model& model) {
  const Lrn& lrn = model.lrn;
  std::string text = fmt::format("{} {} {} {} {} {} {} {} {}\n", static_cast<int>(model.padding),
                                 model.pool_sizes, lrn.present, lrn.radius, lrn.alpha, lrn.beta, lrn.bias,
                                 static_cast<int>(model.input.order), model.input.mean);
  for (const ConvLayer& layer : model.layers) text += line_of(layer);
  for (const AppendedLayer& layer : model.appended)
    text += fmt::format("{} {} {}", layer.reads, layer.relu, line_of(layer.conv));
  return sha256_of_bytes(text);
}

}  // namespace limpid
