#include <algorithm>

#include "kernels/core/parallel.h"
#include "kernels/ops/gram.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {
namespace {

/// Rows of eight columns that gram_adjoint keeps at hand, in channel groups: 16 KiB.
constexpr int kPackedGroups = 64;

GramTile transposed(const GramTile& tile) {
  GramTile result;
  for (int i = 0; i < kGroup; ++i) {
    for (int j = 0; j < kGroup; ++j) result.row[i][j] = tile.row[j][i];
  }
  return result;
}

}  // namespace

void gram(const Stream& stream, const Gram& op) {
  const GramBody<float> body{op.map.as<const float>(), op.gram};
  const int groups = op.map.groups;
  // Half of the matrix, which is symmetric. A row and the one as far from the end have equal work together.
  const int pairs = (groups + 1) / 2;
  parallel_for(stream, std::int64_t{op.map.n} * pairs, [&](std::int64_t task) {
    const int n = static_cast<int>(task / pairs), first = static_cast<int>(task % pairs);
    const auto row = [&](int a) {
      for (int b = a; b < groups; ++b) {
        const GramTile tile = body.tile(n, a, b);
        body.store(n, a, b, tile);
        if (b > a) body.store(n, b, a, transposed(tile));
      }
    };
    row(first);
    if (groups - 1 - first > first) row(groups - 1 - first);
  });
}

void gram_seed(const Stream& stream, const GramSeed& op) {
  const GramSeedBody body(op);
  const std::int64_t groups = body.groups();
  parallel_for(stream, std::int64_t{op.images} * kGramParts, [&](std::int64_t task) {
    const int n = static_cast<int>(task / kGramParts), part = static_cast<int>(task % kGramParts);
    for (int t = 0; t < op.terms_per_image; ++t) {
      const GramTerm term = body.term(n, t);
      for (int j = 0; j < body.others(term); ++j) {
        GramSums sums{};
        for (std::int64_t i = groups * part / kGramParts; i < groups * (part + 1) / kGramParts; ++i) {
          body.add(sums, term, n, j, i);
        }
        body.store(n, t, j, part, sums);
      }
    }
  });
  for (int n = 0; n < op.images; ++n) {
    for (int t = 0; t < op.terms_per_image; ++t) {
      const GramTerm term = body.term(n, t);
      if (term.kind == TermKind::none) continue;
      op.values[n * op.columns + term.column] += body.finish(term, n, t);
    }
  }
  const int row = op.channels / kGroup;
  parallel_for(stream, std::int64_t{op.images} * op.channels, [&](std::int64_t task) {
    const int n = static_cast<int>(task / op.channels);
    const std::int64_t first = task % op.channels * row;
    for (std::int64_t i = first; i < first + row; ++i) body.slope(n, i);
  });
}

void gram_adjoint(const Stream& stream, const GramAdjoint& op) {
  const GramAdjointBody<float> body{op.map.as<const float>(), op.gradient.as<float>(), op.gradient_scale};
  const int groups = op.map.groups;
  const std::int64_t channels = op.map.channels();
  parallel_for(stream, std::int64_t{op.map.n} * groups, [&](std::int64_t task) {
    const int n = static_cast<int>(task / groups), a = static_cast<int>(task % groups);
    // Columns lie a power of two apart or nearly: side by side they do not push each other out of the caches.
    alignas(32) float packed[kPackedGroups * kGroup][kGroup];
    for (int first = 0; first < groups; first += kPackedGroups) {
      const int count = std::min(kPackedGroups, groups - first);
      const float* column = op.slope + (n * channels + first * kGroup) * channels + a * kGroup;
      for (int i = 0; i < count * kGroup; ++i) std::copy_n(column + i * channels, kGroup, packed[i]);
      for (int tile = 0; tile < body.tiles(); ++tile) body.add(n, a, tile, {packed[0], kGroup, first, count});
    }
  });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_matrices(const OpContract& contract, NamedMemory matrices) {
  matrices.alignment = 16;
  contract.memory({matrices});
}

}  // namespace

void check(const Gram& op, const OpContract& contract) {
  contract.tensors({{"map", op.map}});
  check_matrices(contract, {"gram", op.gram});
}

void check(const GramSeed& op, const OpContract& contract) {
  check_matrices(contract, {"gram", op.gram});
  check_matrices(contract, {"slope", op.slope});
  contract.memory({{"terms", op.terms}, {"values", op.values}, {"scratch", op.scratch}});
  contract.at_least(1, {{"images", op.images},
                        {"channels", op.channels},
                        {"terms_per_image", op.terms_per_image},
                        {"columns", op.columns}});
  contract.require(op.channels % kGroup == 0, "channels", "are {}, and must be a multiple of {}", op.channels,
                   kGroup);
}

void check(const GramAdjoint& op, const OpContract& contract) {
  contract.tensors({{"map", op.map}, {"gradient", op.gradient}});
  check_matrices(contract, {"slope", op.slope});
}

}  // namespace limpid
