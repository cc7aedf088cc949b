// LRN and the max-pool behind it as one operation, in a plan whose operations are all there.
#include <algorithm>
#include <optional>

#include "engine/network/accesses.h"
#include "engine/network/plan_draft.h"
#include "kernels/ops/lrn_pool.h"

namespace limpid {
namespace {

bool same(const Slice& a, const Slice& b) {
  return a.buffer == b.buffer && a.first == b.first && a.groups == b.groups;
}

/// Places of the two in a pass, LRN's first.
struct LrnPoolPair {
  std::size_t lrn, pool;
};

class LrnPoolFusion {
 public:
  explicit LrnPoolFusion(Plan& plan) : plan_(plan) {}

  void run() {
    while (const auto forward = next_pair()) {
      const LrnFpropOp lrn = std::get<LrnFpropOp>(plan_.forward[forward->lrn].op);
      const MaxPoolFpropOp pool = std::get<MaxPoolFpropOp>(plan_.forward[forward->pool].op);
      if (const auto backward = pair_back(pool.argmax)) {
        const LrnBpropOp back = std::get<LrnBpropOp>(plan_.backward[backward->lrn].op);
        const Slice dy = std::get<MaxPoolBpropOp>(plan_.backward[backward->pool].op).dy;
        replace(plan_.backward, backward->pool, backward->lrn, joined(forward.value(), "bprop"),
                LrnPoolBpropOp{back.x, dy, back.dx, pool.argmax, back.rule, pool.window, back.accumulate});
      }
      replace(plan_.forward, forward->lrn, forward->pool, joined(forward.value(), "fprop"),
              LrnPoolFpropOp{lrn.x, pool.y, pool.argmax, lrn.rule, pool.window});
    }
  }

 private:
  /// Of the forward pass, one that can be one operation in all passes.
  std::optional<LrnPoolPair> next_pair() const {
    for (std::size_t i = 0; i < plan_.forward.size(); ++i) {
      const auto* lrn = std::get_if<LrnFpropOp>(&plan_.forward[i].op);
      if (lrn == nullptr || !lrn_pool_supports(lrn->rule)) continue;
      for (std::size_t j = i + 1; j < plan_.forward.size(); ++j) {
        const auto* pool = std::get_if<MaxPoolFpropOp>(&plan_.forward[j].op);
        if (pool == nullptr || !same(pool->x, lrn->y) || pool->window.size != 3 || pool->window.stride != 2)
          continue;
        if (!is_between_two(lrn->y.buffer)) continue;
        if (!is_taken_back(pool->argmax) || pair_back(pool->argmax)) return LrnPoolPair{i, j};
      }
    }
    return std::nullopt;
  }

  bool is_taken_back(int argmax) const {
    return std::any_of(plan_.backward.begin(), plan_.backward.end(), [&](const PlanOp& op) {
      const auto* pool = std::get_if<MaxPoolBpropOp>(&op.op);
      return pool != nullptr && pool->argmax == argmax;
    });
  }

  std::optional<LrnPoolPair> pair_back(int argmax) const {
    for (std::size_t i = 0; i < plan_.backward.size(); ++i) {
      const auto* pool = std::get_if<MaxPoolBpropOp>(&plan_.backward[i].op);
      if (pool == nullptr || pool->argmax != argmax) continue;
      if (pool->rule != PoolGradient::max || pool->accumulate || !plan_.backward[i].relus.empty())
        return std::nullopt;
      for (std::size_t j = i + 1; j < plan_.backward.size(); ++j) {
        const auto* lrn = std::get_if<LrnBpropOp>(&plan_.backward[j].op);
        if (lrn == nullptr || !same(lrn->dy, pool->dx) || !is_between_two(pool->dx.buffer)) continue;
        const std::vector<ReluPoint>& relus = plan_.backward[j].relus;
        if (relus.empty() || are_outputs(relus, lrn->x)) return LrnPoolPair{j, i};
      }
    }
    return std::nullopt;
  }

  /// Whether two operations touch a buffer, and no caller.
  bool is_between_two(int buffer) const {
    std::size_t count = 0;
    for (const auto* ops : {&plan_.forward, &plan_.backward, &plan_.push}) {
      for (const PlanOp& op : *ops) {
        const std::vector<Access> all = accesses(plan_, op);
        count +=
            std::any_of(all.begin(), all.end(), [&](const Access& a) { return a.slice.buffer == buffer; });
      }
    }
    const auto is_callers = [&](const PlanTarget& t) {
      return t.value.buffer == buffer || t.gradient.buffer == buffer || t.given_gradient.buffer == buffer;
    };
    return count == 2 && plan_.start.value.buffer != buffer &&
           std::none_of(plan_.targets.begin(), plan_.targets.end(), is_callers);
  }

  /// "localresponsenorm1+maxpool1 fprop".
  std::string joined(const LrnPoolPair& forward, const char* direction) const {
    const auto layer = [&](std::size_t i) {
      const std::string& name = plan_.forward[i].name;
      return name.substr(0, name.rfind(' '));
    };
    return layer(forward.lrn) + "+" + layer(forward.pool) + " " + direction;
  }

  /// Of two operations of a pass: the second becomes `op`, the first is gone.
  static void replace(std::vector<PlanOp>& ops, std::size_t first, std::size_t second, std::string name,
                      AnyOp op) {
    ops[second].name = std::move(name);
    ops[second].op = std::move(op);
    ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(first));
  }

  Plan& plan_;
};

}  // namespace

void fuse_lrn_pools(Plan& plan) {
  LrnPoolFusion(plan).run();
}

}  // namespace limpid
