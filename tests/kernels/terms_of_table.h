// Terms as the term table has them.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "engine/objective/term_table.h"
#include "kernels/ops/objective_seed.h"

namespace limpid::test {

/// Every kind that an operation computes.
inline std::vector<TermKind> kinds_of(TermOperation operation) {
  std::vector<TermKind> kinds;
  for (const TermRow& row : term_table()) {
    if (row.operation == operation) kinds.push_back(row.kind);
  }
  return kinds;
}

/// Every kind that ObjectiveSeed computes, on each part of an h x w map that it may read: all of it, the position
/// (y, x) of `given`, or as a patch what lies from there on; those that may be weighed by a power of the cosine with
/// each of `powers`. The rest is as in `given`.
inline std::vector<SlotTerm> seed_terms(const SlotTerm& given, int h, int w,
                                        std::initializer_list<float> powers) {
  std::vector<SlotTerm> terms;
  const auto add = [&](const TermRow& row, int box_h, int box_w) {
    const bool weighed = std::any_of(row.options.begin(), row.options.end(),
                                     [](const TermOption& option) { return option.name == "cossim"; });
    for (const float power : powers) {
      SlotTerm term = given;
      term.kind = row.kind;
      term.box_h = box_h;
      term.box_w = box_w;
      term.cosine_power = weighed ? power : 0;
      terms.push_back(term);
      if (!weighed) return;
    }
  };
  for (const TermRow& row : term_table()) {
    if (row.operation != TermOperation::seed) continue;
    const bool patch = row.takes(TermArgument::patch);
    add(row, patch ? h - given.y : 0, patch ? w - given.x : 0);
    if (row.at_position) add(row, 1, 1);
  }
  return terms;
}

}  // namespace limpid::test
