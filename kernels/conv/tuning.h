// What tuning finds out about a convolution, in words that every backend shares.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace limpid {

/// One algorithm's measurements.
struct TimedAlgorithm {
  std::string name;
  std::size_t workspace_bytes = 0;
  double microseconds = 0;    ///< Median of runs, each with a cold L2 cache.
  double relative_error = 0;  ///< In L2, against a plain convolution in fp32.
  std::string refusal;        ///< Why it is not to be trusted; empty when it is.

  bool sound() const { return refusal.empty(); }
};

/// A convolution's algorithms, the fastest sound one first, the refused last.
struct ConvTuning {
  std::vector<TimedAlgorithm> algorithms;
  std::string cache_file;  ///< Where the first is remembered, if it is sound.
};

}  // namespace limpid
