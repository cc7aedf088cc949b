// The algorithms of a convolution, the preferred first.
#pragma once

#include <deque>
#include <limits>
#include <optional>
#include <vector>

#include "kernels/conv/cuda_conv.h"

namespace limpid::cuda {

/// One after the other, as they are asked for: libraries are asked for more only once what they prefer was tried.
class Preferences {
 public:
  Preferences(ConvContext& context, const ConvRequest& request) : context_(context), request_(request) {}

  /// Each algorithm once, without those that are passed over. None when there is no other. Throws Error{runtime} where
  /// the libraries have none at all.
  std::optional<ConvAlgorithm> next();

  /// Whether the last one was what heuristics prefer, and nobody's choice before.
  bool is_news() const { return news_; }

 private:
  static constexpr int kAll = std::numeric_limits<int>::max();

  bool look_further();
  void offer(const std::vector<ConvCandidate>& candidates);

  ConvContext& context_;
  ConvRequest request_;
  int looked_ = 0;
  bool news_ = false;
  std::deque<ConvAlgorithm> waiting_;
  std::vector<ConvAlgorithm> seen_;
};

}  // namespace limpid::cuda
