#include "engine/attribution/cotangent_products.h"

#include <utility>

#include "engine/attribution/layers_between.h"

namespace limpid {

CotangentProducts cotangent_products(std::shared_ptr<const Model> model, const std::string& upper,
                                     const std::string& lower, const Activations& below,
                                     std::span<const std::vector<float>> cotangents,
                                     const ComputeOptions& compute) {
  Session session(std::move(model), options_between(upper, lower, compute));
  const Extents map{1, below.channels, below.height, below.width};
  const Extents target = session.target_extents(0, 1, below.height, below.width);
  CotangentProducts result;
  result.upper.resize(static_cast<std::size_t>(target[1] * target[2] * target[3]));
  const std::vector<TensorView<float>> outputs = {dense_view(result.upper.data(), target)};
  session.forward(dense_view<const float>(below.values.data(), map), outputs);
  for (const std::vector<float>& cotangent : cotangents) {
    std::vector<float>& product = result.products.emplace_back(below.values.size());
    const std::vector<TensorView<const float>> views = {dense_view<const float>(cotangent.data(), target)};
    session.backward(views, dense_view(product.data(), map));
    for (std::size_t i = 0; i < product.size(); ++i) product[i] *= below.values[i];
  }
  return result;
}

}  // namespace limpid
