#include "engine/objective/objective.h"

#include <algorithm>
#include <charconv>

#include "engine/network/layers.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Reads the text of one objective from left to right.
class Parser {
 public:
  Parser(std::string_view text, const Model& model) : text_(text), rest_(text), model_(model) {}

  Objective parse() {
    if (!rest_.empty() && rest_.front() == '-') {
      objective_.weight = -1;
      rest_.remove_prefix(1);
    }
    objective_.layer = require_layer();
    objective_.kind = ObjectiveKind::layer;
    while (!rest_.empty() && rest_.front() == ':') {
      rest_.remove_prefix(1);
      suffix(take());
    }
    if (!rest_.empty() && rest_.front() == '@') {
      rest_.remove_prefix(1);
      position(rest_);
      rest_ = {};
    }
    if (!rest_.empty()) fail("'{}' was not expected", rest_);
    if (objective_.pre_relu && !has_relu(objective_.layer)) {
      fail("{} has no ReLU, so ':pre' means nothing there", objective_.layer);
    }
    return objective_;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    fail_usage("objective '{}': {}", text_, fmt::format(format, std::forward<Args>(args)...));
  }

  /// Up to the next ':' or '@'.
  std::string_view take() {
    const std::size_t end = std::min(rest_.find_first_of(":@"), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }

  std::string require_layer() {
    const std::string name(take());
    if (name.empty()) fail("it begins with no layer; write for example mixed4a:11");
    try {
      return require_layer_name(name);
    } catch (const Error& e) {
      fail("{}", e.what());
    }
  }

  void suffix(std::string_view word) {
    if (word == "pre") {
      objective_.pre_relu = true;
    } else if (objective_.kind != ObjectiveKind::layer) {
      fail("'{}' follows a channel that is given already", word);
    } else {
      objective_.kind = ObjectiveKind::channel;
      objective_.channel = channel(word);
    }
  }

  int channel(std::string_view word) const {
    const int count = channel_count(model_, objective_.layer);
    if (is_number(word)) {
      int value = -1;
      const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
      if (result.ec != std::errc() || value >= count) {
        fail("{} has no channel {}: channels are 0 to {}", objective_.layer, word, count - 1);
      }
      return value;
    }
    const bool classes = objective_.layer == "logits" || objective_.layer == "softmax";
    if (!classes) fail("'{}' is no channel: give a number from 0 to {}", word, count - 1);
    return class_of(word);
  }

  /// A label in full, or one of the synonyms it lists.
  int class_of(std::string_view word) const {
    for (std::size_t i = 0; i < model_.classes.size(); ++i) {
      std::string_view label = model_.classes[i];
      while (!label.empty()) {
        const std::size_t end = std::min(label.find(", "), label.size());
        if (word == label.substr(0, end) || word == label) return static_cast<int>(i);
        label.remove_prefix(std::min(end + 2, label.size()));
      }
    }
    fail("no class is labelled '{}': give a label or a number from 0 to {}", word, model_.class_count() - 1);
  }

  void position(std::string_view word) {
    if (objective_.kind != ObjectiveKind::channel)
      fail("'@' needs a channel before it, as in mixed4a:11@7,7");
    objective_.kind = ObjectiveKind::neuron;
    if (word == "c") return;
    const std::size_t comma = word.find(',');
    if (comma == std::string_view::npos) fail("'@{}' is no position: write @y,x or @c for the centre", word);
    objective_.position = Position{coordinate(word.substr(0, comma)), coordinate(word.substr(comma + 1))};
  }

  int coordinate(std::string_view word) const {
    int value = -1;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (!is_number(word) || result.ec != std::errc()) {
      fail("'{}' is no coordinate: write @y,x with whole numbers from 0", word);
    }
    return value;
  }

  std::string_view text_;
  std::string_view rest_;
  const Model& model_;
  Objective objective_;
};

}  // namespace

Objective parse_objective(std::string_view text, const Model& model) {
  return Parser(text, model).parse();
}

std::string to_string(const Objective& objective) {
  std::string text = objective.weight < 0 ? "-" : "";
  text += objective.layer;
  if (objective.kind != ObjectiveKind::layer) text += fmt::format(":{}", objective.channel);
  if (objective.pre_relu) text += ":pre";
  if (objective.kind == ObjectiveKind::neuron) {
    text += objective.position ? fmt::format("@{},{}", objective.position->y, objective.position->x) : "@c";
  }
  return text;
}

}  // namespace limpid
