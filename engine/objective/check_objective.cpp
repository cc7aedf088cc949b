#include "engine/objective/check_objective.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/image/check_image.h"
#include "engine/network/layers.h"
#include "engine/objective/term_table.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

void check_layer(const ObjectiveTerm& term, const Model& model, const std::string& what) {
  const std::vector<std::string> names = layer_names(model);
  if (std::find(names.begin(), names.end(), term.layer) == names.end()) {
    const std::optional<NamedLayer> layer = find_layer(term.layer);
    fail_usage("{}: '{}' is no layer's canonical name{}", what, term.layer,
               layer ? fmt::format("; it is {}", layer->layer) : "");
  }
  const int count = channel_count(model, term.layer);
  if (row_of(term).one_channel && (term.channel < 0 || term.channel >= count)) {
    fail_usage("{}: {} has no channel {}: channels are 0 to {}", what, term.layer, term.channel, count - 1);
  }
}

void check_vectors(const ObjectiveTerm& term, const Model& model, const std::string& what) {
  const bool patch = row_of(term).takes(TermArgument::patch);
  if (!row_of(term).has_vectors() || (term.random && !patch)) return;
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
  if (!patch && wanted != 1) {
    fail_usage("{}: its vectors are a patch of {}x{} positions", what, vectors.height, vectors.width);
  }
  for (const float value : vectors.values) {
    if (!std::isfinite(value)) fail_usage("{}: its vectors hold {}", what, value);
  }
}

void check_photo(const ObjectiveTerm& term, const std::string& what) {
  if (!row_of(term).reads_photo()) return;
  if (term.photo == nullptr) fail_usage("{}: it has no photo ('{}' was not read)", what, term.source);
  check_image(*term.photo, what + ": its photo");
}

}  // namespace

void check_objective(const Objective& objective, const Model& model, std::string_view what) {
  for (std::size_t i = 0; i < objective.terms.size(); ++i) {
    const ObjectiveTerm& term = objective.terms[i];
    const std::string named = fmt::format("{}, term {}", what, i + 1);
    if (!std::isfinite(term.weight)) fail_usage("{}: its weight is {}", named, term.weight);
    if (term.kind == TermKind::none) fail_usage("{}: it has no kind", named);
    const TermRow& row = row_of(term);
    for (const TermOption& option : term_options()) {
      if (option.allows(option.get(term))) continue;
      fail_usage("{}: its {} is {}: {} is needed", named, option.name, option.get(term), option.expected());
    }
    if (term.position && !row.at_position) {
      fail_usage("{}: it has a position, and {} is of the whole", named, to_string(term));
    }
    if (row.reads_map()) {
      check_layer(term, model, named);
      check_vectors(term, model, named);
    }
    check_photo(term, named);
  }
}

void check_maximised(const Objective& objective, const Model& model) {
  check_objective(objective, model, "the objective");
  const bool any_map = std::any_of(objective.terms.begin(), objective.terms.end(),
                                   [](const ObjectiveTerm& term) { return row_of(term).reads_map(); });
  if (!any_map) fail_usage("the objective has no term that reads a layer");
}

}  // namespace limpid
