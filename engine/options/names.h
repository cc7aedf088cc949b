// The names of everything that is chosen by name: on command lines, in lists of jobs, in records.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/limpid.hpp"

namespace limpid {

/// `kNames<E>`: one name for each enumerator, in the order of the enumeration.
template <class Enum>
inline constexpr std::array<std::string_view, 0> kNames = {};

template <>
inline constexpr std::array<std::string_view, 5> kNames<Parameterisation> = {"spectral", "pixel", "pyramid",
                                                                             "cppn", "maco"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Squash> = {"sigmoid", "clip"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<Optimiser> = {"adam", "nadam", "ascent"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<RateSchedule> = {"constant", "cosine"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<EpsilonForm> = {"corrected", "uncorrected"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<PoolGradient> = {"max", "average", "l2"};
template <>
inline constexpr std::array<std::string_view, 4> kNames<ReluGradient> = {"plain", "redirected", "leaky",
                                                                         "unmasked"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<Fit> = {"crop", "pad", "stretch"};
template <>
inline constexpr std::array<std::string_view, 5> kNames<Precision> = {"auto", "fp32", "tf32", "fp16", "bf16"};

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
