// A JSON value that knows where it stands, so that what is wrong with it can be said in one line.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace limpid {

/// The double with the fewest digits that reads back as `value`: 0.05, not 0.05000000074505806.
double shortest(float value);

/// A view of a value in a parsed document. Every method throws Error{input} "file: path: what was expected".
class JsonField {
 public:
  using Json = nlohmann::ordered_json;

  /// `path` is empty for the document itself. `value` must outlive the field.
  JsonField(const Json& value, std::string file, std::string path)
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  /// Parses a document. Throws Error{input} with the line and column of what is no JSON.
  static Json parse(std::string_view text, const std::string& file);

  const Json& value() const { return value_; }
  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }

  /// "file: path: expected `expected`, found <the value>".
  [[noreturn]] void fail(std::string_view expected) const;
  /// "file: path: `message`".
  [[noreturn]] void reject(std::string_view message) const;

  bool boolean() const;
  std::string string() const;
  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  std::uint64_t unsigned_integer() const;
  /// A number that fp32 holds, from `least` to `most`.
  float real(float least, float most) const;

  /// A member of an object, which must be there.
  JsonField member(const std::string& name) const;
  /// Calls `visit(name, field)` for each member of an object, in the document's order.
  void for_each_member(const std::function<void(const std::string&, const JsonField&)>& visit) const;

  /// Elements of an array.
  std::size_t size() const;
  JsonField element(std::size_t index) const;

 private:
  JsonField child(const Json& value, const std::string& name) const;

  const Json& value_;
  std::string file_;
  std::string path_;
};

}  // namespace limpid
