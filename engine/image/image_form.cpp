#include "engine/image/image_form.h"

#include <cstddef>
#include <utility>

namespace limpid {

namespace {

template <std::size_t... kIndices>
Parameters parameters_at(std::size_t index, std::index_sequence<kIndices...>) {
  const std::array<Parameters, sizeof...(kIndices)> kinds = {
      std::variant_alternative_t<kIndices, Parameters>{}...};
  return kinds.at(index);
}

}  // namespace

Parameters parameters_of(Parameterisation kind) {
  return parameters_at(static_cast<std::size_t>(kind),
                       std::make_index_sequence<std::variant_size_v<Parameters>>());
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
