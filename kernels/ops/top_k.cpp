#include "kernels/ops/top_k.h"

#include "kernels/core/cpu_loops.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/top_k.body.h"

namespace limpid::cpu {

void top_k(const Stream& stream, const TopK& op) {
  const auto y = op.y.as<float>();
  for_each_pixel(stream, y.n, y.h, y.w, [&](int n, int h, int w) {
    const auto count = [&](const TopKRule& rule) {
      int sum = 0;
      for (int g = 0; g < y.groups; ++g) {
        sum += count_kept(rule, load_group<float>(y.at(n, g, h, w)), g * kGroup);
      }
      return sum;
    };
    const TopKRule rule = find_top_k(op.kept, op.y.channels(), count);
    for (int g = 0; g < y.groups; ++g) {
      float* values = y.at(n, g, h, w);
      store_group(values, keep_by(rule, load_group<float>(values), g * kGroup));
    }
  });
}

}  // namespace limpid::cpu

namespace limpid {

void check(const TopK& op, const OpContract& contract) {
  contract.tensors({{"y", op.y}});
  contract.at_least(1, {{"kept", op.kept}});
}

}  // namespace limpid
