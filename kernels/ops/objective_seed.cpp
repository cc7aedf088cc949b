#include "kernels/ops/objective_seed.h"

#include "kernels/core/group.h"

namespace limpid::cpu {
namespace {

double reduce(const GroupView<const float>& map, const SlotTerm& term, int n) {
  const int group = term.channel / kGroup;
  const int lane = term.channel % kGroup;
  double sum = 0;
  switch (term.reduction) {
    case Reduction::none:
      return 0;
    case Reduction::position:
      return map.at(n, group, term.y, term.x)[lane];
    case Reduction::channel_mean:
      for (int h = 0; h < map.h; ++h) {
        for (int w = 0; w < map.w; ++w) sum += map.at(n, group, h, w)[lane];
      }
      return sum / (map.h * map.w);
    case Reduction::mean_square:
      for (int g = 0; g < map.groups; ++g) {
        for (int h = 0; h < map.h; ++h) {
          for (int w = 0; w < map.w; ++w) {
            const float* pixel = map.at(n, g, h, w);
            for (int i = 0; i < kGroup; ++i) sum += double{pixel[i]} * pixel[i];
          }
        }
      }
      return sum / (double{1} * term.channels * map.h * map.w);
  }
  return 0;
}

void write_gradient(const GroupView<const float>& map, const GroupView<float>& gradient, const SlotTerm& term,
                    int n) {
  const float square_scale =
      2.0F * term.weight / (static_cast<float>(term.channels) * static_cast<float>(map.h * map.w));
  for (int g = 0; g < map.groups; ++g) {
    for (int h = 0; h < map.h; ++h) {
      for (int w = 0; w < map.w; ++w) {
        Group seed = splat(0.0F);
        if (term.reduction == Reduction::mean_square) {
          seed = load_group(map.at(n, g, h, w)) * splat(square_scale);
        } else if (term.reduction != Reduction::none && g == term.channel / kGroup) {
          if (term.reduction == Reduction::channel_mean) {
            seed[term.channel % kGroup] = term.weight / static_cast<float>(map.h * map.w);
          } else if (h == term.y && w == term.x) {
            seed[term.channel % kGroup] = term.weight;
          }
        }
        store_group(gradient.at(n, g, h, w), seed);
      }
    }
  }
}

}  // namespace

void objective_seed(const Stream&, const ObjectiveSeed& op) {
  const auto map = op.map.as<const float>();
  for (int n = 0; n < op.map.n; ++n) {
    const double value = double{op.terms[n].weight} * reduce(map, op.terms[n], n);
    op.values[n] = op.accumulate ? op.values[n] + value : value;
    write_gradient(map, op.gradient.as<float>(), op.terms[n], n);
  }
}

}  // namespace limpid::cpu
