#include "kernels/ops/lrn_pool.h"

#include "kernels/core/cpu_loops.h"
#include "kernels/ops/lrn_pool.body.h"
#include "kernels/ops/pool_contract.h"

namespace limpid::cpu {
namespace {

template <int Radius, int Quarters>
void lrn_pool_fprop_by_rule(const Stream& stream, const LrnPoolFprop& op) {
  using Source = LrnSource<float, Radius, Quarters>;
  const MaxPoolFpropTile<Source, kLrnPoolStride, 1> tile{{op.x.as<const float>(), op.constants},
                                                         op.y.as<float>(),
                                                         op.argmax,
                                                         op.window.before_h,
                                                         op.window.before_w};
  for_each_group(stream, op.y.n, op.y.groups, op.y.h, op.y.w, tile);
}

template <int Radius, int Quarters>
struct LrnPoolBpropBody {
  LrnPoolBpropTile<float> tile;

  void operator()(int n, int g, int tile_h, int tile_w) const {
    const GroupView<const float>& x = tile.x;
    const auto own = tile.pooled(n, g, tile_h, tile_w);
    const auto before = tile.pooled(n, g > 0 ? g - 1 : g, tile_h, tile_w);
    const auto after = tile.pooled(n, g + 1 < x.groups ? g + 1 : g, tile_h, tile_w);
    for (int r = 0; r < tile.kEdge; ++r) {
      for (int c = 0; c < tile.kEdge; ++c) {
        const int h = own.h0 + r, w = own.w0 + c;
        if (!tile.pool.holds(h, w)) continue;
        const LrnTerm term = term_at(n, g, h, w, own.sum[r][c]);
        const GroupTriple terms{
            g > 0 ? term_at(n, g - 1, h, w, before.sum[r][c]).value : splat(0.0F), term.value,
            g + 1 < x.groups ? term_at(n, g + 1, h, w, after.sum[r][c]).value : splat(0.0F)};
        const Group value = load_group(x.at(n, g, h, w));
        tile.write(n, g, h, w, lrn_gradient<Radius>(tile.constants, terms, term.power, own.sum[r][c], value),
                   value);
      }
    }
  }

 private:
  LrnTerm term_at(int n, int g, int h, int w, Group dy) const {
    const GroupView<const float>& x = tile.x;
    const GroupTriple squares{square_at(x, n, g - 1, h, w), square_at(x, n, g, h, w),
                              square_at(x, n, g + 1, h, w)};
    return lrn_term<Radius, Quarters>(tile.constants, squares, dy, load_group(x.at(n, g, h, w)));
  }
};

}  // namespace

void lrn_pool_fprop(const Stream& stream, const LrnPoolFprop& op) {
  with_lrn_pool_rules(op.constants, [&](auto radius, auto quarters) {
    lrn_pool_fprop_by_rule<radius(), quarters()>(stream, op);
  });
}

void lrn_pool_bprop(const Stream& stream, const LrnPoolBprop& op) {
  with_lrn_pool_rules(op.constants, [&](auto radius, auto quarters) {
    const LrnPoolBpropBody<radius(), quarters()> body{LrnPoolBpropTile<float>(op)};
    for_each_group(stream, op.x.n, op.x.groups, body.tile.pool.tiles_h(), body.tile.pool.tiles_w(), body);
  });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_rules(const OpContract& contract, const LrnConstants& constants, const Window& window) {
  contract.require(lrn_pool_supports(constants), "constants",
                   "have radius {} and beta {}, and must have 2 and 0.75, 4 and 0.5 or 5 and 0.5",
                   constants.radius, constants.beta);
  contract.require(window.size == 3 && window.stride == kLrnPoolStride, "window",
                   "is {0} x {0} of stride {1}, and must be 3 x 3 of stride 2", window.size, window.stride);
}

}  // namespace

void check(const LrnPoolFprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}});
  contract.tensors({{"y", op.y}});
  contract.pool_windows(op.window, {"x", op.x}, {"y", op.y});
  check_argmax(contract, op.argmax, {"y", op.y});
  check_rules(contract, op.constants, op.window);
}

void check(const LrnPoolBprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"dx", op.dx}});
  contract.tensors({{"dy", op.dy}});
  contract.pool_windows(op.window, {"dx", op.dx}, {"dy", op.dy});
  check_argmax(contract, op.argmax, {"dy", op.dy});
  check_rules(contract, op.constants, op.window);
}

}  // namespace limpid
