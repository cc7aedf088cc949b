#include "kernels/conv/conv_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace limpid::cuda {
namespace {

constexpr int kStreamKKnob = 38;  // CUDNN_KNOB_TYPE_STREAM_K.

/// Stream-K cuts the sums of an output tile where the share of a multiprocessor ends, so that an image's
/// rounding depends on its place in the batch.
bool uses_stream_k(const ConvAlgorithm& algorithm) {
  return (algorithm.provider == ConvProvider::cudnn || algorithm.provider == ConvProvider::cudnn_in_depth) &&
         std::any_of(algorithm.knobs.begin(), algorithm.knobs.end(),
                     [](const Knob& knob) { return knob.type == kStreamKKnob && knob.value != 0; });
}

/// FNV-1a over the knobs' values: tells algorithms apart in tables, where the values themselves say nothing.
std::uint32_t checksum(const std::vector<Knob>& knobs) {
  std::uint32_t hash = 2166136261U;
  for (const Knob& knob : knobs) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ static_cast<std::uint8_t>(static_cast<std::uint64_t>(knob.value) >> shift)) * 16777619U;
    }
  }
  return hash;
}

}  // namespace

std::string ConvAlgorithm::name() const {
  if (provider == ConvProvider::stem_dgrad) return "hand: stem dgrad";
  if (provider == ConvProvider::cublaslt) {
    return fmt::format("cublaslt algo{} {:08x}", engine, checksum(knobs));
  }
  std::string result = fmt::format(
      "{}cudnn eng{}", provider == ConvProvider::cudnn_in_depth ? "space to depth, " : "", engine);
  for (const Knob& knob : knobs) result += fmt::format(" k{}={}", knob.type, knob.value);
  return result;
}

ChoiceRules rules_for(const ConvRequest& request) {
  ChoiceRules rules;
  rules.strict_fp32 = request.dtype == DType::f32 && !request.tf32;
  rules.prefer_tensor_cores = !rules.strict_fp32;
  rules.translation_exact = request.translation_exact;
  const ConvShape& s = request.shape;
  const double elements = 1.0 * request.batch * (1.0 * s.c * s.h * s.w + 1.0 * s.k * s.p * s.q);
  rules.workspace_cap = (std::size_t{64} << 20) + static_cast<std::size_t>(elements) * size_of(request.dtype);
  return rules;
}

std::string refusal(const ConvCandidate& candidate, const ChoiceRules& rules) {
  if (candidate.nondeterministic) return "not deterministic";
  if (candidate.down_converts) return "rounds its operands";
  if (candidate.reduced_sums) return "sums in less than fp32";
  if (rules.ready_made && candidate.compiles_at_run_time) return "compiled at run time";
  if (uses_stream_k(candidate.algorithm)) return "rounds by place in the batch";
  if (rules.strict_fp32 && candidate.tensor_cores) return "tensor cores round fp32 operands";
  if (rules.translation_exact && (candidate.winograd || candidate.fft)) return "rounds by place in the map";
  return {};
}

std::vector<ConvCandidate> rank(const std::vector<ConvCandidate>& offered, const ChoiceRules& rules) {
  std::vector<ConvCandidate> result;
  for (const ConvCandidate& candidate : offered) {
    const bool known = std::any_of(result.begin(), result.end(), [&](const ConvCandidate& earlier) {
      return earlier.algorithm == candidate.algorithm;
    });
    if (!known && refusal(candidate, rules).empty()) result.push_back(candidate);
  }
  const auto drawback = [&](const ConvCandidate& candidate) {
    if (candidate.compiles_at_run_time || candidate.needs_cublaslt) return 2;
    return rules.prefer_tensor_cores && !candidate.tensor_cores ? 1 : 0;
  };
  std::stable_sort(result.begin(), result.end(),
                   [&](const ConvCandidate& a, const ConvCandidate& b) { return drawback(a) < drawback(b); });
  return result;
}

int source_pixel_stride(const ConvRequest& request) {
  const bool fprop = request.direction == ConvDirection::fprop;
  return request.source_channels != 0 ? request.source_channels : fprop ? request.shape.c : request.shape.k;
}

int target_pixel_stride(const ConvRequest& request) {
  const bool fprop = request.direction == ConvDirection::fprop;
  return request.target_channels != 0 ? request.target_channels : fprop ? request.shape.k : request.shape.c;
}

bool is_matrix_product(const ConvRequest& request) {
  const ConvShape& s = request.shape;
  return s.window.size == 1 && s.window.stride == 1 && s.window.before_h == 0 && s.window.before_w == 0 &&
         s.p == s.h && s.q == s.w;
}

bool has_slice(const ConvRequest& request) {
  const bool fprop = request.direction == ConvDirection::fprop;
  const ConvShape& s = request.shape;
  return source_pixel_stride(request) != (fprop ? s.c : s.k) ||
         target_pixel_stride(request) != (fprop ? s.k : s.c);
}

bool prefers_cublaslt(const ConvRequest& request) {
  return is_matrix_product(request) && has_slice(request);
}

std::string describe(const ConvRequest& request) {
  const ConvShape& s = request.shape;
  const bool fprop = request.direction == ConvDirection::fprop;
  const std::string x = fmt::format("{}x{}x{}", s.c, s.h, s.w);
  const std::string y = fmt::format("{}x{}x{}", s.k, s.p, s.q);
  return fmt::format("{}{}{}{} {}x{}/{} pad {},{} {}x{} @{} -> {} @{} {}", fprop ? "fprop" : "dgrad",
                     request.relu ? "+relu" : "", request.accumulate ? "+accumulate" : "",
                     request.translation_exact ? "+exact" : "", s.window.size, s.window.size, s.window.stride,
                     s.window.before_h, s.window.before_w, request.batch, fprop ? x : y,
                     source_pixel_stride(request), fprop ? y : x, target_pixel_stride(request),
                     request.tf32 ? "tf32" : name_of(request.dtype));
}

}  // namespace limpid::cuda
