#include "tools/dataset/facets.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <utility>

#include "engine/examples/k_means.h"
#include "engine/network/layers.h"
#include "engine/session/queries.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

double length_of(const std::vector<double>& vector) {
  double squares = 0;
  for (const double value : vector) squares += value * value;
  return std::sqrt(squares);
}

double gradient_norm(const Model& model, const Image& start, const Objective& objective,
                     const ComputeOptions& compute) {
  const InputGradient at_start = input_gradient(model, start, objective, compute);
  double squares = 0;
  for (const float value : at_start.gradient) squares += double{value} * double{value};
  if (!(squares > 0)) {
    fail_input("{} has no slope at the start, so that its weight cannot be chosen: give another --seed",
               to_string(objective));
  }
  return std::sqrt(squares);
}

float rounded(double value) {
  return std::strtof(fmt::format("{:.3g}", value).c_str(), nullptr);
}

}  // namespace

std::vector<Facet> facets_of(const std::vector<std::vector<float>>& vectors, std::size_t count,
                             std::uint64_t seed) {
  if (count < 2) fail_usage("--clusters {}: a single one is the mean of all; ask for 2 or more", count);
  const Clusters clusters = k_means(vectors, count, seed);
  const std::size_t width = vectors.front().size();
  std::vector<Facet> facets(count);
  for (std::size_t i = 0; i < vectors.size(); ++i) facets[clusters.cluster_of[i]].members.push_back(i);
  std::vector<double> mean(width, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const double share = static_cast<double>(facets[k].members.size()) / static_cast<double>(vectors.size());
    for (std::size_t c = 0; c < width; ++c) mean[c] += share * clusters.centres[k][c];
  }
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> difference(width);
    for (std::size_t c = 0; c < width; ++c) difference[c] = clusters.centres[k][c] - mean[c];
    const double length = length_of(difference);
    for (const double value : difference)
      facets[k].direction.push_back(static_cast<float>(length > 0 ? value / length : 0));
  }
  return facets;
}

Objective facet_objective(const Model& model, const std::string& layer, int channel,
                          const std::vector<float>& direction, const std::string& source, const Image& start,
                          const ComputeOptions& compute) {
  const Objective unit = channel_objective(layer, channel);
  auto vectors = std::make_shared<FeatureVectors>();
  vectors->channels = static_cast<int>(direction.size());
  vectors->values = direction;
  ObjectiveTerm term;
  term.kind = TermKind::direction;
  term.layer = layer;
  term.cosine_power = 1;
  term.source = source;
  term.vectors = std::move(vectors);

  Objective before_relu = unit;
  before_relu.terms.front().pre_relu = has_relu(model, layer);
  ObjectiveTerm product = term;
  product.cosine_power = 0;
  term.weight = rounded(gradient_norm(model, start, before_relu, compute) /
                        gradient_norm(model, start, Objective(product), compute));
  Objective both = unit;
  both.terms.push_back(std::move(term));
  return both;
}

}  // namespace limpid
