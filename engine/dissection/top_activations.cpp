#include "engine/dissection/top_activations.h"

#include <algorithm>

namespace limpid {

void TopActivations::trim() {
  const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(rank_);
  std::nth_element(kept_.begin(), last, kept_.end(),
                   [](const TaggedValue& a, const TaggedValue& b) { return a.value > b.value; });
  least_ = last->value;
  full_ = true;
  kept_.resize(rank_ + 1);
}

float TopActivations::threshold() {
  trim();
  return least_;
}

std::vector<TaggedValue> TopActivations::above() {
  const float least = threshold();
  std::vector<TaggedValue> found;
  for (const TaggedValue& kept : kept_) {
    if (kept.value > least) found.push_back(kept);
  }
  return found;
}

}  // namespace limpid
