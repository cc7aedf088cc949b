#include "engine/objective/objective_scanner.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace limpid {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(first);
  text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
  return text;
}

bool is_operator(std::string_view text) {
  return text.starts_with(" + ") || text.starts_with(" - ");
}

}  // namespace

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<float> number_of(std::string_view text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string WrittenArgument::text() const {
  std::string result;
  for (std::size_t i = 0; i < word.size(); ++i) {
    result += word[i];
    if (quote != '\0' && word[i] == quote) ++i;
  }
  return result;
}

void ObjectiveScanner::skip_spaces() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
}

bool ObjectiveScanner::take(std::string_view token) {
  if (!rest_.starts_with(token)) return false;
  rest_.remove_prefix(token.size());
  return true;
}

std::string_view ObjectiveScanner::take_until(std::string_view ends) {
  std::size_t end = 0;
  while (end < rest_.size() && ends.find(rest_[end]) == std::string_view::npos &&
         (inside_ || !is_operator(rest_.substr(end)))) {
    ++end;
  }
  const std::string_view word = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return trimmed(word);
}

std::optional<std::string_view> ObjectiveScanner::take_through(char end) {
  const std::size_t at = rest_.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view word = rest_.substr(0, at);
  rest_.remove_prefix(at + 1);
  return trimmed(word);
}

WrittenArgument ObjectiveScanner::argument() {
  skip_spaces();
  if (at('"') || at('\'')) return quoted_argument();
  const std::string_view word = take_until("=,)");
  if (!take("=")) return {word, {}};
  skip_spaces();
  return {take_until(",)"), word};
}

WrittenArgument ObjectiveScanner::quoted_argument() {
  const std::string_view start = rest_;
  const char quote = rest_.front();
  std::size_t end = rest_.find(quote, 1);
  while (end != std::string_view::npos && end + 1 < rest_.size() && rest_[end + 1] == quote)
    end = rest_.find(quote, end + 2);
  if (end == std::string_view::npos) fail(start, "the quote is not closed");
  rest_.remove_prefix(end + 1);
  skip_spaces();
  return {start.substr(1, end - 1), {}, quote};
}

}  // namespace limpid
