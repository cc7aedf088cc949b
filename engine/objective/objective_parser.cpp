// From an objective's text to its terms.
//
//   sum  = ["-"] term { (" + " | " - ") term }
//   term = [number "*"] atom
//   atom = layer [":pre"] [":" channel] [":pre"] ["@" position] [":pre"]      position = y "," x | "c"
//        | name "(" argument { "," argument } ")" ["@" position]     argument = word | quoted | name "=" number
//        | "l1" | "l2" | "tv" | "blur" | "boundary" | "alpha"
//   quoted = a file's name between double or single quotes, within which they are written twice
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "engine/network/layers.h"
#include "engine/objective/objective.h"
#include "engine/objective/term_names.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/class_names.h"

namespace limpid {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(first);
  text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
  return text;
}

/// A whole text as a number; nothing for any other text, infinities included.
std::optional<float> number_of(std::string_view text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// A function's argument: a word, a quoted name of a file, or a named number.
struct Argument {
  std::string_view word;  ///< As it stands in the text, without the quotes around it.
  std::string_view name;  ///< Empty where it has none.
  char quote = '\0';      ///< Around the word.

  /// What the word says.
  std::string text() const {
    std::string result;
    for (std::size_t i = 0; i < word.size(); ++i) {
      result += word[i];
      if (quote != '\0' && word[i] == quote) ++i;
    }
    return result;
  }
};

class Parser {
 public:
  Parser(std::string_view text, const Model& model, ObjectiveFiles* files)
      : text_(text), rest_(text), model_(model), files_(files) {}

  Objective parse() {
    Objective objective;
    skip_spaces();
    float sign = take("-") ? -1.0F : 1.0F;
    for (;;) {
      skip_spaces();
      if (rest_.empty()) fail(rest_, "a term was expected, such as mixed4a:11");
      for (ObjectiveTerm& term : term_with_weight()) {
        term.weight *= sign;
        objective.terms.push_back(std::move(term));
      }
      skip_spaces();
      if (rest_.empty()) break;
      if (take("+ ")) {
        sign = 1;
      } else if (take("- ")) {
        sign = -1;
      } else {
        fail(rest_, "'{}' was not expected; terms are joined by ' + ' or ' - '", rest_);
      }
    }
    return objective;
  }

  /// Throws for what cannot be climbed.
  void check(const Objective& objective) const {
    const bool any_map = std::any_of(objective.terms.begin(), objective.terms.end(),
                                     [](const ObjectiveTerm& term) { return reads_map(term.kind); });
    if (!any_map) fail(text_, "no term reads a layer; add one, such as mixed4a:11");
    const bool any_weight = std::any_of(objective.terms.begin(), objective.terms.end(),
                                        [](const ObjectiveTerm& term) { return term.weight != 0; });
    if (!any_weight) fail(text_, "every weight is zero, so there is nothing to maximise");
    std::map<std::pair<std::string, Ramp>, float> sums;
    for (ObjectiveTerm term : objective.terms) {
      const float weight = std::exchange(term.weight, 1.0F);
      sums[{to_string(term), term.ramp}] += weight;
    }
    const bool any_sum =
        std::any_of(sums.begin(), sums.end(), [](const auto& sum) { return sum.second != 0; });
    if (!any_sum) fail(text_, "the weights of equal terms sum to zero, so there is nothing to maximise");
  }

 private:
  /// `where` lies within the text.
  template <class... Args>
  [[noreturn]] void fail(std::string_view where, fmt::format_string<Args...> format, Args&&... args) const {
    fail_usage("objective '{}', character {}: {}", text_, where.data() - text_.data() + 1,
               fmt::format(format, std::forward<Args>(args)...));
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  /// Up to one of `ends`; outside parentheses also up to an operator between spaces. Without the spaces
  /// around it.
  std::string_view take_until(std::string_view ends) {
    std::size_t end = 0;
    while (end < rest_.size() && ends.find(rest_[end]) == std::string_view::npos &&
           (inside_ || !is_operator(rest_.substr(end)))) {
      ++end;
    }
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return trimmed(word);
  }

  static bool is_operator(std::string_view text) {
    return text.starts_with(" + ") || text.starts_with(" - ");
  }

  /// Where a channel's text ends. Labels hold commas: only an argument ends at one.
  std::string_view channel_ends() const { return inside_ ? ":@,)" : ":@"; }

  std::vector<ObjectiveTerm> term_with_weight() {
    float weight = 1;
    const std::size_t star = rest_.find('*');
    if (const char first = rest_.front(); (first >= '0' && first <= '9') || first == '.') {
      const std::string_view number = trimmed(rest_.substr(0, star));
      const std::optional<float> value = number_of(number);
      if (star == std::string_view::npos || !value) {
        fail(rest_, "a weight is a number and a '*', as in 0.5*mixed4a:11");
      }
      weight = *value;
      rest_.remove_prefix(star + 1);
      skip_spaces();
    }
    std::vector<ObjectiveTerm> terms = atom();
    for (ObjectiveTerm& term : terms) term.weight *= weight;
    return terms;
  }

  std::vector<ObjectiveTerm> atom() {
    const std::string_view start = rest_;
    const std::string_view name = take_until(":@(*,)");
    if (rest_.starts_with('(')) return function(name, start);
    if (const auto kind = named_term(name); kind && !rest_.starts_with(':')) {
      ObjectiveTerm term;
      term.kind = *kind;
      if (reads_map(*kind) || *kind == TermKind::distance) fail(start, "write {}", form_of(*kind));
      return {term};
    }
    return {map_atom(name, start)};
  }

  // ---- Layers ---------------------------------------------------------------------------------------------

  /// "layer[:pre][:channel][:pre][@position][:pre]", its name already taken.
  ObjectiveTerm map_atom(std::string_view name, std::string_view start) {
    ObjectiveTerm term;
    term.kind = TermKind::layer;
    const NamedLayer named = require_layer(name, start);
    term.layer = named.layer;
    term.pre_relu = named.pre_relu;
    while (take(":")) suffix(term, take_until(channel_ends()));
    if (rest_.starts_with('@')) {
      if (term.kind != TermKind::channel) fail(rest_, "'@' needs a channel before it, as in mixed4a:11@7,7");
      term.kind = TermKind::neuron;
      term.position = position();
      while (take(":")) suffix(term, take_until(channel_ends()));
    }
    if (term.pre_relu && !has_relu(model_, term.layer)) {
      fail(start, "{} has no ReLU, so ':pre' means nothing there", term.layer);
    }
    return term;
  }

  /// The same from a whole word, of the kinds without a channel.
  ObjectiveTerm map_argument(const Argument& argument) {
    if (argument.quote != '\0') fail(argument.word, "a layer was expected, without quotes");
    const std::string_view after = std::exchange(rest_, argument.word);
    const std::string_view name = take_until(":@");
    const ObjectiveTerm term = map_atom(name, argument.word);
    if (!rest_.empty()) fail(rest_, "'{}' was not expected", rest_);
    rest_ = after;
    return term;
  }

  NamedLayer require_layer(std::string_view name, std::string_view start) const {
    if (name.empty()) fail(start, "a layer was expected; write for example mixed4a:11");
    try {
      return limpid::require_layer(model_, name);
    } catch (const Error& e) {
      fail(start, "{}", e.what());
    }
  }

  void suffix(ObjectiveTerm& term, std::string_view word) {
    if (word == "pre") {
      term.pre_relu = true;
    } else if (term.kind != TermKind::layer) {
      fail(word, "'{}' follows a channel that is given already", word);
    } else {
      term.kind = TermKind::channel;
      term.channel = channel(term.layer, word);
    }
  }

  int channel(const std::string& layer, std::string_view word) const {
    const int count = channel_count(model_, layer);
    if (is_number(word)) {
      int value = -1;
      const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
      if (result.ec != std::errc() || value >= count) {
        fail(word, "{} has no channel {}: channels are 0 to {}", layer, word, count - 1);
      }
      return value;
    }
    if (!has_classes(model_, layer)) {
      const bool sum = word.find_first_of("+-", 1) != std::string_view::npos;
      fail(word, "'{}' is no channel: give a number from 0 to {}{}", word, count - 1,
           sum ? "; a sum has spaces around its + and -" : "");
    }
    return class_of(word);
  }

  int class_of(std::string_view word) const {
    try {
      return find_class(model_.classes, word);
    } catch (const Error& e) {
      fail(word, "{}", e.what());
    }
  }

  /// "@y,x" or "@c"; nothing for the centre.
  std::optional<Position> position() {
    const std::string_view start = rest_;
    take("@");
    if (take("c")) return std::nullopt;
    const std::string_view y = take_until(",):");
    if (!take(",")) fail(start, "'@{}' is no position: write @y,x or @c for the centre", y);
    const std::string_view x = take_until(",):");
    return Position{coordinate(y), coordinate(x)};
  }

  int coordinate(std::string_view word) const {
    int value = -1;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (!is_number(word) || result.ec != std::errc()) {
      fail(word, "'{}' is no coordinate: write @y,x with whole numbers from 0", word);
    }
    return value;
  }

  // ---- Functions ------------------------------------------------------------------------------------------

  static std::string_view form_of(TermKind kind) {
    switch (kind) {
      case TermKind::direction:
        return "dir(mixed4a, v.npy), with a file of .npy or .h5, or random:7; cossim=2 and @7,7 may follow";
      case TermKind::patch:
        return "patch(mixed4a, p.npy), with a file of .npy or .h5";
      case TermKind::match:
        return "match(photo.jpg, mixed3b), with quotes around names such as \"photo (1).jpg\"";
      case TermKind::caricature:
        return "caricature(photo.jpg, mixed4c, cossim=1), with quotes around names such as \"photo (1).jpg\"";
      case TermKind::style:
        return "style(photo.jpg, conv2d2, mixed3a, mixed4a), with quotes around names such as \"photo (1).jpg\"";
      case TermKind::diversity:
        return "diversity(mixed4a)";
      case TermKind::align:
        return "align(mixed4a)";
      case TermKind::l1:
      case TermKind::l2:
        return "l1 or l2, with (centre=0.5) for another colour than grey";
      case TermKind::boundary:
        return "boundary, or boundary(frame=20, centre=0.5)";
      case TermKind::distance:
        return "distance(photo.jpg), with quotes around names such as \"photo (1).jpg\"";
      default:
        return "tv, blur or alpha, without arguments";
    }
  }

  std::vector<ObjectiveTerm> function(std::string_view name, std::string_view start) {
    take("(");
    const bool outer = std::exchange(inside_, true);
    std::vector<ObjectiveTerm> terms = name == "mix" ? mix() : named_function(name, start);
    inside_ = outer;
    // What follows the parenthesis is no argument of it.
    if (terms.front().kind == TermKind::direction && rest_.starts_with('@')) {
      terms.front().kind = TermKind::direction_neuron;
      terms.front().position = position();
    }
    return terms;
  }

  std::vector<ObjectiveTerm> named_function(std::string_view name, std::string_view start) {
    const std::optional<TermKind> kind = named_term(name);
    if (!kind && find_layer(name)) fail(start, "a channel is written {}:11, without parentheses", name);
    if (!kind) {
      fail(start,
           "there is no function '{}'; there are dir, patch, mix, match, caricature, style, diversity, "
           "align, l1, l2, tv, blur, boundary, distance and alpha",
           name);
    }
    std::vector<Argument> arguments;
    do {
      arguments.push_back(argument());
      if (arguments.back().word.empty()) fail(rest_, "an argument was expected: write {}", form_of(*kind));
    } while (take(","));
    if (!take(")")) fail(rest_, "')' was expected");
    return terms_of(*kind, arguments, start);
  }

  Argument argument() {
    skip_spaces();
    if (rest_.starts_with('"') || rest_.starts_with('\'')) return quoted_argument();
    const std::string_view word = take_until("=,)");
    if (!take("=")) return {word, {}};
    skip_spaces();
    return {take_until(",)"), word};
  }

  Argument quoted_argument() {
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

  /// mix(a, b, t=0.3) is (1 - t) a + t b; without t it changes from the first image of a job to the last.
  std::vector<ObjectiveTerm> mix() {
    std::vector<ObjectiveTerm> terms;
    for (int i = 0; i < 2; ++i) {
      skip_spaces();
      const std::string_view start = rest_;
      const std::vector<ObjectiveTerm> atoms = atom();
      if (atoms.size() != 1) fail(start, "mix takes two single terms");
      terms.push_back(atoms.front());
      skip_spaces();
      if (i == 0 && !take(",")) fail(rest_, "',' was expected: write mix(mixed4a:476, mixed4a:460, t=0.3)");
    }
    if (take(",")) {
      skip_spaces();
      const std::string_view start = rest_;
      const std::string_view name = take_until("=,)");
      const bool named = take("=");
      const std::string_view word = take_until(",)");
      const std::optional<float> t = number_of(word);
      if (name != "t" || !named || !t || *t < 0 || *t > 1)
        fail(start, "t=, a number from 0 to 1, was expected");
      terms[0].weight = 1 - *t;
      terms[1].weight = *t;
    } else {
      terms[0].ramp = Ramp::falling;
      terms[1].ramp = Ramp::rising;
    }
    if (!take(")")) fail(rest_, "')' was expected");
    return terms;
  }

  std::vector<ObjectiveTerm> terms_of(TermKind kind, const std::vector<Argument>& arguments,
                                      std::string_view start) {
    ObjectiveTerm term;
    term.kind = kind;
    std::vector<Argument> words;
    for (const Argument& argument : arguments) {
      if (argument.name.empty()) {
        words.push_back(argument);
      } else {
        set_option(term, argument);
      }
    }
    const auto expect_words = [&](bool right) {
      if (!right) fail(start, "write {}", form_of(kind));
    };
    switch (kind) {
      case TermKind::direction:
      case TermKind::patch:
        expect_words(words.size() == 2);
        return {direction(term, words[0], words[1])};
      case TermKind::match:
      case TermKind::caricature:
        expect_words(words.size() == 2);
        return on_layers(with_photo(term, words[0]), {words[1]});
      case TermKind::style:
        expect_words(words.size() >= 2);
        return on_layers(with_photo(term, words[0]), {words.begin() + 1, words.end()});
      case TermKind::diversity:
      case TermKind::align:
        expect_words(words.size() == 1);
        return on_layers(term, words);
      case TermKind::distance:
        expect_words(words.size() == 1);
        return {with_photo(term, words[0])};
      default:
        expect_words(words.empty());
        return {term};
    }
  }

  void set_option(ObjectiveTerm& term, const Argument& argument) const {
    const TermKind kind = term.kind;
    const std::optional<float> value = number_of(argument.word);
    if (!value) fail(argument.word, "'{}' is no number", argument.word);
    if (argument.name == "cossim" &&
        (kind == TermKind::direction || kind == TermKind::patch || kind == TermKind::caricature)) {
      if (*value < 0) fail(argument.word, "cossim is a power and not negative");
      term.cosine_power = *value;
    } else if (argument.name == "centre" &&
               (kind == TermKind::l1 || kind == TermKind::l2 || kind == TermKind::boundary)) {
      term.centre = *value;
    } else if (argument.name == "frame" && kind == TermKind::boundary) {
      if (*value != std::floor(*value) || *value < 1 || *value > kLargestSide) {
        fail(argument.word, "frame is a whole number of pixels from 1 to {}", kLargestSide);
      }
      term.frame = static_cast<int>(*value);
    } else {
      fail(argument.name, "there is no '{}' here: write {}", argument.name, form_of(kind));
    }
  }

  ObjectiveTerm direction(ObjectiveTerm term, const Argument& layer, const Argument& source) {
    const ObjectiveTerm on = whole_layer(layer);
    term.layer = on.layer;
    term.pre_relu = on.pre_relu;
    term.source = source.text();
    constexpr std::string_view kRandom = "random:";
    if (source.word.starts_with(kRandom) && source.quote == '\0') {
      if (term.kind == TermKind::patch) fail(source.word, "a patch comes from a file");
      const std::string_view digits = source.word.substr(kRandom.size());
      std::uint64_t seed = 0;
      const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
      if (!is_number(digits) || result.ec != std::errc())
        fail(source.word, "write random: and a whole number");
      term.random = seed;
    } else if (files_ != nullptr) {
      term.vectors = files_->vectors(term.source, channel_count(model_, term.layer));
      if (term.kind == TermKind::direction && term.vectors->height * term.vectors->width != 1) {
        fail(source.word, "'{}' holds a patch of {}x{} positions: write patch({}, {})", term.source,
             term.vectors->height, term.vectors->width, term.layer, term.source);
      }
    }
    return term;
  }

  /// A layer without channel and position.
  ObjectiveTerm whole_layer(const Argument& argument) {
    const ObjectiveTerm term = map_argument(argument);
    if (term.kind != TermKind::layer)
      fail(argument.word, "a layer as a whole was expected, without a channel");
    return term;
  }

  ObjectiveTerm with_photo(ObjectiveTerm term, const Argument& file) const {
    term.source = file.text();
    if (files_ != nullptr) term.photo = files_->photo(term.source);
    return term;
  }

  std::vector<ObjectiveTerm> on_layers(const ObjectiveTerm& what, const std::vector<Argument>& layers) {
    std::vector<ObjectiveTerm> terms;
    for (const Argument& layer : layers) {
      const ObjectiveTerm on = whole_layer(layer);
      terms.push_back(what);
      terms.back().layer = on.layer;
      terms.back().pre_relu = on.pre_relu;
    }
    return terms;
  }

  std::string_view text_;
  std::string_view rest_;
  const Model& model_;
  ObjectiveFiles* files_;
  bool inside_ = false;  ///< Parentheses.
};

}  // namespace

Objective parse_objective(std::string_view text, const Model& model, ObjectiveFiles* files) {
  Parser parser(text, model, files);
  Objective objective = parser.parse();
  parser.check(objective);
  return objective;
}

Objective parse_watched(std::string_view text, const Model& model, ObjectiveFiles* files) {
  return Parser(text, model, files).parse();
}

}  // namespace limpid
