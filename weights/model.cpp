#include "weights/model.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {

const ConvLayer& Model::layer(std::string_view name) const {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const ConvLayer& candidate) { return candidate.name == name; });
  if (found != layers.end()) return *found;
  const auto other = std::find_if(appended.begin(), appended.end(), [&](const AppendedLayer& candidate) {
    return candidate.conv.name == name;
  });
  if (other == appended.end()) fail_input("the weights have no layer '{}'", name);
  return other->conv;
}

}  // namespace limpid
