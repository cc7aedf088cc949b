// Whole steps by finite differences: a small step of plain ascent, along the gradient, raises the objective
// by the gradient's squared length. Parameters, colours, masks, views, the network, every kind of term and
// the way back through all of it have to agree for that.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/options/image_options.h"
#include "weights/synthetic.h"

namespace limpid::whole_step_test {
namespace {

constexpr int kHeight = 40, kWidth = 54;

const Model& model() {
  static const Model instance = synthetic_model("inception5h", 1);
  return instance;
}

Image wave() {
  Image image{kHeight, kWidth, {}};
  for (int i = 0; i < 3 * kHeight * kWidth; ++i) {
    image.rgb.push_back(0.5F + 0.4F * std::sin(static_cast<float>(i) * 0.37F));
  }
  return image;
}

/// One photo, one direction, one patch.
class GivenFiles final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override {
    return std::make_shared<const Image>(wave());
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override {
    auto vectors = std::make_shared<FeatureVectors>();
    vectors->channels = channels;
    if (path == "patch") vectors->height = 2;
    for (int i = 0; i < vectors->height * channels; ++i) {
      vectors->values.push_back(std::cos(static_cast<float>(i)) + 0.2F);
    }
    return vectors;
  }
};

struct Row {
  const char* name;
  const char* objective = "mixed3a:3:pre";
  const char* transforms = "none";
  Parameterisation kind = Parameterisation::spectral;
  int images = 1;
  void (*change)(RenderOptions&) = [](RenderOptions&) {};
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class WholeStep : public ::testing::TestWithParam<Row> {
 protected:
  static RenderOptions options() {
    GivenFiles files;
    const Row& row = GetParam();
    RenderOptions o;
    o.objective = parse_objective(row.objective, model(), &files);
    o.view.transforms = parse_transforms(row.transforms);
    o.height = kHeight;
    o.width = kWidth;
    o.images = row.images;
    o.parameters = parameters_of(row.kind);
    o.update.optimiser = Optimiser::ascent;
    o.gradient.relu_updates = 0;  // No gradient of anything, where it applies.
    // Louder than usual: near an even picture every max-pool has ties, and every step crosses some.
    if (row.kind == Parameterisation::pixel || row.kind == Parameterisation::pyramid)
      o.start.deviation = 1.0F;
    if (row.kind == Parameterisation::spectral) o.start.deviation = 0.3F;
    o.seed = 3;
    row.change(o);
    return o;
  }

  /// Objective before and after a step, summed over images, and the squared length of the step.
  struct Move {
    double before, after, length;
  };
  static Move move(RenderOptions o, double rate, float sign) {
    o.objective = o.objective.scaled(sign);
    o.update.learning_rate = static_cast<float>(rate);
    check_render_options(o);
    HostThreads threads(2);
    const auto backend = cpu::make_backend();
    Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
    lane.start(0, slot_job(o));
    const auto value = [&] {
      lane.evaluate();
      lane.synchronise();
      return static_cast<double>(sign) * lane.value(0) * o.images;
    };
    Move result{};
    result.before = value();
    const std::vector<float> from = lane.parameters(0);
    lane.step();
    const std::vector<float> to = lane.parameters(0);
    result.after = value();
    // What images share is one variable, though each has a copy.
    RenderOptions own = o;
    own.parameters = parameters_of(o.kind());
    const auto own_count =
        static_cast<std::size_t>(parameter_layout(image_form(own), o.height, o.width).total());
    const std::size_t of_image = from.size() / static_cast<std::size_t>(o.images);
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (i >= of_image && i % of_image >= own_count) continue;
      result.length += std::pow(static_cast<double>(to[i]) - static_cast<double>(from[i]), 2);
    }
    return result;
  }
};

TEST_P(WholeStep, RaisesTheObjectiveByTheSquareOfTheGradient) {
  const RenderOptions o = options();
  // A rate that changes the objective by a thousandth: large beside fp32's rounding, small beside its bends.
  double rate = 1e-3;
  for (int i = 0; i < 4; ++i) {
    const Move trial = move(o, rate, 1);
    ASSERT_GT(trial.length, 0) << rate;
    rate *= 1e-3 * std::abs(trial.before) / (trial.length / rate);
  }
  const Move up = move(o, rate, 1), down = move(o, rate, -1);
  ASSERT_EQ(up.before, down.before);
  const double expected = up.length / rate, actual = (up.after - down.after) / 2;
  ASSERT_GT(expected, 5e-4 * std::abs(up.before));
  EXPECT_LE(std::abs(actual - expected), 0.03 * expected) << actual << " " << expected;
}

/// Not here: the penalty blur, redirected ReLUs and smooth pool gradients, which are no derivatives on
/// purpose, and views that differ from step to step.
const Row kRows[] = {
    {"channel", "mixed3a:3:pre"},
    {"channelAfterTheRelu", "conv2d2:3"},
    {"neuron", "mixed3a:3:pre@2,5"},
    {"layer", "mixed3a"},
    {"logits", "logits:3"},
    {"softmax", "softmax:3"},
    {"negative", "-1*mixed3a:3:pre"},
    {"sum", "0.5*mixed3a:3 - 2*conv2d2:7 + 0.1*mixed3b"},
    {"direction", "dir(mixed3a, v)"},
    {"directionWithCosine", "dir(mixed3a, v, cossim=2)"},
    {"directionAtAPosition", "dir(conv2d2, v, cossim=1)@3,8"},
    {"cosine", "100*cosine(mixed3a, v)"},
    {"randomDirection", "dir(mixed3a, random:7)"},
    {"patch", "patch(mixed3a, patch)"},
    {"mixture", "mix(mixed3a:3:pre, mixed3a:7:pre, t=0.3)"},
    {"mixtureOverImages", "mix(mixed3a:3:pre, mixed3a:7:pre)", "none", Parameterisation::spectral, 3},
    {"match", "match(a, mixed3a)"},
    {"caricature", "caricature(a, mixed3a)"},
    {"caricatureWithCosine", "caricature(a, mixed3a, cossim=1)"},
    {"style", "style(a, conv2d2, mixed3a)"},
    {"diversity", "conv2d2:3 + 100*diversity(mixed3a)", "none", Parameterisation::spectral, 3},
    {"align", "conv2d2:3 + align(mixed3a)", "none", Parameterisation::spectral, 3},
    {"l1", "0*conv2d2:3 - l1"},
    {"l2", "0*conv2d2:3 - l2"},
    {"totalVariation", "0*conv2d2:3 - tv"},
    {"boundary", "0*conv2d2:3 - boundary(frame=5)"},
    {"distance", "0*conv2d2:3 - distance(a)"},
    {"pixel", "mixed3a:3:pre", "none", Parameterisation::pixel},
    {"pyramid", "mixed3a:3:pre", "none", Parameterisation::pyramid},
    // The picture of a fresh CPPN is even: nothing that has kinks there.
    {"cppn", "conv2d0:3:pre", "none", Parameterisation::cppn},
    {"maco", "mixed3a:3:pre", "none", Parameterisation::maco},
    {"sharedTerms", "mix(mixed3a:3:pre, mixed3a:7:pre)", "none", Parameterisation::spectral, 3,
     [](RenderOptions& o) {
       o.parameters = Spectral{.shared = {4, 16}};
     }},
    {"plainColours", "mixed3a:3:pre", "none", Parameterisation::spectral, 1,
     [](RenderOptions& o) { o.colour.decorrelate = false; }},
    {"ownColours", "mixed3a:3:pre", "none", Parameterisation::spectral, 1,
     [](RenderOptions& o) {
       o.colour.basis = std::make_shared<const ColourBasis>(
           ColourBasis{{{{1, 0.2F, 0}, {0, 1, 0.1F}, {-0.3F, 0, 0.5F}}}, {0.3F, 0.5F, 0.6F}});
     }},
    {"gray", "mixed3a:3:pre", "none", Parameterisation::spectral, 1,
     [](RenderOptions& o) { o.colour.grayscale = true; }},
    // Inside the range: beyond it gradients are projected (colour_forms_test).
    {"clip", "conv2d0:3:pre", "none", Parameterisation::pixel, 1,
     [](RenderOptions& o) {
       o.colour.squash = Squash::clip;
       o.start.deviation = 0.01F;
     }},
    {"decay", "mixed3a:3:pre", "none", Parameterisation::spectral, 1,
     [](RenderOptions& o) { o.parameters = Spectral{.decay_power = 1.5F}; }},
    {"photoToStartFrom", "mixed3a:3:pre", "none", Parameterisation::spectral, 1,
     [](RenderOptions& o) {
       o.start.photo = std::make_shared<const Photo>(Photo{"a.png", "", wave()});
     }},
    {"mask", "mixed3a:3:pre", "none", Parameterisation::pixel, 1,
     [](RenderOptions& o) {
       Mask mask{"m.png", "", kHeight, kWidth,
                 std::vector<float>(static_cast<std::size_t>(kHeight * kWidth), 0.25F)};
       std::fill_n(mask.values.begin(), kHeight / 2 * kWidth, 1.0F);
       o.start.mask = std::make_shared<const Mask>(mask);
     }},
    {"scale", "mixed3a:3:pre", "scale(1.15)"},
    {"rotate", "mixed3a:3:pre", "rotate(7)"},
    {"shear", "mixed3a:3:pre", "shear(5)"},
    {"flip", "mixed3a:3:pre", "flip(1)"},
    {"pad", "mixed3a:3:pre", "pad(6,0.2) scale(0.8)"},
    {"padOfMirrorImages", "mixed3a:3:pre", "pad(6,reflect) scale(0.8)"},
    {"crop", "mixed3a:3:pre", "crop(30x40,centre)"},
    {"blurredViews", "mixed3a:3:pre", "blur(1.2)"},
    {"contrast", "mixed3a:3:pre", "contrast(0.7)"},
    {"brightness", "mixed3a:3:pre", "brightness(1.2)"},
    {"saturation", "mixed3a:3:pre", "saturation(0.5)"},
    {"hue", "mixed3a:3:pre", "hue(30)"},
    {"draws", "mixed3a:3:pre", "rotate(7) hue(30)", Parameterisation::spectral, 1,
     [](RenderOptions& o) { o.view.draws = 2; }},
};

INSTANTIATE_TEST_SUITE_P(Rows, WholeStep, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace limpid::whole_step_test
