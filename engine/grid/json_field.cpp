#include "engine/grid/json_field.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/core/json_depth.h"

namespace limpid {
namespace {

/// Far above what a list of jobs or a manifest has. A value is written out and compared by functions that
/// call themselves once for each level.
constexpr int kMostDepth = 32;

/// The value as it would be written, cut to what a message can hold.
std::string shown(const JsonField::Json& value) {
  constexpr std::size_t longest = 40;
  std::string text = value.dump(-1, ' ', true, JsonField::Json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

}  // namespace

double shortest(float value) {
  const std::string text = fmt::format("{}", value);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

JsonField::Json JsonField::parse(std::string_view text, const std::string& file) {
  // `end` is that of the character which is wrong.
  const auto refuse = [&](std::size_t end, std::string_view what) {
    const std::string_view before = text.substr(0, std::min(end, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is the beginning.
    fail_input("{}: line {}, column {}: {}", file, line, before.size() - line_start, what);
  };
  const std::size_t deeper = find_deeper_json(text, kMostDepth);
  if (deeper != text.npos)
    refuse(deeper + 1, fmt::format("more than {} brackets within one another", kMostDepth));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(error.byte, "this is no JSON");
  } catch (const Json::exception&) {
    // A number no double can hold is the parser's only other complaint.
    // Said below.
  }
  fail_input("{}: it holds a number that is out of range", file);
}

void JsonField::fail(std::string_view expected) const {
  reject(fmt::format("expected {}, found {}", expected, shown(value_)));
}

void JsonField::reject(std::string_view message) const {
  fail_input("{}: {}{}{}", file_, path_, path_.empty() ? "" : ": ", message);
}

bool JsonField::boolean() const {
  if (!value_.is_boolean()) fail("true or false");
  return value_.get<bool>();
}

std::string JsonField::string() const {
  if (!value_.is_string()) fail("a string");
  return value_.get<std::string>();
}

std::int64_t JsonField::integer(std::int64_t least, std::int64_t most) const {
  const bool fits = value_.is_number_integer() &&
                    (!value_.is_number_unsigned() || value_.get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!fits || value_.get<std::int64_t>() < least || value_.get<std::int64_t>() > most) {
    fail(fmt::format("a whole number from {} to {}", least, most));
  }
  return value_.get<std::int64_t>();
}

std::uint64_t JsonField::unsigned_integer() const {
  if (!value_.is_number_unsigned()) fail(fmt::format("a whole number from 0 to {}", UINT64_MAX));
  return value_.get<std::uint64_t>();
}

float JsonField::real(float least, float most) const {
  const float number = value_.is_number() ? static_cast<float>(value_.get<double>()) : NAN;
  if (!(number >= least && number <= most)) fail(fmt::format("a number from {} to {}", least, most));
  return number;
}

JsonField JsonField::child(const Json& value, const std::string& name) const {
  return {value, file_, path_.empty() ? name : path_ + "." + name};
}

JsonField JsonField::member(const std::string& name) const {
  if (!value_.is_object()) fail("an object");
  const auto found = value_.find(name);
  if (found == value_.end()) reject(fmt::format("'{}' is missing", name));
  return child(*found, name);
}

void JsonField::for_each_member(
    const std::function<void(const std::string&, const JsonField&)>& visit) const {
  if (!value_.is_object()) fail("an object");
  for (auto it = value_.begin(); it != value_.end(); ++it) visit(it.key(), child(it.value(), it.key()));
}

std::size_t JsonField::size() const {
  if (!value_.is_array()) fail("an array");
  return value_.size();
}

JsonField JsonField::element(std::size_t index) const {
  return {value_.at(index), file_, fmt::format("{}[{}]", path_, index)};
}

}  // namespace limpid
