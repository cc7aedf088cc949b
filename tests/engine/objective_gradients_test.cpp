// Objectives through the whole network, against definitions and a network in double precision: values of
// every image and gradients to its pixels. (Channels, neurons and layers: executor_test.)
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/objective.h"
#include "engine/objective/terms.h"
#include "tests/engine/engine_run.h"
#include "tests/reference/comparison.h"
#include "weights/synthetic.h"

namespace limpid::objective_gradients_test {
namespace {

using reference::Map;
using Maps = std::vector<Map>;

constexpr int kHeight = 51, kWidth = 46;

const Model& model() {
  static const Model instance = synthetic_model("inception5h", 3);
  return instance;
}

class GivenFiles final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override { return std::make_shared<const Image>(); }
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override {
    auto vectors = std::make_shared<FeatureVectors>();
    vectors->channels = channels;
    if (path == "patch") {
      vectors->height = 2;
      vectors->width = 3;
    }
    for (int i = 0; i < vectors->height * vectors->width * channels; ++i) {
      vectors->values.push_back(std::cos(static_cast<float>(i)) + 0.3F);
    }
    return vectors;
  }
};

// ---- Definitions: the value of image n among `images`, whose photo, if any, is the last map; and the
// derivative of all images' values with respect to the map of image n.

struct Defined {
  double value = 0;
  Map slope;
};

double inner(const Map& a, const Map& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

/// scale * the channels at (y, x) along v, times max(0.1, cosine)^power.
void add_along(Defined& sum, const Map& t, int y, int x, const float* v, double power, double scale) {
  double dot = 0, squares = 0, vector_squares = 0;
  for (int c = 0; c < t.c; ++c) {
    dot += t.at(c, y, x) * static_cast<double>(v[c]);
    squares += t.at(c, y, x) * t.at(c, y, x);
    vector_squares += std::pow(static_cast<double>(v[c]), 2);
  }
  const double length = std::sqrt(squares), other = 1e-4 + std::sqrt(vector_squares);
  const double cosine = dot / ((1e-4 + length) * other);
  const double weight = std::pow(std::max(0.1, cosine), power);
  sum.value += scale * dot * weight;
  const double of_cosine = cosine > 0.1 ? dot * power * std::pow(cosine, power - 1) : 0;
  for (int c = 0; c < t.c; ++c) {
    const double dcosine = static_cast<double>(v[c]) / ((1e-4 + length) * other) -
                           cosine / (1e-4 + length) * t.at(c, y, x) / length;
    sum.slope.at(c, y, x) += scale * (weight * static_cast<double>(v[c]) + of_cosine * dcosine);
  }
}

Defined direction(const ObjectiveTerm& term, const Map& t) {
  Defined result{0, Map(t.c, t.h, t.w)};
  const auto drawn = term.random ? random_direction(*term.random, t.c) : term.vectors;
  const FeatureVectors& vectors = *drawn;
  const double power = static_cast<double>(term.cosine_power);
  if (term.position) {
    add_along(result, t, term.position->y, term.position->x, vectors.values.data(), power, 1);
  } else if (term.kind == TermKind::direction) {
    for (int y = 0; y < t.h; ++y) {
      for (int x = 0; x < t.w; ++x)
        add_along(result, t, y, x, vectors.values.data(), power, 1.0 / (t.h * t.w));
    }
  } else {
    const int top = (t.h - vectors.height) / 2, left = (t.w - vectors.width) / 2;
    const int positions = vectors.height * vectors.width;
    for (int i = 0; i < positions; ++i) {
      add_along(result, t, top + i / vectors.width, left + i % vectors.width,
                vectors.values.data() + static_cast<std::ptrdiff_t>(i) * t.c, power, 1.0 / positions);
    }
  }
  return result;
}

Defined cosine(const ObjectiveTerm& term, const Map& t) {
  Defined result{0, Map(t.c, t.h, t.w)};
  const auto drawn = term.random ? random_direction(*term.random, t.c) : term.vectors;
  const float* v = drawn->values.data();
  double vector_squares = 0;
  for (int c = 0; c < t.c; ++c) vector_squares += std::pow(static_cast<double>(v[c]), 2);
  for (int y = 0; y < t.h; ++y) {
    for (int x = 0; x < t.w; ++x) {
      if (term.position && (term.position->y != y || term.position->x != x)) continue;
      const double share = term.position ? 1 : 1.0 / (t.h * t.w);
      double dot = 0, squares = 0;
      for (int c = 0; c < t.c; ++c) {
        dot += t.at(c, y, x) * static_cast<double>(v[c]);
        squares += t.at(c, y, x) * t.at(c, y, x);
      }
      if (squares == 0) continue;
      const double length = std::sqrt(squares);
      const double scale = share / ((1e-4 + length) * (1e-4 + std::sqrt(vector_squares)));
      result.value += scale * dot;
      for (int c = 0; c < t.c; ++c) {
        result.slope.at(c, y, x) =
            scale * (static_cast<double>(v[c]) - dot * t.at(c, y, x) / ((1e-4 + length) * length));
      }
    }
  }
  return result;
}

Defined match(const Map& t, const Map& photo) {
  Defined result{0, Map(t.c, t.h, t.w)};
  const auto count = static_cast<double>(t.values.size());
  for (std::size_t i = 0; i < t.values.size(); ++i) {
    const double difference = t.values[i] - photo.values[i];
    result.value -= std::abs(difference) / count;
    result.slope.values[i] = -(difference > 0 ? 1.0 : difference < 0 ? -1.0 : 0.0) / count;
  }
  return result;
}

Defined caricature(const Map& t, const Map& photo, double power) {
  Defined result{0, Map(t.c, t.h, t.w)};
  const double dot = inner(t, photo), length = std::sqrt(inner(t, t));
  const double other = 1e-6 + std::sqrt(inner(photo, photo));
  const double cosine = dot / ((1e-6 + length) * other);
  const double weight = std::pow(std::max(0.1, cosine), power);
  const double of_cosine = cosine > 0.1 ? dot * power * std::pow(cosine, power - 1) : 0;
  result.value = dot * weight;
  for (std::size_t i = 0; i < t.values.size(); ++i) {
    const double dcosine =
        photo.values[i] / ((1e-6 + length) * other) - cosine / (1e-6 + length) * t.values[i] / length;
    result.slope.values[i] = weight * photo.values[i] + of_cosine * dcosine;
  }
  return result;
}

/// Channels x channels x 1.
Map gram(const Map& t) {
  Map g(t.c, t.c, 1);
  for (int a = 0; a < t.c; ++a) {
    for (int b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::size_t p = 0; p < t.plane_size(); ++p) sum += t.plane(a)[p] * t.plane(b)[p];
      g.at(a, b, 0) = g.at(b, a, 0) = sum;
    }
  }
  return g;
}

/// dL/dT from a symmetric dL/dG.
Map gram_slope(const Map& dg, const Map& t) {
  Map slope(t.c, t.h, t.w);
  for (int a = 0; a < t.c; ++a) {
    for (int b = 0; b < t.c; ++b) {
      for (std::size_t p = 0; p < t.plane_size(); ++p)
        slope.plane(a)[p] += 2 * dg.at(a, b, 0) * t.plane(b)[p];
    }
  }
  return slope;
}

Defined style(const Map& t, const Map& photo) {
  Map difference = gram(t);
  const Map other = gram(photo);
  const double scale =
      1.0 / (static_cast<double>(difference.values.size()) * static_cast<double>(t.plane_size()));
  double value = 0;
  for (std::size_t i = 0; i < difference.values.size(); ++i) {
    const double d = difference.values[i] - other.values[i];
    value -= scale * std::abs(d);
    difference.values[i] = -scale * (d > 0 ? 1.0 : d < 0 ? -1.0 : 0.0);
  }
  return {value, gram_slope(difference, t)};
}

Defined diversity(const Maps& maps, std::size_t images, std::size_t n) {
  std::vector<Map> unit;
  double length = 0;  // Of image n's matrix.
  for (std::size_t i = 0; i < images; ++i) {
    unit.push_back(gram(maps[i]));
    const double norm = std::sqrt(inner(unit[i], unit[i]));
    if (i == n) length = norm;
    for (double& value : unit[i].values) value /= norm;
  }
  Defined result;
  Map dg(unit[n].c, unit[n].h, 1);
  for (std::size_t j = 0; j < images; ++j) {
    if (j == n) continue;
    const double cosine = inner(unit[n], unit[j]);
    result.value -= cosine;
    for (std::size_t i = 0; i < dg.values.size(); ++i) {
      dg.values[i] -= 2 * (unit[j].values[i] - cosine * unit[n].values[i]) / length;
    }
  }
  result.slope = gram_slope(dg, maps[n]);
  return result;
}

Defined align(const Maps& maps, std::size_t images, std::size_t n) {
  const Map& t = maps[n];
  Defined result{0, Map(t.c, t.h, t.w)};
  const auto count = static_cast<double>(t.values.size());
  for (std::size_t other = 0; other < images; ++other) {
    const double distance = std::abs(static_cast<double>(other) - static_cast<double>(n));
    if (other == n || distance > 4) continue;
    const double weight = std::pow(2, -distance) / count;
    for (std::size_t i = 0; i < t.values.size(); ++i) {
      const double difference = t.values[i] - maps[other].values[i];
      if (other > n) result.value -= weight * difference * difference;
      result.slope.values[i] -= 2 * weight * difference;
    }
  }
  return result;
}

Defined channel(const ObjectiveTerm& term, const Map& t) {
  Defined result{0, Map(t.c, t.h, t.w)};
  for (std::size_t p = 0; p < t.plane_size(); ++p) {
    result.value += t.plane(term.channel)[p] / static_cast<double>(t.plane_size());
    result.slope.plane(term.channel)[p] = 1 / static_cast<double>(t.plane_size());
  }
  return result;
}

/// The term's value of image n, and the slope, both times its weight. Photos follow the images.
Defined defined(const ObjectiveTerm& term, const Maps& maps, std::size_t images, std::size_t n) {
  Defined result;
  switch (term.kind) {
    case TermKind::direction:
    case TermKind::patch:
      result = direction(term, maps[n]);
      break;
    case TermKind::cosine:
      result = cosine(term, maps[n]);
      break;
    case TermKind::match:
      result = match(maps[n], maps[images]);
      break;
    case TermKind::caricature:
      result = caricature(maps[n], maps[images], static_cast<double>(term.cosine_power));
      break;
    case TermKind::style:
      result = style(maps[n], maps[images]);
      break;
    case TermKind::diversity:
      result = diversity(maps, images, n);
      break;
    case TermKind::align:
      result = align(maps, images, n);
      break;
    default:
      result = channel(term, maps[n]);
      break;
  }
  const double t = images > 1 ? static_cast<double>(n) / static_cast<double>(images - 1) : 0;
  const double ramp = term.ramp == Ramp::none ? 1 : term.ramp == Ramp::rising ? t : 1 - t;
  const double weight = ramp * static_cast<double>(term.weight);
  result.value *= weight;
  for (double& value : result.slope.values) value *= weight;
  return result;
}

struct Case {
  const char* name;
  const char* objective;
  int images = 1;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.objective;
}

/// Four pictures and what the double-precision network makes of them, along the engine's choices; made once.
class ObjectiveGradients : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    oracle_ = new reference::Network(model());
    for (unsigned i = 0; i < 4; ++i) {
      inputs_.push_back(test::make_input(kHeight, kWidth, 20 + i));
      const reference::Selections own = oracle_->forward(inputs_.back(), "mixed4b").selections;
      const reference::Selections choices = test::OpenPass(model(), inputs_.back(), own).choices();
      traces_.push_back(oracle_->forward(inputs_.back(), "mixed4b", choices));
    }
  }
  static void TearDownTestSuite() {
    delete oracle_;
    oracle_ = nullptr;
    inputs_.clear();
    traces_.clear();
  }

  static Maps maps_of(const ObjectiveTerm& term) {
    Maps maps;
    for (const reference::Trace& trace : traces_) maps.push_back(trace.at(reference::value_name(term)));
    return maps;
  }

  static Objective objective() {
    GivenFiles files;
    return parse_objective(GetParam().objective, model(), &files);
  }

  static reference::Network* oracle_;
  static std::vector<Map> inputs_;
  static std::vector<reference::Trace> traces_;
};
reference::Network* ObjectiveGradients::oracle_ = nullptr;
std::vector<Map> ObjectiveGradients::inputs_;
std::vector<reference::Trace> ObjectiveGradients::traces_;

/// The definitions above: slopes are the derivatives of values.
TEST_P(ObjectiveGradients, DefinitionsAgreeWithFiniteDifferences) {
  const auto images = static_cast<std::size_t>(GetParam().images);
  for (const ObjectiveTerm& term : objective().terms) {
    const Maps maps = maps_of(term);
    std::mt19937 random(2);
    std::normal_distribution<double> normal;
    const std::size_t n = images / 2;
    Map direction = maps[n];
    for (double& value : direction.values) value = normal(random);
    const auto sum_at = [&](double step) {
      Maps moved = maps;
      for (std::size_t i = 0; i < direction.values.size(); ++i)
        moved[n].values[i] += step * direction.values[i];
      double sum = 0;
      for (std::size_t i = 0; i < images; ++i) sum += defined(term, moved, images, i).value;
      return sum;
    };
    constexpr double kStep = 1e-6;
    const auto [value, slope] = defined(term, maps, images, n);
    EXPECT_NE(value, 0) << to_string(term) << " is silent, and proves nothing";
    const double scale = std::sqrt(inner(slope, slope) * inner(direction, direction));
    ASSERT_GT(scale, 0);
    EXPECT_NEAR((sum_at(kStep) - sum_at(-kStep)) / (2 * kStep), inner(slope, direction), 1e-4 * scale)
        << to_string(term);
  }
}

TEST_P(ObjectiveGradients, ValueAndGradientOfEveryImageAreThoseOfDoublePrecision) {
  const Goals goals{objective(), {}};
  const GoalShape shape = shape_of(goals);
  const int images = GetParam().images, pictures = images + shape.photos;
  HostThreads threads(2);
  const auto backend = cpu::make_backend();
  PlanRequest request{shape.targets, kHeight, kWidth, pictures};
  NetworkExecutor network(*backend, threads.stream(), model(), make_plan(model(), request));
  for (int n = 0; n < pictures; ++n) {
    test::write_input(inputs_[static_cast<std::size_t>(n)], network, n);
    if (n >= images) continue;
    const std::vector<TargetTerms> terms = bind_terms(goals, network.plan(), {n, images, 0, 1});
    for (std::size_t t = 0; t < terms.size(); ++t) network.set_terms(static_cast<int>(t), n, terms[t]);
  }
  network.forward();
  network.backward();

  for (int n = 0; n < images; ++n) {
    const auto i = static_cast<std::size_t>(n);
    double value = 0, size = 0;
    std::map<std::string, Map> seeds;  // By the value's name: terms of one layer add up there.
    for (const ObjectiveTerm& term : goals.objective.terms) {
      const Maps maps = maps_of(term);
      const Defined one = defined(term, maps, static_cast<std::size_t>(images), i);
      value += one.value;
      size += std::abs(one.value);
      for (std::size_t j = 0; j < one.slope.values.size(); ++j) {
        size += std::abs(one.slope.values[j] * maps[i].values[j]);
      }
      const auto [seed, fresh] = seeds.try_emplace(reference::value_name(term), one.slope);
      if (!fresh) reference::accumulate(seed->second, one.slope);
    }
    Map expected(3, kHeight, kWidth);
    for (const auto& [name, seed] : seeds) {
      reference::accumulate(expected, oracle_->backward(traces_[i], name, seed).input());
    }
    // As in executor_test; sizes are what sums are made of, before they cancel.
    EXPECT_NEAR(network.values()[i], value, 1e-5 * size) << n;
    const float* gradient = network.input_gradient().plane(n, 0);
    const std::vector<float> actual(gradient, gradient + std::ptrdiff_t{3} * kHeight * kWidth);
    EXPECT_LE(reference::relative_l2(actual, expected.values), 1e-5) << n;
  }
  for (int n = images; n < pictures; ++n) {
    const float* gradient = network.input_gradient().plane(n, 0);
    EXPECT_TRUE(std::all_of(gradient, gradient + std::ptrdiff_t{3} * kHeight * kWidth, [](float g) {
      return g == 0;
    })) << "a photo has no gradient";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ObjectiveGradients,
    ::testing::Values(
        Case{"direction", "dir(mixed3a, v)"}, Case{"directionWithCosine", "dir(mixed3b, v, cossim=2.5)"},
        Case{"directionBeforeTheRelu", "dir(conv2d2, random:3, cossim=1)"},
        Case{"directionAtAPosition", "dir(mixed3a, v, cossim=1)@5,2"},
        Case{"randomDirection", "dir(mixed4b, random:7)"}, Case{"patch", "patch(mixed3a, patch)"},
        Case{"cosine", "cosine(mixed3a, v)"}, Case{"cosineBeforeTheRelu", "cosine(conv2d2:pre, random:3)"},
        Case{"cosineAtAPosition", "cosine(mixed4b, v)@2,1"},
        Case{"patchWithCosine", "patch(conv2d2, patch, cossim=1)"},
        Case{"mixture", "mix(mixed3a:200, mixed4a:7, t=0.3)"},
        Case{"mixtureOverImages", "mix(mixed3a:200, mixed3b:7)", 3},
        Case{"sum", "0.5*mixed3a:200 - 2*conv2d2:7 + 3*mixed4b:11:pre + dir(mixed3a, v)"},
        Case{"match", "match(a, mixed3b)", 2}, Case{"caricature", "caricature(a, mixed4b)"},
        Case{"caricatureWithCosine", "caricature(a, mixed3a, cossim=1.5)", 2},
        Case{"style", "style(a, conv2d2, mixed3a)"}, Case{"diversity", "diversity(mixed3a)", 3},
        Case{"align", "align(mixed3a)", 4}, Case{"alignBesideOthers", "mixed3a:200 + 0.1*align(conv2d2)", 3}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace limpid::objective_gradients_test
