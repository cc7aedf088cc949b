#include "engine/objective/check_objective.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/image/check_image.h"
#include "engine/network/layers.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"

namespace limpid {
namespace {

void check_layer(const ObjectiveTerm& term, const Model& model, const std::string& what) {
  const std::vector<std::string> names = layer_names(model);
  if (std::find(names.begin(), names.end(), term.layer) == names.end()) {
    const std::optional<NamedLayer> layer = find_layer(term.layer);
    fail_usage("{}: '{}' is no layer's canonical name{}", what, term.layer,
               layer ? fmt::format("; it is {}", layer->layer) : "");
  }
  const bool one_channel = term.kind == TermKind::channel || term.kind == TermKind::neuron;
  const int count = channel_count(model, term.layer);
  if (one_channel && (term.channel < 0 || term.channel >= count)) {
    fail_usage("{}: {} has no channel {}: channels are 0 to {}", what, term.layer, term.channel, count - 1);
  }
}

void check_vectors(const ObjectiveTerm& term, const Model& model, const std::string& what) {
  const bool reads_them = term.kind == TermKind::direction || term.kind == TermKind::direction_neuron ||
                          term.kind == TermKind::patch;
  if (!reads_them || (term.random && term.kind != TermKind::patch)) return;
  if (term.vectors == nullptr) fail_usage("{}: it has no vectors ('{}' was not read)", what, term.source);
  const FeatureVectors& vectors = *term.vectors;
  const bool positive = vectors.height > 0 && vectors.width > 0 && vectors.channels > 0;
  const auto wanted = static_cast<std::uint64_t>(std::max(vectors.height, 0)) *
                      static_cast<std::uint64_t>(std::max(vectors.width, 0));
  const auto channels = static_cast<std::uint64_t>(channel_count(model, term.layer));
  if (!positive || static_cast<std::uint64_t>(vectors.channels) != channels ||
      vectors.values.size() / channels != wanted || vectors.values.size() % channels != 0) {
    fail_usage("{}: its vectors are {}x{}x{} with {} values; {} has {} channels", what, vectors.height,
               vectors.width, vectors.channels, vectors.values.size(), term.layer, channels);
  }
  if (term.kind != TermKind::patch && wanted != 1) {
    fail_usage("{}: its vectors are a patch of {}x{} positions", what, vectors.height, vectors.width);
  }
  for (const float value : vectors.values) {
    if (!std::isfinite(value)) fail_usage("{}: its vectors hold {}", what, value);
  }
}

void check_photo(const ObjectiveTerm& term, const std::string& what) {
  const bool reads_it = term.kind == TermKind::match || term.kind == TermKind::caricature ||
                        term.kind == TermKind::style || term.kind == TermKind::distance;
  if (!reads_it) return;
  if (term.photo == nullptr) fail_usage("{}: it has no photo ('{}' was not read)", what, term.source);
  check_image(*term.photo, what + ": its photo");
}

}  // namespace

void check_objective(const Objective& objective, const Model& model, std::string_view what) {
  for (std::size_t i = 0; i < objective.terms.size(); ++i) {
    const ObjectiveTerm& term = objective.terms[i];
    const std::string named = fmt::format("{}, term {}", what, i + 1);
    if (!std::isfinite(term.weight)) fail_usage("{}: its weight is {}", named, term.weight);
    if (!std::isfinite(term.cosine_power) || term.cosine_power < 0) {
      fail_usage("{}: its power of the cosine is {}: a number from 0 on is needed", named, term.cosine_power);
    }
    if (!std::isfinite(term.centre)) fail_usage("{}: its centre is {}", named, term.centre);
    if (term.frame < 1 || term.frame > kLargestSide) {
      fail_usage("{}: its frame of {} pixels is not from 1 to {}", named, term.frame, kLargestSide);
    }
    if (reads_map(term.kind)) {
      check_layer(term, model, named);
      check_vectors(term, model, named);
    }
    check_photo(term, named);
  }
}

void check_maximised(const Objective& objective, const Model& model) {
  check_objective(objective, model, "the objective");
  const bool any_map = std::any_of(objective.terms.begin(), objective.terms.end(),
                                   [](const ObjectiveTerm& term) { return reads_map(term.kind); });
  if (!any_map) fail_usage("the objective has no term that reads a layer");
}

}  // namespace limpid
