// The algorithms of a convolution, the preferred first.
#pragma once

#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kernels/conv/cuda_conv.h"

namespace limpid::cuda {

/// One after the other, as they are asked for: libraries are asked for more only once what they prefer was tried.
class Preferences {
 public:
  Preferences(ConvContext& context, const ConvRequest& request) : context_(context), request_(request) {}

  /// Each algorithm once, without those that are passed over. None when there is no other.
  std::optional<ConvAlgorithm> next();

  /// Why a library had none, the last time one had none; empty where each had some.
  const std::string& why() const { return why_; }

  /// Whether the last one was what heuristics prefer, and nobody's choice before.
  bool is_news() const { return news_; }

 private:
  static constexpr int kAll = std::numeric_limits<int>::max();

  bool look_further();
  /// Adds what a library answers; where it has none, others may.
  template <class Ask>
  void offer(Ask ask);

  ConvContext& context_;
  ConvRequest request_;
  int looked_ = 0;
  bool news_ = false;
  std::deque<ConvAlgorithm> waiting_;
  std::vector<ConvAlgorithm> seen_;
  std::string why_;
};

}  // namespace limpid::cuda
