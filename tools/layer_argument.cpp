#include "tools/layer_argument.h"

#include "kernels/core/error.h"

namespace limpid {
namespace {

bool is_unit(const Objective& objective) {
  const ObjectiveTerm& term = objective.leading();
  return objective.terms.size() == 1 && term.kind == TermKind::channel && term.weight == 1;
}

}  // namespace

ObjectiveTerm parse_layer(const std::string& text, const Model& model) {
  const Objective objective = parse_objective(text, model);
  const ObjectiveTerm& layer = objective.leading();
  if (objective.terms.size() != 1 || layer.kind != TermKind::layer || layer.weight != 1) {
    fail_usage("'{}' is more than a layer; all its channels are taken together (example: {})", text,
               layer.layer);
  }
  return layer;
}

ObjectiveTerm parse_unit(const std::string& text, const Model& model) {
  const Objective objective = parse_objective(text, model);
  if (!is_unit(objective))
    fail_usage("'{}' is no channel of a layer (examples: mixed3b:379, mixed3b:379:pre, mixed3b:379@14,14)",
               text);
  return objective.leading();
}

ObjectiveTerm parse_channel(const std::string& text, const Model& model) {
  const Objective objective = parse_objective(text, model);
  if (!is_unit(objective) || objective.leading().position)
    fail_usage("'{}' is no channel of a layer (example: mixed4a:11)", text);
  return objective.leading();
}

}  // namespace limpid
