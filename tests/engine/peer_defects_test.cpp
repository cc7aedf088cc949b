// What other programs for feature visualization get wrong, or got wrong: one test for each such defect, which
// fails where limpid has it too.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/image/quantise.h"
#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/ops/relu.h"
#include "tests/engine/simulated_gpu.h"
#include "weights/synthetic.h"

namespace limpid::peer_defects_test {
namespace {

/// Of TensorFlow's rules, as lucid's network.
const Model& model() {
  static const Model instance = synthetic_model("inception5h", 1);
  return instance;
}

Image noise(int height, int width, unsigned seed) {
  Image image{height, width, {}};
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (int i = 0; i < 3 * height * width; ++i) image.rgb.push_back(uniform(random));
  return image;
}

double at(const Activations& map, int channel, int y, int x) {
  return static_cast<double>(
      map.values[static_cast<std::size_t>((channel * map.height + y) * map.width + x)]);
}

double mean_of(const Activations& map, int channel) {
  double sum = 0;
  for (int y = 0; y < map.height; ++y) {
    for (int x = 0; x < map.width; ++x) sum += at(map, channel, y, x);
  }
  return sum / (map.height * map.width);
}

double value_of(const Image& image, const std::string& objective) {
  return input_gradient(model(), image, parse_objective(objective, model())).value;
}

/// lucent: 9 taps and no bias, from a converter that misread the graph.
TEST(PeerDefects, LocalResponseNormHasElevenTapsAndABiasOfTwo) {
  const Image image = noise(32, 48, 1);
  const Activations x = activations(model(), image, "maxpool0");
  const Activations y = activations(model(), image, "localresponsenorm0");
  ASSERT_EQ(y.values.size(), x.values.size());
  const auto normalised = [&](int channel, int row, int column, int radius, double bias) {
    double squares = 0;
    for (int j = std::max(0, channel - radius); j <= std::min(x.channels - 1, channel + radius); ++j) {
      squares += std::pow(at(x, j, row, column), 2);
    }
    return at(x, channel, row, column) / std::sqrt(bias + 1e-4 * squares);
  };
  double furthest = 0;
  for (int c = 0; c < x.channels; ++c) {
    for (int row = 0; row < x.height; ++row) {
      for (int column = 0; column < x.width; ++column) {
        const double expected = normalised(c, row, column, 5, 2);
        // A dozen roundings, and a reciprocal root.
        ASSERT_NEAR(at(y, c, row, column), expected, 1e-6 * expected) << c;
        furthest = std::max(furthest, normalised(c, row, column, 4, 1) / std::max(expected, 1e-30));
      }
    }
  }
  EXPECT_GT(furthest, 1.1) << "the other constants would pass, too";
}

/// Rows or columns before the map that a window of stride 2 begins with: total / 2, rounded down.
int before(int extent, int size) {
  const int total = std::max(((extent + 1) / 2 - 1) * 2 + size - extent, 0);
  return total / 2;
}

/// lucent: always 2 before and 3 after, whatever the size.
TEST(PeerDefects, AConvolutionOfStrideTwoPadsOddSizesAlike) {
  EXPECT_EQ(before(34, 7), 2);
  EXPECT_EQ(before(35, 7), 3);
  const ConvLayer& layer = model().layer("conv2d0");
  for (const auto& [height, width] : {std::pair{35, 34}, {34, 35}, {33, 33}}) {
    const Image image = noise(height, width, 2);
    const Activations y = activations(model(), image, "conv2d0", true);
    ASSERT_EQ(y.height, (height + 1) / 2);
    ASSERT_EQ(y.width, (width + 1) / 2);
    for (int k = 0; k < layer.k; k += 9) {
      for (int p = 0; p < y.height; ++p) {
        for (int q = 0; q < y.width; ++q) {
          double sum = static_cast<double>(layer.bias[static_cast<std::size_t>(k)]), size = std::abs(sum);
          for (int c = 0; c < 3; ++c) {
            for (int r = 0; r < 7; ++r) {
              for (int s = 0; s < 7; ++s) {
                const int row = 2 * p + r - before(height, 7), column = 2 * q + s - before(width, 7);
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const int of_rgb = model().input.order == ChannelOrder::rgb ? c : 2 - c;
                const double x =
                    255 * static_cast<double>(
                              image.rgb[static_cast<std::size_t>((row * width + column) * 3 + of_rgb)]) -
                    static_cast<double>(model().input.mean[static_cast<std::size_t>(c)]);
                const double product =
                    x * static_cast<double>(
                            layer.filter[static_cast<std::size_t>(((k * 3 + c) * 7 + r) * 7 + s)]);
                sum += product;
                size += std::abs(product);
              }
            }
          }
          // 147 products in fp32.
          ASSERT_NEAR(at(y, k, p, q), sum, 150 * 0x1p-24 * size) << k << " " << p << "," << q;
        }
      }
    }
  }
}

/// lucent: always 0 before and 1 after; captum: none, and windows that begin at 0.
TEST(PeerDefects, AMaxPoolOfStrideTwoPadsOddSizesAlike) {
  EXPECT_EQ(before(18, 3), 0);
  EXPECT_EQ(before(17, 3), 1);
  for (const auto& [height, width] : {std::pair{33, 36}, {36, 33}, {34, 34}}) {
    const Image image = noise(height, width, 3);
    const Activations x = activations(model(), image, "conv2d0");
    const Activations y = activations(model(), image, "maxpool0");
    ASSERT_EQ(y.height, (x.height + 1) / 2);
    ASSERT_EQ(y.width, (x.width + 1) / 2);
    for (int c = 0; c < x.channels; ++c) {
      for (int p = 0; p < y.height; ++p) {
        for (int q = 0; q < y.width; ++q) {
          double largest = -1;  // A ReLU's outputs are not below 0.
          for (int r = 0; r < 3; ++r) {
            for (int s = 0; s < 3; ++s) {
              const int row = 2 * p + r - before(x.height, 3), column = 2 * q + s - before(x.width, 3);
              if (row < 0 || row >= x.height || column < 0 || column >= x.width) continue;
              largest = std::max(largest, at(x, c, row, column));
            }
          }
          ASSERT_EQ(at(y, c, p, q), largest) << c << " " << p << "," << q;
        }
      }
    }
  }
}

/// captum, lucent and lucid: x counts rows, or the centre of a row is looked for among the columns.
TEST(PeerDefects, ANeuronsPositionIsRowThenColumnOnMapsThatAreNotSquare) {
  const Image image = noise(40, 72, 4);
  const Activations map = activations(model(), image, "conv2d2", true);
  ASSERT_EQ(map.height, 10);
  ASSERT_EQ(map.width, 18);
  const auto expect_value = [&](const char* objective, int y, int x) {
    EXPECT_NEAR(value_of(image, objective), at(map, 7, y, x), 1e-5 * std::abs(at(map, 7, y, x))) << objective;
  };
  expect_value("conv2d2:7:pre@3,8", 3, 8);
  expect_value("conv2d2:7:pre@8,3", 8, 3);
  expect_value("conv2d2:7:pre@2,17", 2, 17);  // No such row.
  ObjectiveTerm centre{TermKind::channel, "conv2d2", true, 7, Position{}, 1};
  EXPECT_NEAR(input_gradient(model(), image, centre).value, at(map, 7, 5, 9),
              1e-5 * std::abs(at(map, 7, 5, 9)));

  // What it sees lies around it: the top right corner.
  const InputGradient seen = input_gradient(model(), image, parse_objective("conv2d2:7:pre@0,17", model()));
  double right = 0, elsewhere = 0;
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 72 * 3; ++x) {
      const double size =
          std::abs(static_cast<double>(seen.gradient[static_cast<std::size_t>(y * 72 * 3 + x)]));
      (y < 20 && x >= 36 * 3 ? right : elsewhere) += size;
    }
  }
  EXPECT_GT(right, 0);
  EXPECT_LE(elsewhere, 1e-5 * right) << "beyond the rounding of tiles that reach over";
}

/// xplique: a channel's mean is divided by the number of channels once more.
TEST(PeerDefects, AChannelsMeanIsOverItsOwnPositionsAlone) {
  const Image image = noise(40, 56, 5);
  const double mean = mean_of(activations(model(), image, "mixed3a", true), 100);
  ASSERT_NE(mean, 0);
  EXPECT_NEAR(value_of(image, "mixed3a:100:pre"), mean, 1e-5 * std::abs(mean));
}

/// xplique: the sum so far is multiplied by each weight, so that earlier terms have those of later ones.
TEST(PeerDefects, AWeightIsThatOfItsOwnTerm) {
  const Image image = noise(40, 56, 6);
  const double a = value_of(image, "conv2d0:3:pre"), b = value_of(image, "conv2d0:5:pre"),
               c = value_of(image, "conv2d0:9:pre");
  ASSERT_TRUE(a != 0 && b != 0 && c != 0);
  const double sizes = std::abs(2 * a) + std::abs(3 * b) + std::abs(0.5 * c);
  EXPECT_NEAR(value_of(image, "2*conv2d0:3:pre - 3*conv2d0:5:pre + 0.5*conv2d0:9:pre"),
              2 * a - 3 * b + 0.5 * c, 1e-6 * sizes);
  EXPECT_NEAR(value_of(image, "0.5*conv2d0:9:pre - 3*conv2d0:5:pre + 2*conv2d0:3:pre"),
              2 * a - 3 * b + 0.5 * c, 1e-6 * sizes);
}

RenderOptions options(const std::string& objective) {
  RenderOptions o;
  o.objective = parse_objective(objective, model());
  o.height = 40;
  o.width = 56;
  o.steps = 6;
  o.compute.threads = 2;
  return o;
}

/// The strip's pictures.
std::vector<Image> apart(const Image& strip, int count) {
  const int width = strip.width / count;
  std::vector<Image> images(static_cast<std::size_t>(count), Image{strip.height, width, {}});
  for (int y = 0; y < strip.height; ++y) {
    for (int i = 0; i < count; ++i) {
      const auto row = strip.rgb.begin() + std::ptrdiff_t{3} * (y * strip.width + i * width);
      std::vector<float>& rgb = images[static_cast<std::size_t>(i)].rgb;
      rgb.insert(rgb.end(), row, row + std::ptrdiff_t{3} * width);
    }
  }
  return images;
}

/// xplique: a dot product summed over the whole batch, times each image's cosine; lucid: gradients divided by
/// the size of the batch.
TEST(PeerDefects, ImagesOfABatchDoNotChangeEachOthersCosine) {
  RenderOptions o = options("dir(conv2d2, random:5, cossim=2)");
  o.images = 3;
  const std::vector<Image> together = apart(render(model(), o).snapshots.back().image, 3);
  o.images = 1;
  HostThreads threads(2);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
  for (std::uint32_t i = 0; i < 3; ++i) {
    SlotJob job = slot_job(o);
    job.image = i;
    lane.start(0, job);
    for (int step = 0; step < o.steps; ++step) lane.step();
    EXPECT_EQ(lane.picture(0).rgb, together[i].rgb) << i;
  }
}

/// xplique: differences and products of objectives change what they are made of.
TEST(PeerDefects, UsingAnObjectiveLeavesItAsItWas) {
  const Objective objective = parse_objective("0.5*mixed3a:3 - 2*conv2d2:7 + mixed3b", model());
  const std::string text = to_string(objective);
  const Image image = noise(40, 56, 7);
  const InputGradient first = input_gradient(model(), image, objective);
  const Objective lowered = objective.scaled(-1), doubled = objective.scaled(2);
  RenderOptions o = options("mixed3a:3");
  o.objective = objective;
  render(model(), o);
  EXPECT_EQ(to_string(objective), text);
  EXPECT_EQ(to_string(parse_objective(text, model())), text);
  const InputGradient again = input_gradient(model(), image, objective);
  EXPECT_EQ(again.value, first.value);
  EXPECT_EQ(again.gradient, first.gradient);
  EXPECT_NEAR(input_gradient(model(), image, lowered).value, -first.value, 1e-6 * std::abs(first.value));
  EXPECT_NEAR(input_gradient(model(), image, doubled).value, 2 * first.value, 1e-6 * std::abs(first.value));
}

/// lucent: every render leaves its hooks, and the activations they hold, on the model.
TEST(PeerDefects, ASecondRenderIsTheFirstOnceMore) {
  const RenderOptions o = options("mixed3a:3");
  const RenderResult first = render(model(), o);
  render(model(), options("conv2d2:7"));
  const RenderResult second = render(model(), o);
  EXPECT_EQ(second.snapshots.back().image.rgb, first.snapshots.back().image.rgb);
  EXPECT_EQ(second.objective, first.objective);
}

TEST(PeerDefects, RendersLeaveNoMemoryBehind) {
  const auto gpu = test::make_simulated_gpu();
  const std::size_t free = gpu->free_bytes();
  const RenderOptions o = options("conv2d0:3");
  for (int render = 0; render < 2; ++render) {
    HostThreads threads(2);
    Lane lane(*gpu, threads.stream(), model(), lane_for(model(), o, false));
    std::size_t with_lane = 0;
    for (int job = 0; job < 3; ++job) {
      lane.start(0, slot_job(o));
      for (int step = 0; step < 3; ++step) lane.step();
      lane.evaluate();
      lane.synchronise();
      lane.picture(0);
      if (job == 0) with_lane = gpu->free_bytes();
      EXPECT_LT(gpu->free_bytes(), free) << "nothing is counted";
      EXPECT_EQ(gpu->free_bytes(), with_lane) << job;
    }
  }
  EXPECT_EQ(gpu->free_bytes(), free);
}

/// lucid: `init or default`, which takes an array for a condition, and zeros for nothing given.
TEST(PeerDefects, ABlackPhotoToStartFromIsHonoured) {
  for (const Parameterisation kind : {Parameterisation::spectral, Parameterisation::pixel}) {
    for (const Squash squash : {Squash::sigmoid, Squash::clip}) {
      RenderOptions o = options("mixed3a:3");
      o.parameters = parameters_of(kind);
      o.colour.squash = squash;
      o.start.photo = std::make_shared<const Photo>(
          Photo{"black.png",
                "",
                {o.height, o.width, std::vector<float>(static_cast<std::size_t>(3 * o.height * o.width))}});
      HostThreads threads(1);
      const auto backend = cpu::make_backend();
      Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
      lane.start(0, slot_job(o));
      const auto bytes = quantise(lane.picture(0));
      EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; }))
          << static_cast<int>(kind) << static_cast<int>(squash);
    }
  }
}

/// lucent: a picture of a shallow layer takes the whole network's forward pass.
TEST(PeerDefects, NothingBeyondTheTargetIsComputed) {
  RenderOptions o = options("mixed3a:3");
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
  bool target = false;
  for (const Task& task : lane.step_tasks()) {
    target |= task.name.starts_with("mixed3a");
    for (const char* beyond :
         {"mixed3b", "mixed4", "mixed5", "maxpool4", "maxpool10", "avgpool", "logits", "softmax"}) {
      EXPECT_FALSE(task.name.starts_with(beyond)) << task.name;
    }
    // Of the branches, the channel's alone.
    for (const char* branch : {"mixed3a_3x3", "mixed3a_5x5", "mixed3a_pool"}) {
      EXPECT_FALSE(task.name.starts_with(branch)) << task.name;
    }
  }
  EXPECT_TRUE(target);
}

/// captum: whether a gradient is redirected is decided for the whole batch, and what then passes has both
/// signs.
TEST(PeerDefects, ARedirectedReluDecidesImageByImageAndWakesUpwardsOnly) {
  // Two images of one pixel, eight channels: the first silent with gradients of both signs, the second
  // active.
  std::array<float, 16> y{}, gradient{};
  for (std::size_t i = 0; i < 8; ++i) {
    y[8 + i] = i % 2 == 0 ? 1.0F : 0.0F;
    gradient[i] = gradient[8 + i] = i < 4 ? 2.0F : -3.0F;
  }
  const std::array<ReluGradient, 2> rules = {ReluGradient::redirected, ReluGradient::redirected};
  cpu::ruled_relu({}, {make_nchw8c(gradient.data(), DType::f32, 2, 1, 1, 1),
                       make_nchw8c(y.data(), DType::f32, 2, 1, 1, 1), rules.data()});
  const std::array<float, 16> expected = {2, 2, 2, 2, 0, 0, 0, 0, 2, 0, 2, 0, -3, 0, -3, 0};
  EXPECT_EQ(gradient, expected);
}

/// Peers differ in what they divide by: of each Gram matrix as a whole, and of the number of images once.
TEST(PeerDefects, DiversityIsTheSumOfCosinesOfWholeGramMatrices) {
  RenderOptions o = options("conv2d1:3 + diversity(conv2d1)");
  o.watch = {parse_objective("diversity(conv2d1)", model())};
  o.images = 3;
  o.view.transforms = {};
  const RenderResult result = render(model(), o);
  std::vector<std::vector<double>> grams;
  for (const Image& image : apart(result.snapshots.back().image, 3)) {
    const Activations map = activations(model(), image, "conv2d1");
    const int positions = map.height * map.width;
    std::vector<double> gram;
    for (int a = 0; a < map.channels; ++a) {
      for (int b = 0; b < map.channels; ++b) {
        double sum = 0;
        for (int p = 0; p < positions; ++p) sum += at(map, a, 0, p) * at(map, b, 0, p);
        gram.push_back(sum);
      }
    }
    grams.push_back(gram);
  }
  const auto dot = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  double expected = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      if (i != j)
        expected -=
            dot(grams[i], grams[j]) / std::sqrt(dot(grams[i], grams[i]) * dot(grams[j], grams[j])) / 3;
    }
  }
  ASSERT_LT(expected, -0.1);
  EXPECT_NEAR(result.watched.front().back(), expected, 1e-5);
}

/// lucid: of inputs of 225 to 256 pixels the pool leaves 2 x 2 positions, which become rows of the batch, so
/// that the scores of several images are mixed.
TEST(PeerDefects, AClassHasOneScorePerImageOfAnySize) {
  const ConvLayer& head = model().layer("logits");
  for (const auto& [height, width] : {std::pair{232, 250}, {64, 96}}) {
    const Image image = noise(height, width, 8);
    const Activations map = activations(model(), image, "mixed5b");
    constexpr int kClass = 5;
    double expected = static_cast<double>(head.bias[kClass]), size = std::abs(expected);
    for (int c = 0; c < head.c; ++c) {
      const double product =
          mean_of(map, c) * static_cast<double>(head.filter[static_cast<std::size_t>(kClass * head.c + c)]);
      expected += product;
      size += std::abs(product);
    }
    EXPECT_NEAR(value_of(image, "logits:5"), expected, 1e-5 * size) << height;
    EXPECT_EQ(classify(model(), image).size(), static_cast<std::size_t>(model().class_count()));
  }
}

}  // namespace
}  // namespace limpid::peer_defects_test
