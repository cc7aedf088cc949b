#include "kernels/core/parallel.h"
#include "kernels/ops/image_penalty.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {
namespace {

/// f(t, term) for the terms of image n.
template <class F>
void for_each_term(const PenaltyBody& body, int n, const F& f) {
  for (int t = 0; t < body.terms_per_image; ++t) {
    const PenaltyTerm term = body.term(n, t);
    if (term.kind != TermKind::none) f(t, term);
  }
}

}  // namespace

void image_penalty(const Stream& stream, const ImagePenalty& op) {
  const PenaltyBody body(op);
  const int h = op.rgb.h, w = op.rgb.w, channels = op.rgb.c, rows = channels * h;
  parallel_for(stream, std::int64_t{op.rgb.n} * kPenaltyParts, [&](std::int64_t task) {
    const int n = static_cast<int>(task / kPenaltyParts), p = static_cast<int>(task % kPenaltyParts);
    for_each_term(body, n, [&](int t, const PenaltyTerm& term) {
      double sum = 0;
      for (int row = rows * p / kPenaltyParts; row < rows * (p + 1) / kPenaltyParts; ++row) {
        for (int x = 0; x < w; ++x) sum += body.add(term, n, row / h, row % h, x);
      }
      *body.part(n, t, p) = sum;
    });
  });
  for (int n = 0; n < op.rgb.n; ++n) {
    double* values = op.values + std::int64_t{n} * op.value_stride * op.columns;
    for_each_term(body, n, [&](int t, const PenaltyTerm& term) {
      values[term.column] += op.value_scale * static_cast<double>(term.weight) * body.value(term, n, t);
    });
  }
  parallel_for(stream, std::int64_t{op.rgb.n} * rows, [&](std::int64_t row) {
    const int n = static_cast<int>(row / rows), c = static_cast<int>(row / h % channels),
              y = static_cast<int>(row % h);
    float* gradient = op.drgb.plane(n, c) + std::int64_t{y} * w;
    for_each_term(body, n, [&](int t, const PenaltyTerm& term) {
      if (term.column != 0) return;
      const double value = body.value(term, n, t);
      for (int x = 0; x < w; ++x) gradient[x] += term.weight * body.slope(term, value, n, c, y, x);
    });
  });
}

}  // namespace limpid::cpu

namespace limpid {

void check(const ImagePenalty& op, const OpContract& contract) {
  contract.planes({{"rgb", op.rgb}, {"drgb", op.drgb}});
  contract.require(op.rgb.c == 3 || op.rgb.c == 4, "rgb", "has {} planes, and must have 3, or 4 with opacity",
                   op.rgb.c);
  contract.apart({"rgb", op.rgb}, {"drgb", op.drgb});
  contract.memory({{"terms", op.terms}, {"values", op.values}, {"sums", op.sums}, {"residual", op.residual}});
  contract.at_least(
      1,
      {{"terms_per_image", op.terms_per_image}, {"columns", op.columns}, {"value_stride", op.value_stride}});
}

}  // namespace limpid
