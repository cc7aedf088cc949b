#include "engine/options/option_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "engine/image/colours.h"
#include "engine/image/prior_file.h"
#include "kernels/core/error.h"
#include "kernels/core/names.h"

namespace limpid {
namespace {

/// The whole text as a number. A number no `Number` holds is none.
template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Numbers apart by any of `separators`; nothing where anything else is there.
template <class Number>
std::optional<std::vector<Number>> numbers(std::string_view text, std::string_view separators) {
  std::vector<Number> list;
  while (true) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const auto value = number<Number>(text.substr(0, end));
    if (!value) return std::nullopt;
    list.push_back(*value);
    if (end == text.size()) return list;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::vector<int>> sides(std::string_view text) {
  const auto list = numbers<int>(text, "x");
  if (!list || list->size() > 2) return std::nullopt;
  return std::vector<int>{list->front(), list->back()};
}

/// Rows R, G and B of a matrix, and the mean where twelve numbers are there.
std::optional<ColourBasis> colour_basis(std::string_view text) {
  const auto list = numbers<float>(text, ",;");
  if (!list || (list->size() != 9 && list->size() != 12)) return std::nullopt;
  ColourBasis colours;
  for (std::size_t i = 0; i < 9; ++i) colours.matrix[i / 3][i % 3] = (*list)[i];
  std::copy_n(kMeanColour.value, 3, colours.mean.begin());
  if (list->size() == 12) std::copy_n(list->begin() + 9, 3, colours.mean.begin());
  return colours;
}

std::string basis_text(const ColourBasis& colours) {
  std::string text;
  for (const auto& row : colours.matrix) {
    text += fmt::format("{}{}", text.empty() ? "" : ";", fmt::join(row, ","));
  }
  if (std::equal(colours.mean.begin(), colours.mean.end(), kMeanColour.value)) return text;
  return fmt::format("{};{}", text, fmt::join(colours.mean, ","));
}

template <class T>
OptionValue value_of(const std::optional<T>& value) {
  return value ? OptionValue{*value} : OptionValue{};
}

/// std::monostate where the text is none of the kind; the range is looked at afterwards.
OptionValue read_text(const OptionRow& row, std::string_view text) {
  switch (row.kind) {
    case OptionKind::flag:
      return text == "true" ? OptionValue{true} : text == "false" ? OptionValue{false} : OptionValue{};
    case OptionKind::count:
      return value_of(number<std::int64_t>(text));
    case OptionKind::seed:
      return value_of(number<std::uint64_t>(text));
    case OptionKind::real:
      return value_of(number<float>(text));
    case OptionKind::name:
    case OptionKind::text:
      return std::string(text);
    case OptionKind::size:
      return value_of(sides(text));
    case OptionKind::counts:
      return value_of(numbers<int>(text, ","));
    case OptionKind::transforms:
      return to_string(parse_transforms(text));
    case OptionKind::colours:
      if (text.ends_with(".h5")) return read_prior(std::string(text)).colours;
      return value_of(colour_basis(text));
    case OptionKind::file:
      return text.empty() ? OptionValue{} : OptionValue{NamedFile{std::string(text), {}}};
  }
  return {};
}

bool between(const OptionRow& row, double value) {
  return value <= row.most && (row.above_least ? value > row.least : value >= row.least);
}

/// "adam, nadam or ascent".
std::string choice(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  }
  return text;
}

/// Every element by itself.
struct Ranged {
  const OptionRow& row;
  bool operator()(std::int64_t value) const { return between(row, static_cast<double>(value)); }
  bool operator()(float value) const { return between(row, static_cast<double>(value)); }
  bool operator()(const std::vector<int>& values) const {
    return std::all_of(values.begin(), values.end(), [&](int v) { return between(row, v); });
  }
  bool operator()(const std::string& value) const {
    return row.kind != OptionKind::name ||
           std::find(row.names.begin(), row.names.end(), value) != row.names.end();
  }
  template <class Other>
  bool operator()(const Other&) const {
    return true;
  }
};

struct Printed {
  const OptionRow& row;
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::vector<int>& values) const {
    if (row.kind != OptionKind::size) return fmt::format("{}", fmt::join(values, ","));
    return values[0] == values[1] ? fmt::format("{}", values[0]) : fmt::format("{}x{}", values[0], values[1]);
  }
  std::string operator()(const NamedFile& file) const { return file.file; }
  std::string operator()(const ColourBasis& colours) const { return basis_text(colours); }
  /// "{}" writes the fewest digits that read back as the same float.
  template <class Other>
  std::string operator()(const Other& value) const {
    return fmt::format("{}", value);
  }
};

}  // namespace

std::string_view OptionRow::long_flag() const {
  const std::string_view from = flag.substr(flag.find("--"));
  return from.substr(0, from.find(','));
}

const OptionRow* find_option(std::string_view key) {
  for (const OptionRow& row : option_table()) {
    if (row.key == key) return &row;
  }
  return nullptr;
}

std::vector<std::string_view> kinds_of(const OptionRow& row) {
  std::vector<std::string_view> kinds;
  for (std::size_t i = 0; i < kNames<Parameterisation>.size(); ++i) {
    if ((row.kinds & bit(static_cast<Parameterisation>(i))) != 0)
      kinds.push_back(kNames<Parameterisation>[i]);
  }
  return kinds;
}

std::string_view title_of(OptionGroup group) {
  constexpr std::array<std::string_view, 8> titles = {
      "Picture",  "What is optimised",   "Colours", "Random views", "Updates", "Gradients inside the network",
      "How long", "Where it is computed"};
  return titles.at(static_cast<std::size_t>(group));
}

OptionValue parse_option(const OptionRow& row, std::string_view text, std::string_view where) {
  if (!row.unset.empty() && text == row.unset) return {};
  OptionValue value = read_text(row, text);
  if (std::holds_alternative<std::monostate>(value) || !in_range(row, value)) {
    fail_usage("{} '{}': expected {}", where.empty() ? row.long_flag() : where, text, expected(row));
  }
  return value;
}

std::string option_text(const OptionRow& row, const OptionValue& value) {
  return std::visit(Printed{row}, value);
}

bool has_effect(const OptionRow& row, const RenderOptions& options) {
  if (row.key == "sd" && options.start.photo != nullptr) return false;
  if (row.key == "settle" && options.view.transforms.staged()) return false;
  return (row.kinds & bit(options.kind())) != 0;
}

bool in_range(const OptionRow& row, const OptionValue& value) {
  return std::visit(Ranged{row}, value);
}

std::string expected(const OptionRow& row) {
  const std::string range = row.above_least ? fmt::format("above {}, at most {}", row.least, row.most)
                                            : fmt::format("from {} to {}", row.least, row.most);
  switch (row.kind) {
    case OptionKind::flag:
      return "true or false";
    case OptionKind::count:
      return "a whole number " + range;
    case OptionKind::seed:
      return fmt::format("a whole number from 0 to {}", std::numeric_limits<std::uint64_t>::max());
    case OptionKind::real:
      return "a number " + range;
    case OptionKind::name:
      return choice(row.names);
    case OptionKind::text:
      return "text";
    case OptionKind::size:
      return fmt::format("N or HxW, each side {} pixels", range);
    case OptionKind::counts:
      return fmt::format("whole numbers {}, apart by commas", range);
    case OptionKind::transforms:
      return "a list of transforms";
    case OptionKind::colours:
      return "nine numbers, row by row (R, G, B), as 1,0,0;0,1,0;0,0,1, and three more for the mean where "
             "it is not ImageNet's; or a prior's file, .h5";
    case OptionKind::file:
      return "the name of a file";
  }
  return {};
}

void check_ranges(const RenderOptions& options) {
  for (const OptionRow& row : option_table()) {
    const OptionValue value = row.get(options);
    if (in_range(row, value)) continue;
    fail_usage("{} {}: expected {}", row.key, option_text(row, value), expected(row));
  }
}

}  // namespace limpid
