// How a row of the option table reads and sets its member.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/options/option_table.h"
#include "kernels/core/names.h"

namespace limpid::option_access {

// From members to values. What is not set is std::monostate.

inline OptionValue to_value(bool value) {
  return value;
}
inline OptionValue to_value(int value) {
  return std::int64_t{value};
}
inline OptionValue to_value(std::uint64_t value) {
  return value;
}
inline OptionValue to_value(float value) {
  return value;
}
inline OptionValue to_value(const std::string& value) {
  return value;
}
inline OptionValue to_value(const std::vector<int>& value) {
  return value;
}
inline OptionValue to_value(const std::array<int, 2>& value) {
  return std::vector<int>(value.begin(), value.end());
}
inline OptionValue to_value(const Transforms& value) {
  return to_string(value);
}
inline OptionValue to_value(const std::shared_ptr<const ColourBasis>& value) {
  return value == nullptr ? OptionValue{} : OptionValue{*value};
}
template <class File>
OptionValue to_value(const std::shared_ptr<const File>& value) {
  return value == nullptr ? OptionValue{} : OptionValue{NamedFile{value->file, value->sha256}};
}
template <class T>
OptionValue to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : OptionValue{};
}
template <class Enum>
requires std::is_enum_v<Enum> OptionValue to_value(Enum value) {
  return std::string(name_of(value));
}

// And back.

template <class T>
requires std::is_constructible_v<OptionValue, std::in_place_type_t<T>, T>
void from_value(const OptionValue& value, T& member) {
  member = std::get<T>(value);
}
inline void from_value(const OptionValue& value, int& member) {
  member = static_cast<int>(std::get<std::int64_t>(value));
}
inline void from_value(const OptionValue& value, std::array<int, 2>& member) {
  std::copy_n(std::get<std::vector<int>>(value).begin(), 2, member.begin());
}
inline void from_value(const OptionValue& value, Transforms& member) {
  member = parse_transforms(std::get<std::string>(value));
}
inline void from_value(const OptionValue& value, std::shared_ptr<const ColourBasis>& member) {
  member = std::make_shared<const ColourBasis>(std::get<ColourBasis>(value));
}
template <class File>
void from_value(const OptionValue& value, std::shared_ptr<const File>& member) {
  const NamedFile& named = std::get<NamedFile>(value);
  File file;
  file.file = named.file;
  file.sha256 = named.sha256;
  member = std::make_shared<const File>(std::move(file));
}
template <class T>
void from_value(const OptionValue& value, std::optional<T>& member) {
  from_value(value, member.emplace());
}
template <class Enum>
requires std::is_enum_v<Enum>
void from_value(const OptionValue& value, Enum& member) {
  member = named<Enum>(std::get<std::string>(value)).value();
}

/// How a row reads and sets its member.
struct OptionAccess {
  OptionValue (*get)(const RenderOptions&);
  void (*set)(RenderOptions&, const OptionValue&);
  unsigned kinds = kEveryKind;
};

/// What is not set is as a render without options has it.
template <class T>
void assign(T& member, const OptionValue& value, const T& standard) {
  if (std::holds_alternative<std::monostate>(value)) {
    member = standard;
  } else {
    from_value(value, member);
  }
}

/// The member at the end of a chain of members.
template <auto... kMembers>
constexpr OptionAccess member() {
  return {[](const RenderOptions& options) { return to_value((options.*....*kMembers)); },
          [](RenderOptions& options, const OptionValue& value) {
            assign((options.*....*kMembers), value, (RenderOptions().*....*kMembers));
          }};
}

template <class Kind, class T>
Kind kind_with(T Kind::*);

template <class Kind, std::size_t kIndex = 0>
constexpr std::size_t index_of() {
  if constexpr (std::is_same_v<std::variant_alternative_t<kIndex, Parameters>, Kind>) {
    return kIndex;
  } else {
    return index_of<Kind, kIndex + 1>();
  }
}

/// A member of the kinds of parameters that have it. The others read as where nothing is said, and take
/// nothing.
template <auto... kMembers>
constexpr OptionAccess of_kinds() {
  return {[](const RenderOptions& options) {
            OptionValue value;
            const auto read = [&](auto kMember) {
              using Kind = decltype(kind_with(kMember));
              const auto* own = std::get_if<Kind>(&options.parameters);
              value = to_value(own == nullptr ? Kind{}.*kMember : own->*kMember);
              return own != nullptr;
            };
            (... || read(kMembers));
            return value;
          },
          [](RenderOptions& options, const OptionValue& value) {
            const auto write = [&](auto kMember) {
              using Kind = decltype(kind_with(kMember));
              auto* own = std::get_if<Kind>(&options.parameters);
              if (own != nullptr) assign(own->*kMember, value, Kind{}.*kMember);
            };
            (write(kMembers), ...);
          },
          (... | (1U << index_of<decltype(kind_with(kMembers))>()))};
}

/// With its access.
constexpr OptionRow row(OptionAccess access, OptionRow row) {
  row.get = access.get;
  row.set = access.set;
  row.kinds &= access.kinds;
  return row;
}

}  // namespace limpid::option_access
