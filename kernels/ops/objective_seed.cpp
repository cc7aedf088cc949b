#include <algorithm>

#include "kernels/core/cpu_loops.h"
#include "kernels/ops/objective_seed.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {
namespace {

double reduce(const SeedMap<float>& map, const SlotTerm& term, int n) {
  const SeedBox box(term, map.map);
  double sum = 0;
  if (needs_position(term)) {
    for (int h = box.h; h < box.h + box.height; ++h) {
      for (int w = box.w; w < box.w + box.width; ++w) sum += map.at_position(term, n, h, w).value;
    }
  } else {
    for (int g = box.g; g < box.g + box.groups; ++g) {
      for (int h = box.h; h < box.h + box.height; ++h) {
        for (int w = box.w; w < box.w + box.width; ++w) sum += map.part(term, n, g, h, w);
      }
    }
  }
  return seed_value(term, sum, seed_positions(term, map.map));
}

/// Writes the terms that need no whole position: row by row, for most terms read few rows.
void write_plain(const Stream& stream, const SeedGradientBody<float>& body) {
  const GroupView<const float>& map = body.map.map;
  parallel_for(stream, std::int64_t{map.n} * map.groups * map.h, [&](std::int64_t row) {
    const int h = static_cast<int>(row % map.h);
    const int g = static_cast<int>(row / map.h % map.groups);
    const int n = static_cast<int>(row / map.h / map.groups);
    for (int w = 0; w < map.w; ++w) store_group(body.gradient.at(n, g, h, w), splat(0.0F));
    body.for_each_term(n, [&](const SlotTerm& term) {
      const SeedBox box(term, map);
      if (needs_position(term) || !box.holds(g, h, box.w)) return;
      for (int w = box.w; w < box.w + box.width; ++w) {
        float* gradient = body.gradient.at(n, g, h, w);
        const Group slope = body.map.slope(term, n, g, h, w) * splat(body.scale);
        store_group(gradient, load_group<float>(gradient) + slope);
      }
    });
  });
}

/// Adds the terms that need all channels of a position: pixel by pixel.
void add_by_position(const Stream& stream, const SeedGradientBody<float>& body) {
  const GroupView<const float>& map = body.map.map;
  const auto add = [&](int n, int h, int w) {
    body.for_each_term(n, [&](const SlotTerm& term) {
      if (!needs_position(term) || !SeedBox(term, map).holds(0, h, w)) return;
      const PairTerm position = body.map.at_position(term, n, h, w);
      for (int g = 0; g < map.groups; ++g) {
        float* gradient = body.gradient.at(n, g, h, w);
        const Group slope = body.map.slope(term, position, n, g, h, w) * splat(body.scale);
        store_group(gradient, load_group<float>(gradient) + slope);
      }
    });
  };
  for_each_pixel(stream, map.n, map.h, map.w, add);
}

}  // namespace

void objective_seed(const Stream& stream, const ObjectiveSeed& op) {
  const SeedMap<float> map{op.map.as<const float>()};
  const SeedGradientBody<float> body{map, op.gradient.as<float>(), op.terms, op.terms_per_image,
                                     op.gradient_scale};
  parallel_for(stream, op.map.n, [&](std::int64_t image) {
    const int n = static_cast<int>(image);
    double* values = op.values + image * op.columns;
    if (!op.accumulate) std::fill_n(values, op.columns, 0.0);
    for (int t = 0; t < op.terms_per_image; ++t) {
      const SlotTerm& term = op.terms[n * op.terms_per_image + t];
      values[term.column] += reduce(map, term, n);
    }
  });
  write_plain(stream, body);
  const std::int64_t terms = std::int64_t{op.map.n} * op.terms_per_image;
  if (std::any_of(op.terms, op.terms + terms, needs_position)) add_by_position(stream, body);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const ObjectiveSeed& op, const OpContract& contract) {
  contract.tensors({{"map", op.map}, {"gradient", op.gradient}});
  contract.memory({{"terms", op.terms}, {"values", op.values}});
  contract.at_least(1, {{"terms_per_image", op.terms_per_image}, {"columns", op.columns}});
}

}  // namespace limpid
