// torchvision's GoogLeNet: what was converted against what it was converted from, in double precision, with
// its batch normalisation, its 3x3 in place of 5x5, its input transform and its last pool as torchvision
// defines them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "tests/reference/reference_network.h"
#include "tests/reference/reference_ops.h"
#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"
#include "weights/families.h"
#include "weights/import.h"
#include "weights/inception_v1.h"

namespace limpid::torchvision_test {
namespace {

using namespace testing;  // limpid::testing, which holds what the formats' tests share.
using reference::Map;

/// A state dict of torchvision's names and shapes, every width 3, with random values.
class Torchvision {
 public:
  explicit Torchvision(unsigned seed) : random_(seed) {
    add_conv("conv1", 3, 7);
    add_conv("conv2", kWidth, 1);
    add_conv("conv3", kWidth, 3);
    int c = kWidth;
    for (const char* module : kModules) {
      const std::string name = std::string("inception") + module;
      add_conv(name + ".branch1", c, 1);
      add_conv(name + ".branch2.0", c, 1);
      add_conv(name + ".branch2.1", kWidth, 3);
      add_conv(name + ".branch3.0", c, 1);
      add_conv(name + ".branch3.1", kWidth, 3);
      add_conv(name + ".branch4.1", c, 1);
      c = 4 * kWidth;
    }
    add("fc.weight", {5, extent(c)}, 1);
    add("fc.bias", {5}, 1);
  }

  const StateDict& tensors() const { return tensors_; }

  /// Outputs of the stages for a picture in [0, 1], by limpid's names.
  std::map<std::string, Map> forward(const Map& picture) const {
    std::map<std::string, Map> values;
    Map x = normalised(picture);
    x = values["conv2d0"] = conv(x, "conv1", 7, 2);
    x = values["maxpool0"] = pool(x, 3, 2, 0);
    x = values["conv2d1"] = conv(x, "conv2", 1, 1);
    x = values["conv2d2"] = conv(x, "conv3", 3, 1);
    x = values["maxpool1"] = pool(x, 3, 2, 0);
    for (const char* module : kModules) {
      x = values[std::string("mixed") + module] = inception(x, std::string("inception") + module);
      if (std::string(module) == "3b") x = values["maxpool4"] = pool(x, 3, 2, 0);
      if (std::string(module) == "4e") x = values["maxpool10"] = pool(x, 2, 2, 0);
    }
    values["logits"] = classifier(reference::global_average(x));
    return values;
  }

 private:
  static constexpr int kWidth = 3;
  static constexpr std::array<const char*, 9> kModules = {"3a", "3b", "4a", "4b", "4c",
                                                          "4d", "4e", "5a", "5b"};

  static std::uint64_t extent(int n) { return static_cast<std::uint64_t>(n); }

  void add(const std::string& name, const std::vector<std::uint64_t>& shape, double spread,
           double centre = 0) {
    std::size_t count = 1;
    for (const std::uint64_t n : shape) count *= n;
    std::uniform_real_distribution<double> value(centre - spread, centre + spread);
    StateTensor tensor{name, shape, std::vector<float>(count)};
    for (float& x : tensor.values) x = static_cast<float>(value(random_));
    tensors_.push_back(std::move(tensor));
  }

  void add_conv(const std::string& name, int c, int size) {
    add(name + ".conv.weight", {kWidth, extent(c), extent(size), extent(size)},
        std::sqrt(6.0 / (c * size * size)));
    add(name + ".bn.weight", {kWidth}, 0.5, 1);
    add(name + ".bn.bias", {kWidth}, 0.5, 0.3);
    add(name + ".bn.running_mean", {kWidth}, 0.5);
    // Down to variances that are small beside the epsilon.
    add(name + ".bn.running_var", {kWidth}, 0.4995, 0.5);
  }

  const std::vector<float>& values(const std::string& name) const {
    return std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t.name == name; })
        ->values;
  }

  /// As torchvision's presets and then the network's transform_input do.
  static Map normalised(const Map& picture) {
    constexpr std::array<double, 3> mean = {0.485, 0.456, 0.406}, deviation = {0.229, 0.224, 0.225};
    Map x = picture;
    for (int c = 0; c < 3; ++c) {
      const auto i = static_cast<std::size_t>(c);
      for (std::size_t j = 0; j < x.plane_size(); ++j) {
        double& value = x.plane(c)[j];
        value = (value - mean[i]) / deviation[i];
        value = value * (deviation[i] / 0.5) + (mean[i] - 0.5) / 0.5;
      }
    }
    return x;
  }

  /// A convolution padded by half its size, batch normalisation, ReLU.
  Map conv(const Map& x, const std::string& name, int size, int stride) const {
    const ConvLayer layer{name, kWidth, x.c, size, values(name + ".conv.weight"), {}};
    const int pad = size / 2;
    const auto out = [&](int n) { return (n + 2 * pad - size) / stride + 1; };
    Map y = reference::conv_fprop(x, layer, {{size, stride, pad, pad}, out(x.h), out(x.w)});
    for (int k = 0; k < kWidth; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const double scale =
          values(name + ".bn.weight")[i] / std::sqrt(values(name + ".bn.running_var")[i] + 1e-3);
      for (std::size_t j = 0; j < y.plane_size(); ++j) {
        double& value = y.plane(k)[j];
        value = (value - values(name + ".bn.running_mean")[i]) * scale + values(name + ".bn.bias")[i];
        value = std::max(value, 0.0);
      }
    }
    return y;
  }

  /// MaxPool2d in ceil mode.
  static Map pool(const Map& x, int size, int stride, int pad) {
    const auto out = [&](int n) { return (n + 2 * pad - size + stride - 1) / stride + 1; };
    const reference::Sliding sliding{{size, stride, pad, pad}, out(x.h), out(x.w)};
    return reference::max_pool(x, reference::max_pool_argmax(x, sliding), sliding);
  }

  Map inception(const Map& x, const std::string& name) const {
    const Map one = conv(x, name + ".branch1", 1, 1);
    const Map three = conv(conv(x, name + ".branch2.0", 1, 1), name + ".branch2.1", 3, 1);
    const Map five = conv(conv(x, name + ".branch3.0", 1, 1), name + ".branch3.1", 3, 1);
    const Map pooled = conv(pool(x, 3, 1, 1), name + ".branch4.1", 1, 1);
    return reference::concatenate({&one, &three, &five, &pooled});
  }

  Map classifier(const Map& x) const {
    const ConvLayer layer{"fc", 5, x.c, 1, values("fc.weight"), values("fc.bias")};
    return reference::conv_fprop(x, layer, {{1, 1, 0, 0}, 1, 1});
  }

  std::mt19937 random_;
  StateDict tensors_;
};

Map random_picture(int h, int w) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> value(0, 1);
  Map picture(3, h, w);
  for (double& x : picture.values) x = value(random);
  return picture;
}

/// The picture as limpid gives it to a network.
Map input_of(const Model& model, const Map& picture) {
  Map input = picture;
  for (int c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < input.plane_size(); ++i) {
      input.plane(c)[i] = 255 * input.plane(c)[i] - model.input.mean[static_cast<std::size_t>(c)];
    }
  }
  return input;
}

class TorchvisionImport : public ::testing::Test {
 protected:
  Model import_tensors(const StateDict& tensors, ImportReport* report = nullptr) {
    write_zip(path_, pth_entries(tensors, "FloatStorage"));
    return import_model(path_, {}, report);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "googlenet.pth";
};

TEST_F(TorchvisionImport, ComputesWhatTheUnfoldedNetworkDoes) {
  const Torchvision network(3);
  const Model model = import_tensors(network.tensors());
  // Odd and even extents at every pool: the last map before the 2x2 pool is 5 x 6.
  const Map picture = random_picture(82, 98);
  const std::map<std::string, Map> expected = network.forward(picture);
  EXPECT_EQ(expected.at("mixed4e").h, 5);
  EXPECT_EQ(expected.at("mixed4e").w, 6);
  EXPECT_EQ(expected.at("maxpool10").h, 3);
  const reference::Trace trace = reference::Network(model).forward(input_of(model, picture), "logits");
  for (const auto& [name, map] : expected) {
    SCOPED_TRACE(name);
    const Map& actual = trace.at(name);
    ASSERT_EQ(actual.c, map.c);
    ASSERT_EQ(actual.h, map.h);
    ASSERT_EQ(actual.w, map.w);
    double scale = 0, apart = 0;
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      scale = std::max(scale, std::abs(map.values[i]));
      const double difference = std::abs(actual.values[i] - map.values[i]);
      if (!(difference <= apart)) apart = difference;
    }
    EXPECT_GT(scale, 0.1);
    // Folded parameters are rounded to fp32 once: half a unit in the last place, 6e-8, for each of up to 23
    // layers in a row, which amplify it by their gain.
    EXPECT_LE(apart, 1e-5 * scale);
  }
}

TEST_F(TorchvisionImport, HasTheFamilysRules) {
  const Model model = import_tensors(Torchvision(4).tensors());
  const Family& rules = family("torchvision_googlenet");
  EXPECT_EQ(model.provenance.family, rules.name);
  EXPECT_EQ(model.provenance.licence, "BSD-3-Clause");
  EXPECT_EQ(rules_of(model.network).padding, Padding::caffe);
  EXPECT_EQ(rules_of(model.network).pool_sizes, (PoolSizes{3, 3, 3, 2}));
  EXPECT_FALSE(rules_of(model.network).lrn.present);
  EXPECT_EQ(model.input.order, ChannelOrder::rgb);
  EXPECT_EQ(model.input.mean, (std::array<float, 3>{127.5F, 127.5F, 127.5F}));
  EXPECT_EQ(model.input.size, 224);
  EXPECT_EQ(rules.widths, family("bvlc_googlenet").widths);
}

TEST_F(TorchvisionImport, PutsTheSmallFilterInTheMiddleOfZeros) {
  StateDict tensors = Torchvision(5).tensors();
  const Model model = import_tensors(tensors);
  const ConvLayer& layer = model.layer("mixed4b_5x5");
  EXPECT_EQ(layer.size, 5);
  for (int i = 0; i < 25; ++i) {
    const bool is_border = i / 5 == 0 || i / 5 == 4 || i % 5 == 0 || i % 5 == 4;
    EXPECT_EQ(layer.filter[static_cast<std::size_t>(i)] == 0, is_border) << i;
  }
}

TEST_F(TorchvisionImport, ReportsAuxiliaryHeadsAndBatchCounters) {
  StateDict tensors = Torchvision(6).tensors();
  tensors.push_back({"aux1.conv.conv.weight", {1, 1, 1, 1}, {1}});
  tensors.push_back({"aux1.conv.bn.num_batches_tracked", {}, {1}});
  tensors.push_back({"conv1.bn.num_batches_tracked", {}, {1}});
  tensors.push_back({"inception3a.branch1.bn.num_batches_tracked", {}, {1}});
  ImportReport report;
  import_tensors(tensors, &report);
  EXPECT_EQ(report.unused, (std::vector<std::string>{"aux1.* (2)", "*.num_batches_tracked (2)"}));
}

TEST_F(TorchvisionImport, NamesTheTensorThatIsWrong) {
  const StateDict good = Torchvision(7).tensors();
  const auto refused = [&](std::initializer_list<std::string_view> parts, const auto& change) {
    StateDict tensors = good;
    change(*std::find_if(tensors.begin(), tensors.end(),
                         [](const auto& t) { return t.name == "inception4c.branch2.1.bn.running_var"; }));
    expect_input_error(parts, [&] { import_tensors(tensors); });
  };
  refused({"'inception4c.branch2.1.bn.running_var'", "missing", "'mixed4c_3x3'"},
          [](StateTensor& tensor) { tensor.name = "other"; });
  refused({"'inception4c.branch2.1.bn.running_var' is 3x1, but", "is 3"}, [](StateTensor& tensor) {
    tensor.shape = {3, 1};
  });
  refused({"'inception4c.branch2.1.bn.running_var'", "a variance is -1"},
          [](StateTensor& tensor) { tensor.values[1] = -1; });
}

}  // namespace
}  // namespace limpid::torchvision_test
