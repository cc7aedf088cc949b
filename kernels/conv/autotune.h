// Times every algorithm of a convolution on the card at hand, and trusts none that it has not checked.
#pragma once

#include <string>
#include <vector>

#include "kernels/conv/cuda_conv.h"

namespace limpid::cuda {

/// One algorithm's measurements.
struct TunedCandidate {
  ConvAlgorithm algorithm;
  std::size_t workspace_bytes = 0;
  double microseconds = 0;    ///< Median of `kTimedRuns` runs, each with a cold L2 cache.
  double relative_error = 0;  ///< In L2, against `reference_conv`.
  bool compiles_at_run_time = false;
  std::string refusal;  ///< Why it is not to be trusted; empty when it is.
};

inline constexpr int kTimedRuns = 21;

/// The largest relative error, in L2, that a sound algorithm of the request shows on numbers uniform on [-1,
/// 1): of fp32 the roundings of a long sum and of Winograd's transforms, of TF32 those of its operands, of
/// 16-bit types that of the stored result.
double error_bound(const ConvRequest& request);

/// Whether to measure engines that cuDNN compiles at run time: some two seconds each, twice, but with a
/// channel slice for an operand only they need no copy of it.
enum class RunTimeCompiled { skip, measure };

/// Candidates of the request, the fastest sound one first, the refused last. Runs on the stream, waits for
/// it, and needs the device to itself. Throws Error{runtime} when memory is short or the device fails.
std::vector<TunedCandidate> autotune(const ConvContext& context, const Stream& stream,
                                     const ConvRequest& request, RunTimeCompiled compiled);

/// Tunes and remembers the best in the context's cache, which the caller saves: the best of those that are
/// ready made, for compiling the network's plans anew in each process would take minutes.
std::vector<TunedCandidate> tune_into_cache(ConvContext& context, const Stream& stream,
                                            const ConvRequest& request,
                                            RunTimeCompiled compiled = RunTimeCompiled::skip);

/// The measurements as lines of text under a heading: time, TFLOP/s, error, workspace, algorithm.
std::string format_tuning(const ConvRequest& request, const std::vector<TunedCandidate>& candidates);

}  // namespace limpid::cuda
