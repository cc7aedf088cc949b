// What an objective's text says of a layer: "mixed4a:11:pre@7,7".
//
//   layer [":pre"] [":" channel] [":pre"] ["@" position] [":pre"]      position = y "," x | "c"
#pragma once

#include "engine/objective/objective.h"
#include "engine/objective/objective_scanner.h"

namespace limpid {

class LayerParser {
 public:
  LayerParser(ObjectiveScanner& scanner, const Model& model) : scanner_(scanner), model_(model) {}

  /// A term of a layer or of one of its channels, its name already read: the text from `start` on.
  ObjectiveTerm term(std::string_view name, std::string_view start);

  /// Gives `term` the layer that an argument names, which has no channel.
  void read_layer(ObjectiveTerm& term, const WrittenArgument& argument);

  /// "@y,x" or "@c", the centre, which the rest begins with.
  Position position();

 private:
  void suffix(ObjectiveTerm& term, std::string_view word) const;
  int channel(const std::string& layer, std::string_view word) const;
  int coordinate(std::string_view word) const;
  /// f(), whose usage errors are said to be of `where`.
  template <class F>
  auto located(std::string_view where, const F& f) const;

  ObjectiveScanner& scanner_;
  const Model& model_;
};

}  // namespace limpid
