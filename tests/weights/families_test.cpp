#include "weights/families.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/core/error.h"
#include "weights/inception_v1.h"
#include "weights/synthetic.h"
#include "weights/validate.h"

namespace limpid {
namespace {

std::size_t parameters(const Model& model) {
  std::size_t count = 0;
  for (const ConvLayer& layer : model.layers) count += layer.filter.size() + layer.bias.size();
  return count;
}

/// Channels of a module's concatenated output.
int module_width(const Model& model, const std::string& module) {
  int width = 0;
  for (const char* branch : {"_1x1", "_3x3", "_5x5", "_pool_reduce"}) width += model.layer(module + branch).k;
  return width;
}

TEST(Families, BvlcHasThePublishedSize) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  EXPECT_EQ(parameters(model), 6'998'552U);
  EXPECT_EQ(module_width(model, "mixed4a"), 512);
  EXPECT_EQ(model.class_count(), 1000);
  EXPECT_EQ(rules_of(model.network).padding, Padding::caffe);
  EXPECT_EQ(model.input.order, ChannelOrder::bgr);
  EXPECT_FLOAT_EQ(rules_of(model.network).lrn.alpha, 2e-5F);
}

TEST(Families, Inception5hHasThePublishedSize) {
  const Model model = synthetic_model("inception5h", 1);
  // Convolutions and classifier; the classifier alone has 1024 x 1008 + 1008.
  EXPECT_EQ(parameters(model), 7'066'380U);
  EXPECT_EQ(module_width(model, "mixed4a"), 508);
  EXPECT_EQ(model.layer("mixed4a_3x3").k, 204);
  EXPECT_EQ(model.layer("mixed5a_5x5_bottleneck").k, 48);
  EXPECT_EQ(model.layer("mixed4b_1x1").c, 508);
  EXPECT_EQ(model.class_count(), 1008);
  EXPECT_EQ(rules_of(model.network).lrn.radius, 5);
}

TEST(Families, UnknownNameListsTheKnownOnes) {
  try {
    family("resnet");
    FAIL() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(),
                 "unknown family 'resnet'; known are bvlc_googlenet, inception5h, limpid_default, "
                 "torchvision_googlenet, plain_googlenet");
  }
}

TEST(Synthetic, IsValidForEveryFamily) {
  for (const Family& known : families()) {
    const Model model = synthetic_model(known.name, 7);
    EXPECT_NO_THROW(validate(model, "synthetic")) << known.name;
    EXPECT_EQ(model.provenance.licence, "none needed: random numbers");
  }
}

TEST(Synthetic, DependsOnTheSeedAlone) {
  const Model first = synthetic_model("limpid_default", 3);
  EXPECT_TRUE(first.layer("mixed4d_3x3").filter ==
              synthetic_model("limpid_default", 3).layer("mixed4d_3x3").filter);
  EXPECT_FALSE(first.layer("mixed4d_3x3").filter ==
               synthetic_model("limpid_default", 4).layer("mixed4d_3x3").filter);
}

TEST(Synthetic, HasTheVarianceItPromises) {
  const Model model = synthetic_model("bvlc_googlenet", 5);
  const ConvLayer& layer = model.layer("mixed3b_3x3");
  double sum = 0;
  double squares = 0;
  for (const float value : layer.filter) {
    sum += value;
    squares += double{value} * value;
  }
  const auto count = static_cast<double>(layer.filter.size());
  const double expected = 2.0 / (layer.c * layer.size * layer.size);
  // Of n uniform draws, the mean strays by sigma / sqrt(n) and the variance by 0.9 sigma^2 / sqrt(n); five of
  // those.
  EXPECT_LE(std::abs(sum / count), 5 * std::sqrt(expected / count));
  EXPECT_LE(std::abs(squares / count - expected), 5 * expected / std::sqrt(count));
}

}  // namespace
}  // namespace limpid
