#include "tools/layer_argument.h"

#include "kernels/core/error.h"

namespace limpid {

ObjectiveTerm parse_layer(const std::string& text, const Model& model) {
  const Objective objective = parse_objective(text, model);
  const ObjectiveTerm& layer = objective.leading();
  if (objective.terms.size() != 1 || layer.kind != TermKind::layer || layer.weight != 1) {
    fail_usage("'{}' is more than a layer; all its channels are taken together (example: {})", text,
               layer.layer);
  }
  return layer;
}

}  // namespace limpid
