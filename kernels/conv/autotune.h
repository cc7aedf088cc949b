// Times every algorithm of a convolution on the card at hand, and trusts none that it has not checked.
#pragma once

#include <vector>

#include "kernels/conv/cuda_conv.h"
#include "kernels/conv/tuning.h"

namespace limpid::cuda {

/// An algorithm and its measurements, over `kTimedRuns` runs.
struct TunedCandidate {
  ConvAlgorithm algorithm;
  TimedAlgorithm measured;
};

inline constexpr int kTimedRuns = 21;

/// The largest relative error, in L2, that a sound algorithm of the request shows on numbers uniform on [-1,
/// 1): of fp32 the roundings of a long sum and of Winograd's transforms, of TF32 those of its operands, of
/// 16-bit types that of the stored result.
double error_bound(const ConvRequest& request);

/// Candidates of the request, the fastest sound one first, the refused last; none that is compiled at run
/// time, for compiling the network's plans anew in each process would take minutes. Runs on the stream, waits
/// for it, and needs the device to itself. Throws Error{runtime} when memory is short or the device fails.
/// One that breaks the device's context is passed over from then on, and ends the process's use of it: Error{runtime}, which
/// says to start again.
std::vector<TunedCandidate> autotune(ConvContext& context, const Stream& stream, const ConvRequest& request);

/// Tunes, and remembers the best in the context's cache, which the caller saves.
std::vector<TunedCandidate> tune_into_cache(ConvContext& context, const Stream& stream,
                                            const ConvRequest& request);

}  // namespace limpid::cuda
