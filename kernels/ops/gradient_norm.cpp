#include "kernels/core/parallel.h"
#include "kernels/ops/gradient_norm.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void gradient_norm(const Stream& stream, const GradientNorm& op) {
  parallel_for(stream, std::int64_t{op.images} * kGradientNormParts, [&](std::int64_t task) {
    const GradientPart part(op, static_cast<int>(task / kGradientNormParts),
                            static_cast<int>(task % kGradientNormParts));
    double sum = 0;
    for (std::int64_t i = part.begin; i < part.end; ++i) sum += part.square(i);
    op.parts[task] = sum;
  });
  const GradientFactorBody factor{op};
  for (int image = 0; image < op.images; ++image) factor(image);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const GradientNorm& op, const OpContract& contract) {
  contract.memory({{"gradient", op.gradient}, {"parts", op.parts}, {"factor", op.factor}});
  contract.at_least(1, {{"images", op.images}, {"planes", op.planes}, {"count", op.count}});
}

}  // namespace limpid
