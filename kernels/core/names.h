// Names of what is chosen by name.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace limpid {

/// `kNames<E>`: one name for each enumerator, in the order of the enumeration.
template <class Enum>
inline constexpr std::array<std::string_view, 0> kNames = {};

template <class Enum>
constexpr std::string_view name_of(Enum value) {
  return kNames<Enum>.at(static_cast<std::size_t>(value));
}

/// What `name` names; nothing where it is none of the names.
template <class Enum>
constexpr std::optional<Enum> named(std::string_view name) {
  for (std::size_t i = 0; i < kNames<Enum>.size(); ++i) {
    if (kNames<Enum>[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

/// Every enumerator with its name.
template <class Enum>
constexpr auto enumerators() {
  std::array<std::pair<Enum, std::string_view>, kNames<Enum>.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = {static_cast<Enum>(i), kNames<Enum>[i]};
  return all;
}

}  // namespace limpid
