// Every kind of term of an objective, a row each: how it is written, what it reads, what computes it, what is
// said of it.
//
// Whatever parses, prints, checks, binds or explains terms walks these rows. A new kind is a formula in
// kernels/ops/term_kind.h, its arithmetic in the body of the operation that computes it, and a row here.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/objective/objective_term.h"

namespace limpid {

/// What stands between the parentheses of a term's text, apart by commas.
enum class TermArgument {
  none,
  layer,      ///< A layer without a channel.
  layers,     ///< One or more of them, each with a term of its own.
  direction,  ///< A file of one vector in the layer's channels, or "random:7".
  patch,      ///< A file of vectors, one for each position of a patch.
  photo,      ///< A file of a picture.
};

/// A number that may follow the arguments, "cossim=2".
struct TermOption {
  std::string_view name;
  std::variant<float ObjectiveTerm::*, int ObjectiveTerm::*> member;
  float least = -std::numeric_limits<float>::infinity();
  float most = std::numeric_limits<float>::infinity();
  std::string_view sample;  ///< What it may be: "2".

  bool whole() const { return std::holds_alternative<int ObjectiveTerm::*>(member); }
  /// Whole numbers of a term are below 2^24, and so floats.
  float get(const ObjectiveTerm& term) const;
  void set(ObjectiveTerm& term, float value) const;
  /// Whether it may be `value`, which need not be finite.
  bool allows(float value) const;
  /// "a number from 0 on", "a whole number from 1 to 8192".
  std::string expected() const;
};

/// All there are.
std::span<const TermOption> term_options();

/// Which operation computes a kind.
enum class TermOperation {
  seed,        ///< ObjectiveSeed, of a map.
  caricature,  ///< CaricatureSeed, of a map.
  gram,        ///< GramSeed, of a map.
  penalty,     ///< ImagePenalty, of the picture.
};

/// In the order in which rows are written, below which everything has a usual value.
struct TermRow {
  TermKind kind = TermKind::none;
  std::string_view name = {};  ///< Before the parentheses; empty where the layer alone is written.
  std::array<TermArgument, 2> arguments = {};
  std::span<const TermOption> options = {};
  TermOperation operation = TermOperation::seed;
  bool one_channel = false;      ///< Of one channel of the layer, "mixed4a:11".
  bool at_position = false;      ///< May be of one position alone, "@7,7".
  bool compares_images = false;  ///< Is between the images of a job, of which there must be several.
  bool needs_alpha = false;      ///< Is of a picture that has an opacity.
  std::string_view help = {};
  std::string_view example = {};

  bool reads_map() const { return operation != TermOperation::penalty; }
  bool reads_photo() const { return takes(TermArgument::photo); }
  bool has_vectors() const { return takes(TermArgument::direction) || takes(TermArgument::patch); }
  bool takes(TermArgument argument) const {
    return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
  }
};

/// All rows, in the order in which help has them.
std::span<const TermRow> term_table();

/// The kind's row. Throws std::logic_error for TermKind::none, which has none.
const TermRow& row_of(TermKind kind);
inline const TermRow& row_of(const ObjectiveTerm& term) {
  return row_of(term.kind);
}

/// Null where no kind has that name.
const TermRow* find_term(std::string_view name);

/// How a kind is written, as an error says it: "dir(mixed4a, v.npy), with ...; cossim=2 and @7,7 may follow".
std::string form_of(const TermRow& row);

}  // namespace limpid
