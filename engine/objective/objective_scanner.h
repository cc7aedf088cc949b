// The text of an objective, read from left to right.
#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {

/// Whether a text is digits alone.
bool is_digits(std::string_view text);

/// A whole text as a number; nothing for any other text, infinities included.
std::optional<float> number_of(std::string_view text);

/// An argument as it is written: a word, a quoted name of a file, or a named number.
struct WrittenArgument {
  std::string_view word;  ///< As it stands in the text, without the quotes around it.
  std::string_view name;  ///< Empty where it has none.
  char quote = '\0';      ///< Around the word.

  /// What the word says.
  std::string text() const;
};

class ObjectiveScanner {
 public:
  explicit ObjectiveScanner(std::string_view text) : text_(text), rest_(text) {}

  std::string_view text() const { return text_; }
  /// What is not read yet.
  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  bool at(char c) const { return rest_.starts_with(c); }

  void skip_spaces();
  /// Whether the rest begins with `token`, which is then read.
  bool take(std::string_view token);
  /// Up to one of `ends`; outside parentheses also up to an operator between spaces. Without the spaces around
  /// it.
  std::string_view take_until(std::string_view ends);
  /// Up to the first `end`, without spaces around it; what it ends at is read too. Nothing where there is none.
  std::optional<std::string_view> take_through(char end);
  /// A function's argument, up to the comma or parenthesis after it. Throws for a quote that is not closed.
  WrittenArgument argument();

  /// f() where only `part` of the text is left to read; what is after it goes on afterwards.
  template <class F>
  auto within(std::string_view part, const F& f) {
    const std::string_view after = std::exchange(rest_, part);
    auto result = f();
    rest_ = after;
    return result;
  }
  /// f() between parentheses.
  template <class F>
  auto in_parentheses(const F& f) {
    const bool outer = std::exchange(inside_, true);
    auto result = f();
    inside_ = outer;
    return result;
  }
  bool inside() const { return inside_; }

  /// Throws Error{usage} naming the character at which `where`, which lies within the text, begins.
  template <class... Args>
  [[noreturn]] void fail(std::string_view where, fmt::format_string<Args...> format, Args&&... args) const {
    fail_usage("objective '{}', character {}: {}", text_, where.data() - text_.data() + 1,
               fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  WrittenArgument quoted_argument();

  std::string_view text_;
  std::string_view rest_;
  bool inside_ = false;
};

}  // namespace limpid
