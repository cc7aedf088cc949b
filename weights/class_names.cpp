#include "weights/class_names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "kernels/core/error.h"
#include "weights/edit_distance.h"

namespace limpid {
namespace {

/// So many classes are named in an error.
constexpr std::size_t kMostNamed = 6;

using Matches = std::function<bool(std::string_view label)>;

std::string folded(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower_case);
  return result;
}

/// "tabby, tabby cat" -> "tabby" and "tabby cat".
std::vector<std::string_view> synonyms(std::string_view label) {
  std::vector<std::string_view> result;
  while (!label.empty()) {
    const std::size_t end = std::min(label.find(", "), label.size());
    result.push_back(label.substr(0, end));
    label.remove_prefix(std::min(end + 2, label.size()));
  }
  return result;
}

std::vector<std::size_t> classes_where(const std::vector<std::string>& labels, const Matches& matches) {
  std::vector<std::size_t> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (matches(labels[i])) classes.push_back(i);
  }
  return classes;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Whether the word stands in the text, letters on neither side. Both are folded.
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

/// "'tabby cat' (281), 'tiger cat' (282)".
std::string listed(const std::vector<std::string>& labels, const std::vector<std::size_t>& classes) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(classes.size(), kMostNamed); ++i) {
    names.push_back(fmt::format("'{}' ({})", labels[classes[i]], classes[i]));
  }
  if (classes.size() > kMostNamed) names.push_back(fmt::format("{} more", classes.size() - kMostNamed));
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Classes whose labels are like the word.
std::vector<std::size_t> similar_classes(const std::vector<std::string>& labels, std::string_view word) {
  const std::string wanted = folded(word);
  if (wanted.empty()) return {};
  std::vector<std::size_t> classes =
      classes_where(labels, [&](std::string_view label) { return has_word(folded(label), wanted); });
  if (!classes.empty()) return classes;
  // A typing error in every third letter is another word.
  int least = static_cast<int>(wanted.size() / 3) + 1;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const std::string_view synonym : synonyms(labels[i])) {
      const int distance = edit_distance(folded(synonym), wanted);
      if (distance >= least) continue;
      least = distance;
      classes = {i};
    }
  }
  return classes;
}

}  // namespace

int find_class(const std::vector<std::string>& labels, std::string_view word) {
  const std::string wanted = folded(word);
  const std::vector<Matches> rules = {
      [&](std::string_view label) { return label == word; },
      [&](std::string_view label) {
        const auto names = synonyms(label);
        return std::find(names.begin(), names.end(), word) != names.end();
      },
      [&](std::string_view label) {
        const auto names = synonyms(label);
        return folded(label) == wanted || std::any_of(names.begin(), names.end(), [&](std::string_view name) {
                 return folded(name) == wanted;
               });
      },
  };
  for (const Matches& rule : rules) {
    const std::vector<std::size_t> classes = classes_where(labels, rule);
    if (classes.size() == 1) return static_cast<int>(classes.front());
    if (classes.size() > 1) {
      fail_usage("'{}' names several classes: {}; give the number of one", word, listed(labels, classes));
    }
  }
  if (labels.empty()) fail_usage("the weights have no labels, so '{}' names no class: give a number", word);
  const std::vector<std::size_t> similar = similar_classes(labels, word);
  if (similar.empty()) {
    fail_usage("no class is labelled '{}': give a label or a number from 0 to {}", word, labels.size() - 1);
  }
  fail_usage("no class is labelled '{}': did you mean {}?", word, listed(labels, similar));
}

}  // namespace limpid
