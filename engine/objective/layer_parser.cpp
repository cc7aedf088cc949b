#include "engine/objective/layer_parser.h"

#include <charconv>

#include "engine/network/layers.h"
#include "weights/class_names.h"

namespace limpid {

template <class F>
auto LayerParser::located(std::string_view where, const F& f) const {
  try {
    return f();
  } catch (const Error& e) {
    scanner_.fail(where, "{}", e.what());
  }
}

ObjectiveTerm LayerParser::term(std::string_view name, std::string_view start) {
  if (name.empty()) scanner_.fail(start, "a layer was expected; write for example mixed4a:11");
  const NamedLayer named = located(start, [&] { return require_layer(model_, name); });
  ObjectiveTerm term;
  term.kind = TermKind::layer;
  term.layer = named.layer;
  term.pre_relu = named.pre_relu;
  // Labels of classes hold commas: only an argument ends at one.
  const std::string_view ends = scanner_.inside() ? ":@,)" : ":@";
  while (scanner_.take(":")) suffix(term, scanner_.take_until(ends));
  if (scanner_.at('@')) {
    if (term.kind != TermKind::channel) {
      scanner_.fail(scanner_.rest(), "'@' needs a channel before it, as in mixed4a:11@7,7");
    }
    term.position = position();
    while (scanner_.take(":")) suffix(term, scanner_.take_until(ends));
  }
  if (term.pre_relu && !has_relu(model_, term.layer)) {
    scanner_.fail(start, "{} has no ReLU, so ':pre' means nothing there", term.layer);
  }
  return term;
}

void LayerParser::read_layer(ObjectiveTerm& term, const WrittenArgument& argument) {
  if (argument.quote != '\0') scanner_.fail(argument.word, "a layer was expected, without quotes");
  const ObjectiveTerm named = scanner_.within(argument.word, [&] {
    const ObjectiveTerm whole = this->term(scanner_.take_until(":@"), argument.word);
    if (!scanner_.at_end()) scanner_.fail(scanner_.rest(), "'{}' was not expected", scanner_.rest());
    return whole;
  });
  if (named.kind != TermKind::layer) {
    scanner_.fail(argument.word, "a layer as a whole was expected, without a channel");
  }
  term.layer = named.layer;
  term.pre_relu = named.pre_relu;
}

void LayerParser::suffix(ObjectiveTerm& term, std::string_view word) const {
  if (word == "pre") {
    term.pre_relu = true;
  } else if (term.kind != TermKind::layer) {
    scanner_.fail(word, "'{}' follows a channel that is given already", word);
  } else {
    term.kind = TermKind::channel;
    term.channel = channel(term.layer, word);
  }
}

int LayerParser::channel(const std::string& layer, std::string_view word) const {
  const int count = channel_count(model_, layer);
  if (is_digits(word)) {
    int value = -1;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (result.ec != std::errc() || value >= count) {
      scanner_.fail(word, "{} has no channel {}: channels are 0 to {}", layer, word, count - 1);
    }
    return value;
  }
  if (!has_classes(model_, layer)) {
    const bool sum = word.find_first_of("+-", 1) != std::string_view::npos;
    scanner_.fail(word, "'{}' is no channel: give a number from 0 to {}{}", word, count - 1,
                  sum ? "; a sum has spaces around its + and -" : "");
  }
  return located(word, [&] { return find_class(model_.classes, word); });
}

Position LayerParser::position() {
  const std::string_view start = scanner_.rest();
  scanner_.take("@");
  if (scanner_.take("c")) return {};
  const std::string_view y = scanner_.take_until(",):");
  if (!scanner_.take(",")) {
    scanner_.fail(start, "'@{}' is no position: write @y,x or @c for the centre", y);
  }
  const std::string_view x = scanner_.take_until(",):");
  return {coordinate(y), coordinate(x)};
}

int LayerParser::coordinate(std::string_view word) const {
  int value = -1;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  if (!is_digits(word) || result.ec != std::errc()) {
    scanner_.fail(word, "'{}' is no coordinate: write @y,x with whole numbers from 0", word);
  }
  return value;
}

}  // namespace limpid
