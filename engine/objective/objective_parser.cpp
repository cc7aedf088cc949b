// From an objective's text to its terms.
//
//   sum  = ["-"] term { (" + " | " - ") term }
//   term = [number "*"] atom
//   atom = layer, as layer_parser.h has it
//        | name "(" argument { "," argument } ")" ["@" position]     argument = word | quoted | name "=" number
//        | name, of a kind without arguments
//        | "mix" "(" atom "," atom ["," "t" "=" number] ")"
//   quoted = a file's name between double or single quotes, within which they are written twice
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "engine/network/layers.h"
#include "engine/objective/layer_parser.h"
#include "engine/objective/objective.h"
#include "engine/objective/term_table.h"

namespace limpid {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const Model& model, ObjectiveFiles* files)
      : scanner_(text), layers_(scanner_, model), model_(model), files_(files) {}

  Objective parse() {
    Objective objective;
    scanner_.skip_spaces();
    float sign = scanner_.take("-") ? -1.0F : 1.0F;
    for (;;) {
      scanner_.skip_spaces();
      if (scanner_.at_end()) scanner_.fail(scanner_.rest(), "a term was expected, such as mixed4a:11");
      for (ObjectiveTerm& term : term_with_weight()) {
        term.weight *= sign;
        objective.terms.push_back(std::move(term));
      }
      scanner_.skip_spaces();
      if (scanner_.at_end()) break;
      if (scanner_.take("+ ")) {
        sign = 1;
      } else if (scanner_.take("- ")) {
        sign = -1;
      } else {
        scanner_.fail(scanner_.rest(), "'{}' was not expected; terms are joined by ' + ' or ' - '",
                      scanner_.rest());
      }
    }
    return objective;
  }

  /// Throws for what cannot be climbed.
  void check(const Objective& objective) const {
    const std::vector<ObjectiveTerm>& terms = objective.terms;
    if (std::none_of(terms.begin(), terms.end(),
                     [](const ObjectiveTerm& term) { return row_of(term).reads_map(); })) {
      scanner_.fail(scanner_.text(), "no term reads a layer; add one, such as mixed4a:11");
    }
    if (std::all_of(terms.begin(), terms.end(), [](const ObjectiveTerm& term) { return term.weight == 0; })) {
      scanner_.fail(scanner_.text(), "every weight is zero, so there is nothing to maximise");
    }
    std::map<std::pair<std::string, Ramp>, float> sums;
    for (ObjectiveTerm term : terms) {
      const float weight = std::exchange(term.weight, 1.0F);
      sums[{to_string(term), term.ramp}] += weight;
    }
    if (std::all_of(sums.begin(), sums.end(), [](const auto& sum) { return sum.second == 0; })) {
      scanner_.fail(scanner_.text(),
                    "the weights of equal terms sum to zero, so there is nothing to maximise");
    }
  }

 private:
  std::vector<ObjectiveTerm> term_with_weight() {
    float weight = 1;
    const std::string_view start = scanner_.rest();
    if (const char first = start.front(); (first >= '0' && first <= '9') || first == '.') {
      const std::optional<std::string_view> number = scanner_.take_through('*');
      const std::optional<float> value = number ? number_of(*number) : std::nullopt;
      if (!value) scanner_.fail(start, "a weight is a number and a '*', as in 0.5*mixed4a:11");
      weight = *value;
      scanner_.skip_spaces();
    }
    std::vector<ObjectiveTerm> terms = atom();
    for (ObjectiveTerm& term : terms) term.weight *= weight;
    return terms;
  }

  std::vector<ObjectiveTerm> atom() {
    const std::string_view start = scanner_.rest();
    const std::string_view name = scanner_.take_until(":@(*,)");
    if (scanner_.take("(")) return function(name, start);
    if (const TermRow* row = find_term(name); row != nullptr && !scanner_.at(':')) {
      if (row->arguments.front() != TermArgument::none) scanner_.fail(start, "write {}", form_of(*row));
      ObjectiveTerm term;
      term.kind = row->kind;
      return {term};
    }
    return {layers_.term(name, start)};
  }

  std::vector<ObjectiveTerm> function(std::string_view name, std::string_view start) {
    if (name == "mix") {
      return scanner_.in_parentheses([&] { return mix(); });
    }
    const TermRow* row = find_term(name);
    if (row == nullptr && find_layer(name)) {
      scanner_.fail(start, "a channel is written {}:11, without parentheses", name);
    }
    if (row == nullptr) {
      std::vector<std::string_view> names = {"mix"};
      for (const TermRow& known : term_table()) {
        if (!known.name.empty()) names.push_back(known.name);
      }
      scanner_.fail(start, "there is no function '{}'; there are {}", name, fmt::join(names, ", "));
    }
    const std::vector<WrittenArgument> arguments =
        scanner_.in_parentheses([&] { return written_arguments(*row); });
    std::vector<ObjectiveTerm> terms = terms_of(*row, arguments, start);
    if (row->at_position && scanner_.at('@')) terms.front().position = layers_.position();
    return terms;
  }

  std::vector<WrittenArgument> written_arguments(const TermRow& row) {
    std::vector<WrittenArgument> arguments;
    do {
      arguments.push_back(scanner_.argument());
      if (arguments.back().word.empty()) {
        scanner_.fail(scanner_.rest(), "an argument was expected: write {}", form_of(row));
      }
    } while (scanner_.take(","));
    if (!scanner_.take(")")) scanner_.fail(scanner_.rest(), "')' was expected");
    return arguments;
  }

  /// mix(a, b, t=0.3) is (1 - t) a + t b; without t it changes from the first image of a job to the last.
  std::vector<ObjectiveTerm> mix() {
    std::vector<ObjectiveTerm> terms;
    for (int i = 0; i < 2; ++i) {
      scanner_.skip_spaces();
      const std::string_view start = scanner_.rest();
      const std::vector<ObjectiveTerm> atoms = atom();
      if (atoms.size() != 1) scanner_.fail(start, "mix takes two single terms");
      terms.push_back(atoms.front());
      scanner_.skip_spaces();
      if (i == 0 && !scanner_.take(",")) {
        scanner_.fail(scanner_.rest(), "',' was expected: write mix(mixed4a:476, mixed4a:460, t=0.3)");
      }
    }
    if (scanner_.take(",")) {
      scanner_.skip_spaces();
      const std::string_view start = scanner_.rest();
      const WrittenArgument share = scanner_.argument();
      const std::optional<float> t = number_of(share.word);
      if (share.name != "t" || !t || *t < 0 || *t > 1) {
        scanner_.fail(start, "t=, a number from 0 to 1, was expected");
      }
      terms[0].weight = 1 - *t;
      terms[1].weight = *t;
    } else {
      terms[0].ramp = Ramp::falling;
      terms[1].ramp = Ramp::rising;
    }
    if (!scanner_.take(")")) scanner_.fail(scanner_.rest(), "')' was expected");
    return terms;
  }

  /// One term, or one for each layer where the kind takes several.
  std::vector<ObjectiveTerm> terms_of(const TermRow& row, const std::vector<WrittenArgument>& written,
                                      std::string_view start) {
    ObjectiveTerm term;
    term.kind = row.kind;
    std::vector<WrittenArgument> words;
    for (const WrittenArgument& argument : written) {
      if (argument.name.empty()) {
        words.push_back(argument);
      } else {
        set_option(term, row, argument);
      }
    }
    const auto wanted = static_cast<std::size_t>(
        std::count_if(row.arguments.begin(), row.arguments.end(),
                      [](TermArgument argument) { return argument != TermArgument::none; }));
    const bool many = row.takes(TermArgument::layers);
    if (words.size() < wanted || (words.size() > wanted && !many)) {
      scanner_.fail(start, "write {}", form_of(row));
    }
    for (std::size_t i = 0; i < wanted; ++i) read(term, row.arguments[i], words[i]);
    std::vector<ObjectiveTerm> terms(words.size() - wanted + 1, term);
    for (std::size_t i = 1; i < terms.size(); ++i) layers_.read_layer(terms[i], words[wanted - 1 + i]);
    return terms;
  }

  void set_option(ObjectiveTerm& term, const TermRow& row, const WrittenArgument& argument) const {
    const std::optional<float> value = number_of(argument.word);
    if (!value) scanner_.fail(argument.word, "'{}' is no number", argument.word);
    for (const TermOption& option : row.options) {
      if (option.name != argument.name) continue;
      if (!option.allows(*value)) scanner_.fail(argument.word, "{} is {}", option.name, option.expected());
      option.set(term, *value);
      return;
    }
    scanner_.fail(argument.name, "there is no '{}' here: write {}", argument.name, form_of(row));
  }

  void read(ObjectiveTerm& term, TermArgument what, const WrittenArgument& argument) {
    if (what == TermArgument::layer || what == TermArgument::layers) {
      layers_.read_layer(term, argument);
      return;
    }
    term.source = argument.text();
    if (what == TermArgument::photo) {
      if (files_ != nullptr) term.photo = files_->photo(term.source);
      return;
    }
    read_vectors(term, what, argument);
  }

  /// The layer is read already.
  void read_vectors(ObjectiveTerm& term, TermArgument what, const WrittenArgument& source) const {
    constexpr std::string_view kRandom = "random:";
    if (source.word.starts_with(kRandom) && source.quote == '\0') {
      if (what == TermArgument::patch) scanner_.fail(source.word, "a patch comes from a file");
      const std::string_view digits = source.word.substr(kRandom.size());
      std::uint64_t seed = 0;
      const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
      if (!is_digits(digits) || result.ec != std::errc()) {
        scanner_.fail(source.word, "write random: and a whole number");
      }
      term.random = seed;
    } else if (files_ != nullptr) {
      term.vectors = files_->vectors(term.source, channel_count(model_, term.layer));
      if (what == TermArgument::direction && term.vectors->height * term.vectors->width != 1) {
        scanner_.fail(source.word, "'{}' holds a patch of {}x{} positions: write patch({}, {})", term.source,
                      term.vectors->height, term.vectors->width, term.layer, term.source);
      }
    }
  }

  ObjectiveScanner scanner_;
  LayerParser layers_;
  const Model& model_;
  ObjectiveFiles* files_;
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
