#include "kernels/core/cpu_loops.h"
#include "kernels/ops/objective_seed.body.h"

namespace limpid::cpu {
namespace {

double reduce(const GroupView<const float>& map, const SlotTerm& term, int n) {
  const SeedBox box(term, map);
  double sum = 0;
  for (int g = box.g; g < box.g + box.groups; ++g) {
    for (int h = box.h; h < box.h + box.height; ++h) {
      for (int w = box.w; w < box.w + box.width; ++w) {
        sum = add_to_seed(sum, term, load_group(map.at(n, g, h, w)));
      }
    }
  }
  return seed_value(term, sum, map.h * map.w);
}

}  // namespace

void objective_seed(const Stream& stream, const ObjectiveSeed& op) {
  const auto map = op.map.as<const float>();
  for (int n = 0; n < map.n; ++n) {
    const double value = reduce(map, op.terms[n], n);
    op.values[n] = op.accumulate ? op.values[n] + value : value;
  }
  const SeedGradientBody<float> body{map, op.gradient.as<float>(), op.terms, op.gradient_scale};
  for_each_group(stream, map.n, map.groups, map.h, map.w, body);
}

}  // namespace limpid::cpu
