#include "kernels/core/cpu_loops.h"
#include "kernels/ops/caricature_seed.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {
namespace {

using Body = CaricatureBody<float>;

/// f(t, term) for the caricatures of image n.
template <class F>
void for_each_caricature(const Body& body, int n, const F& f) {
  for (int t = 0; t < body.terms_per_image; ++t) {
    const SlotTerm term = body.term(n, t);
    if (term.kind == TermKind::caricature) f(t, term);
  }
}

void sum(const Stream& stream, const Body& body) {
  const auto& map = body.map;
  parallel_for(stream, std::int64_t{map.n} * kCaricatureParts, [&](std::int64_t task) {
    const int n = static_cast<int>(task / kCaricatureParts), p = static_cast<int>(task % kCaricatureParts);
    const int rows = map.groups * map.h;
    for_each_caricature(body, n, [&](int t, const SlotTerm& term) {
      CaricatureSums sums{};
      for (int row = rows * p / kCaricatureParts; row < rows * (p + 1) / kCaricatureParts; ++row) {
        for (int w = 0; w < map.w; ++w) body.add(sums, term, n, row / map.h, row % map.h, w);
      }
      body.store(n, t, p, sums);
    });
  });
}

}  // namespace

void caricature_seed(const Stream& stream, const CaricatureSeed& op) {
  const Body body{op.map.as<const float>(), op.gradient.as<float>(), op.terms, op.scratch,
                  op.gradient_scale,        op.terms_per_image};
  const auto& map = body.map;
  sum(stream, body);
  for (int n = 0; n < map.n; ++n) {
    for_each_caricature(body, n, [&](int t, const SlotTerm& term) {
      op.values[n * op.columns + term.column] +=
          static_cast<double>(term.weight) * body.cosine(term, n, t).value;
    });
  }
  parallel_for(stream, std::int64_t{map.n} * map.groups * map.h, [&](std::int64_t row) {
    const int h = static_cast<int>(row % map.h);
    const int g = static_cast<int>(row / map.h % map.groups);
    const int n = static_cast<int>(row / map.h / map.groups);
    for_each_caricature(body, n, [&](int t, const SlotTerm& term) {
      if (term.column != 0) return;
      const PairTerm cosine = body.cosine(term, n, t);
      for (int w = 0; w < map.w; ++w) {
        float* gradient = body.gradient.at(n, g, h, w);
        store_group(gradient, load_group<float>(gradient) + body.slope(term, cosine, n, g, h, w));
      }
    });
  });
}

}  // namespace limpid::cpu

namespace limpid {

void check(const CaricatureSeed& op, const OpContract& contract) {
  contract.tensors({{"map", op.map}, {"gradient", op.gradient}});
  contract.memory({{"terms", op.terms}, {"values", op.values}, {"scratch", op.scratch}});
  contract.at_least(1, {{"terms_per_image", op.terms_per_image}, {"columns", op.columns}});
}

}  // namespace limpid
