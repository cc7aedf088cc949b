#include "engine/image/image_form.h"

#include <cstddef>

namespace limpid {

Parameters parameters_of(Parameterisation kind) {
  const std::array<Parameters, std::variant_size_v<Parameters>> kinds = {Spectral{}, Pixel{}, Pyramid{},
                                                                         Cppn{}, Maco{}};
  return kinds.at(static_cast<std::size_t>(kind));
}

Parameters changed_to(Parameterisation kind, const Parameters& parameters) {
  if (kind == kind_of(parameters)) return parameters;
  Parameters changed = parameters_of(kind);
  std::visit(
      [&](auto& own) {
        if constexpr (requires { own.shared; }) own.shared = shared_of(parameters);
      },
      changed);
  return changed;
}

const SharedTerms& shared_of(const Parameters& parameters) {
  static const SharedTerms none;
  return std::visit(
      [](const auto& own) -> const SharedTerms& {
        if constexpr (requires { own.shared; }) {
          return own.shared;
        } else {
          return none;
        }
      },
      parameters);
}

}  // namespace limpid
