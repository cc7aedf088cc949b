// Cases of objectives: values, and the gradients that start the backward pass.
#include <string>

#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/gram.h"
#include "kernels/ops/objective_seed.h"
#include "tests/image/support.h"
#include "tests/kernels/terms_of_table.h"
#include "tests/ops/network_parts.h"

namespace limpid::test {
namespace {

using reference::Map;

/// Sums of up to 60,000 numbers of size one, in double precision and another order.
constexpr Tolerance kSums{0, 1e-10};

OpCase objective_seed(const NamedShape& s, bool accumulate) {
  const ActivationShape& shape = s.shape;
  return OpCase(s.name + std::string(accumulate ? "_added" : ""),
                [=](Operands& m) {
                  const std::vector<SlotTerm> terms = {
                      {TermKind::channel, 0, 0, 0, shape.channels, 1},
                      {TermKind::channel, shape.channels - 1, shape.h - 1, shape.w / 2, shape.channels, -0.5F,
                       1, 1},
                      {TermKind::none},
                      {TermKind::layer, 0, 0, 0, shape.channels - 3, 2},
                      {TermKind::channel, shape.channels - 3, 0, 0, shape.channels, -1.25F},
                      {TermKind::channel, 5, 0, 0, shape.channels, 3, 1, 1}};
                  return ObjectiveSeed{m.tensor("map", Role::input, shape, normal()),
                                       m.tensor("gradient", Role::output, shape),
                                       m.array("terms", Role::input, terms),
                                       m.array<double>("values", Role::in_place, std::vector<double>(6, 3)),
                                       accumulate,
                                       accumulate ? 1024.0F : 1.0F};
                })
      .devices("values", kSums);
}

/// Every kind on all that it may read, side by side.
OpCase objective_seed_of_every_kind(const NamedShape& s, bool accumulate) {
  const ActivationShape& shape = s.shape;
  return OpCase(std::string("every_kind_") + s.name + (accumulate ? "_added" : ""),
                [=](Operands& m) {
                  const float* vectors =
                      m.floats("vectors", Role::input, std::int64_t{shape.channels} * shape.h * shape.w,
                               uniform(-1, 2));
                  std::vector<SlotTerm> terms;
                  for (int n = 0; n < shape.n; ++n) {
                    SlotTerm given;
                    given.channel = 5;
                    given.channels = shape.channels;
                    given.y = shape.h / 2;
                    given.x = shape.w / 3;
                    given.reference = (n + 1) % shape.n;
                    given.group_first = n % 2;
                    given.group_count = (shape.n - given.group_first + 1) / 2;
                    given.group_stride = 2;
                    given.vector = vectors;
                    for (SlotTerm& term : seed_terms(given, shape.h, shape.w, {0, 2})) {
                      term.column = term.kind == TermKind::patch && term.cosine_power == 0 ? 1 : 0;
                      terms.push_back(term);
                    }
                  }
                  const std::vector<double> values(static_cast<std::size_t>(shape.n * 3), 3);
                  return ObjectiveSeed{m.tensor("map", Role::input, shape, normal()),
                                       m.tensor("gradient", Role::output, shape),
                                       m.array("terms", Role::input, terms),
                                       m.array("values", Role::in_place, values),
                                       accumulate,
                                       1,
                                       static_cast<int>(terms.size()) / shape.n,
                                       3};
                })
      .devices("gradient", {16 * kEpsilon})  // Some thirteen terms are added.
      .devices("values", kSums);
}

OpCase caricature_seed(const NamedShape& s) {
  const ActivationShape& shape = s.shape;
  return OpCase(s.name,
                [=](Operands& m) {
                  std::vector<SlotTerm> terms;
                  for (int n = 0; n < shape.n; ++n) {
                    for (int i = 0; i < 3; ++i) {  // Another term, one with a gradient, one that is watched.
                      SlotTerm term;
                      term.kind = i == 0 ? TermKind::channel : TermKind::caricature;
                      term.reference = (n + i) % shape.n;
                      term.cosine_power = static_cast<float>(i);
                      term.column = i / 2;
                      term.weight = 1.0F / 1024;
                      terms.push_back(term);
                    }
                  }
                  const std::vector<double> values(static_cast<std::size_t>(shape.n * 2), 3);
                  const std::vector<double> scratch(caricature_scratch(shape.n, 3));
                  // Rectified: cosines of about 0.3.
                  return CaricatureSeed{m.tensor("map", Role::input, shape, rectified()),
                                        m.tensor("gradient", Role::in_place, shape, normal()),
                                        m.array("terms", Role::input, terms),
                                        m.array("values", Role::in_place, values),
                                        m.array("scratch", Role::scratch, scratch),
                                        1024,
                                        3,
                                        2};
                })
      .devices("gradient", {8 * kEpsilon})
      .devices("values", kSums);
}

std::int64_t matrix_elements(const ActivationShape& shape) {
  return std::int64_t{shape.n} * shape.channels * shape.channels;
}

/// Whole numbers: exact.
OpCase gram(const NamedShape& s) {
  return OpCase(s.name,
                [=](Operands& m) {
                  return Gram{m.tensor("map", Role::input, s.shape, integers(-2, 2)),
                              m.floats("gram", Role::output, matrix_elements(s.shape))};
                })
      .defined("gram", {}, by_image(s.shape.n, [=](const Operands& m, int n) {
                 const Map f = m.map_before("map", n);
                 Map products(1, f.c, f.c);
                 for (int a = 0; a < f.c; ++a) {
                   for (int b = 0; b < f.c; ++b) {
                     for (std::size_t i = 0; i < f.plane_size(); ++i) {
                       products.at(0, a, b) += f.plane(a)[i] * f.plane(b)[i];
                     }
                   }
                 }
                 return products;
               }));
}

/// A symmetric matrix of whole numbers for each image.
float* symmetric(Operands& m, const ActivationShape& shape) {
  const int c = shape.channels;
  return m.floats("slope", Role::input, matrix_elements(shape), [c](std::mt19937&, const Place& place) {
    const int row = place.w / c % c, column = place.w % c;
    return static_cast<float>((row + column) % 7 - 3);
  });
}

OpCase gram_seed(const NamedShape& s) {
  const ActivationShape& shape = s.shape;
  return OpCase(s.name,
                [=](Operands& m) {
                  std::vector<GramTerm> terms;
                  for (int n = 0; n < shape.n; ++n) {
                    std::vector<TermKind> kinds = kinds_of(TermOperation::gram);
                    kinds.insert(kinds.begin() + 1, TermKind::none);
                    for (const TermKind kind : kinds) {
                      GramTerm term;
                      term.kind = kind;
                      term.channels = shape.channels;
                      term.positions = shape.h * shape.w;
                      term.reference = (n + 1) % shape.n;
                      term.group_count = shape.n;
                      terms.push_back(term);
                    }
                    terms.back().column = n == 1 ? 1 : 0;
                  }
                  const std::vector<double> values(static_cast<std::size_t>(shape.n * 2), 3);
                  const int per_image = static_cast<int>(terms.size()) / shape.n;
                  const std::vector<double> scratch(gram_scratch(shape.n, per_image));
                  return GramSeed{m.floats("gram", Role::input, matrix_elements(shape), integers(0, 9)),
                                  m.floats("slope", Role::output, matrix_elements(shape)),
                                  m.array("terms", Role::input, terms),
                                  m.array("values", Role::in_place, values),
                                  m.array("scratch", Role::scratch, scratch),
                                  shape.n,
                                  shape.channels,
                                  per_image,
                                  2};
                })
      .devices("slope", {8 * kEpsilon})
      .devices("values", {0, 1e-11});
}

OpCase gram_adjoint(const NamedShape& s) {
  constexpr float kScale = 1.0F / 1024;  // Exact.
  return OpCase(s.name,
                [=](Operands& m) {
                  return GramAdjoint{m.tensor("map", Role::input, s.shape, integers(-2, 2)),
                                     symmetric(m, s.shape),
                                     m.tensor("gradient", Role::in_place, s.shape, integers(-2, 2)), kScale};
                })
      .defined("gradient", {}, by_image(s.shape.n, [=](const Operands& m, int n) {
                 const Map f = m.map_before("map", n);
                 const std::vector<double> slopes_of_all = m.before("slope");
                 const double* slope = slopes_of_all.data() + std::ptrdiff_t{n} * f.c * f.c;
                 Map gradient = m.map_before("gradient", n);
                 for (int a = 0; a < f.c; ++a) {
                   for (int b = 0; b < f.c; ++b) {
                     for (std::size_t i = 0; i < f.plane_size(); ++i) {
                       gradient.plane(a)[i] += 2 * double{kScale} * slope[a * f.c + b] * f.plane(b)[i];
                     }
                   }
                 }
                 return gradient;
               }));
}

}  // namespace

OpCases seed_cases() {
  OpCases cases;
  for (const NamedShape& s :
       {NamedShape{"pixel", {6, 208, 1, 1}}, NamedShape{"slice", {6, 24, 7, 5, Layout::nhwc, {2, 1}}},
        NamedShape{"large", {6, 64, 29, 31}}}) {
    for (const bool accumulate : {false, true}) {
      cases.push_back(objective_seed(s, accumulate));
      cases.push_back(objective_seed_of_every_kind(s, accumulate));
    }
    cases.push_back(caricature_seed(s));
  }
  for (const NamedShape& s :
       {NamedShape{"pixel", {3, 208, 1, 1}}, NamedShape{"slice", {3, 24, 7, 5, Layout::nhwc, {2, 1}}},
        NamedShape{"large", {2, 64, 29, 31}}}) {
    cases.push_back(gram(s));
    cases.push_back(gram_seed(s));
    cases.push_back(gram_adjoint(s));
  }
  return cases;
}

}  // namespace limpid::test
