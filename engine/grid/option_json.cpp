#include "engine/grid/option_json.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <vector>

#include "engine/options/image_options.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

constexpr float kLargest = std::numeric_limits<float>::max();

Json numbers_to_json(const std::array<float, 3>& numbers) {
  return {shortest(numbers[0]), shortest(numbers[1]), shortest(numbers[2])};
}

struct ToJson {
  Json operator()(std::monostate) const { return {}; }
  Json operator()(float value) const { return shortest(value); }
  Json operator()(const NamedFile& file) const { return {{"file", file.file}, {"sha256", file.sha256}}; }
  Json operator()(const ColourBasis& colours) const {
    Json rows = Json::array();
    for (const auto& row : colours.matrix) rows.push_back(numbers_to_json(row));
    return {{"matrix", std::move(rows)}, {"mean", numbers_to_json(colours.mean)}};
  }
  template <class Other>
  Json operator()(const Other& value) const {
    return value;
  }
};

std::array<float, 3> read_numbers(const JsonField& field) {
  if (!field.value().is_array() || field.size() != 3) field.fail("3 numbers");
  std::array<float, 3> numbers{};
  for (std::size_t i = 0; i < 3; ++i) numbers[i] = field.element(i).real(-kLargest, kLargest);
  return numbers;
}

ColourBasis read_colours(const JsonField& field) {
  ColourBasis colours;
  const JsonField matrix = field.member("matrix");
  if (!matrix.value().is_array() || matrix.size() != 3) matrix.fail("three rows of three numbers");
  for (std::size_t row = 0; row < 3; ++row) colours.matrix[row] = read_numbers(matrix.element(row));
  colours.mean = read_numbers(field.member("mean"));
  return colours;
}

/// true is the default list, false none.
std::string read_transforms(const JsonField& field) {
  if (field.value().is_boolean()) return to_string(field.boolean() ? default_transforms() : Transforms{});
  if (!field.value().is_string()) field.fail("a list of transforms as a string, true or false");
  try {
    return to_string(parse_transforms(field.string()));
  } catch (const Error& error) {
    field.reject(error.what());
  }
}

int read_whole(const JsonField& field, const OptionRow& row) {
  return static_cast<int>(
      field.integer(static_cast<std::int64_t>(row.least), static_cast<std::int64_t>(row.most)));
}

std::vector<int> read_counts(const JsonField& field, const OptionRow& row) {
  if (!field.value().is_array()) field.fail("a list of numbers");
  std::vector<int> counts;
  for (std::size_t i = 0; i < field.size(); ++i) counts.push_back(read_whole(field.element(i), row));
  return counts;
}

std::vector<int> read_size(const JsonField& field, const OptionRow& row) {
  if (field.value().is_number()) return std::vector<int>(2, read_whole(field, row));
  if (!field.value().is_array() || field.size() != 2) field.fail("a number or [height, width]");
  return read_counts(field, row);
}

}  // namespace

void add_option_fields(Json& json, const RenderOptions& job) {
  const RenderOptions usual;
  for (const OptionRow& row : option_table()) {
    const OptionValue value = row.get(job);
    const bool differs =
        row.recorded == Recorded::different && has_effect(row, job) && value != row.get(usual);
    if (row.recorded == Recorded::always || differs) json[std::string(row.key)] = std::visit(ToJson{}, value);
  }
  // The rate that is taken, whoever chose it.
  json["learning_rate"] = shortest(learning_rate(job));
}

OptionValue read_option(const JsonField& field, const OptionRow& row) {
  switch (row.kind) {
    case OptionKind::flag:
      return field.boolean();
    case OptionKind::count:
      // Whether there are any: lists and stores made before their number could be chosen have that.
      if (row.key == "redirected_relu" && field.value().is_boolean()) {
        return field.boolean() ? row.get({}) : std::int64_t{0};
      }
      return std::int64_t{read_whole(field, row)};
    case OptionKind::seed:
      return field.unsigned_integer();
    case OptionKind::real: {
      const float value = field.real(-kLargest, kLargest);
      if (!in_range(row, value)) field.fail(expected(row));
      return value;
    }
    case OptionKind::name: {
      const OptionValue value = field.value().is_string() ? field.string() : "";
      if (!in_range(row, value)) field.fail(expected(row));
      return value;
    }
    case OptionKind::text:
      return field.string();
    case OptionKind::size:
      return read_size(field, row);
    case OptionKind::counts:
      return read_counts(field, row);
    case OptionKind::transforms:
      return read_transforms(field);
    case OptionKind::colours:
      return read_colours(field);
    case OptionKind::file:
      if (field.value().is_string()) return NamedFile{field.string(), {}};
      return NamedFile{field.member("file").string(), field.member("sha256").string()};
  }
  return {};
}

}  // namespace limpid
