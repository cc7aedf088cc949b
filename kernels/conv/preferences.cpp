#include "kernels/conv/preferences.h"

#include <algorithm>

#include "kernels/conv/depth_conv.h"
#include "kernels/conv/space_to_depth.h"
#include "kernels/conv/stem_dgrad_cuda.h"
#include "kernels/core/error.h"

namespace limpid::cuda {

std::optional<ConvAlgorithm> Preferences::next() {
  for (;;) {
    while (waiting_.empty()) {
      if (!look_further()) return std::nullopt;
    }
    ConvAlgorithm algorithm = waiting_.front();
    waiting_.pop_front();
    const bool seen = std::find(seen_.begin(), seen_.end(), algorithm) != seen_.end();
    if (seen || !context_.cache().refusal(request_, algorithm).empty()) continue;
    seen_.push_back(algorithm);
    return algorithm;
  }
}

/// Adds what is preferred next, if anything; false when there is no more to look at.
bool Preferences::look_further() {
  const ChoiceRules rules = rules_for(request_);
  switch (looked_++) {
    case 0:
      if (const auto kept = context_.kept() ? context_.kept()->find(request_) : std::nullopt)
        waiting_.push_back(*kept);
      return true;
    case 1:
      if (const auto remembered = context_.cache().find(request_)) waiting_.push_back(remembered->algorithm);
      return true;
    case 2:
      news_ = true;
      if (prefers_depth(request_)) {
        offer([&] { return depth_candidates(context_.cudnn(), request_, rules, 1); });
      }
      // In strict fp32 cuDNN has but one engine for the stem's dgrad, its slowest.
      if (stem_dgrad_supports(request_)) waiting_.push_back({ConvProvider::stem_dgrad, 0, {}});
      return true;
    case 3:
      if (prefers_cublaslt(request_))
        offer([&] { return context_.cublaslt().candidates(request_, rules, 1); });
      return true;
    case 4:
      offer([&] { return context_.cudnn().candidates(request_, rules, 1); });
      return true;
    case 5:
      if (depth_supports(request_)) {
        offer([&] { return depth_candidates(context_.cudnn(), request_, rules, kAll); });
      }
      offer([&] { return context_.cublaslt().candidates(request_, rules, kAll); });
      offer([&] { return context_.cudnn().candidates(request_, rules, kAll); });
      return true;
    default:
      return false;
  }
}

template <class Ask>
void Preferences::offer(Ask ask) {
  try {
    for (const ConvCandidate& candidate : ask()) waiting_.push_back(candidate.algorithm);
  } catch (const Error& e) {
    why_ = e.what();
  }
}

}  // namespace limpid::cuda
