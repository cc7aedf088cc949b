#include "weights/model.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {

const ConvLayer& Model::layer(std::string_view name) const {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const ConvLayer& candidate) { return candidate.name == name; });
  if (found == layers.end()) fail_input("the weights have no layer '{}'", name);
  return *found;
}

}  // namespace limpid
