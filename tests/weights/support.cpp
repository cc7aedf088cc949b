#include "tests/weights/support.h"

#include "weights/families.h"
#include "weights/layer_shapes.h"
#include "weights/topology.h"

namespace limpid::testing {

Model narrow_model(std::string_view family_name) {
  Model model = empty_model(family(family_name));
  model.provenance.source = "narrow";
  LayerShapes shapes("narrow");
  int next = 0;
  for (const LayerSpec& spec : inception_layers()) {
    const std::uint64_t k = spec.name == "logits" ? 3 : 2;
    const std::uint64_t c = shapes.input_channels(spec);
    const auto size = static_cast<std::uint64_t>(spec.size);
    shapes.check(spec, spec.name, std::array{k, c, size, size}, std::array{k});
    ConvLayer layer{spec.name, static_cast<int>(k), static_cast<int>(c), spec.size, {}, {}};
    const auto value = [&] {
      next = (next * 37 + 11) % 64;
      return static_cast<float>(next - 32) / 8;
    };
    for (std::uint64_t i = 0; i < k * c * size * size; ++i) layer.filter.push_back(value());
    for (std::uint64_t i = 0; i < k; ++i) layer.bias.push_back(value());
    model.layers.push_back(std::move(layer));
  }
  return model;
}

Model pruned_model(std::string_view family_name) {
  Model model = narrow_model(family_name);
  constexpr std::size_t channels = 2000, classes = 1000;
  ConvLayer& first = model.layers[0];
  first.k = channels;
  first.filter.assign(channels * 3 * 7 * 7, 0);
  first.bias.assign(channels, 0);
  model.layers[1].c = channels;
  model.layers[1].filter.assign(2 * channels, 0);
  ConvLayer& last = model.layers.back();
  last.k = classes;
  last.filter.assign(classes * static_cast<std::size_t>(last.c), 0.125F);
  last.bias.assign(classes, 0);
  for (std::size_t i = 0; i < classes; ++i) model.classes.push_back(fmt::format("class {}", i));
  return model;
}

void expect_equal(const Model& a, const Model& b) {
  EXPECT_EQ(a.provenance.family, b.provenance.family);
  EXPECT_EQ(a.provenance.source, b.provenance.source);
  EXPECT_EQ(a.provenance.sha256, b.provenance.sha256);
  EXPECT_EQ(a.provenance.licence, b.provenance.licence);
  EXPECT_EQ(a.provenance.training, b.provenance.training);
  const InceptionRules rules = rules_of(a.network), other = rules_of(b.network);
  EXPECT_EQ(rules.padding, other.padding);
  EXPECT_EQ(rules.pool_sizes, other.pool_sizes);
  EXPECT_TRUE(rules.lrn == other.lrn);
  EXPECT_TRUE(a.network.nodes == b.network.nodes);
  EXPECT_EQ(a.network.logits, b.network.logits);
  EXPECT_EQ(a.input.order, b.input.order);
  EXPECT_EQ(a.input.mean, b.input.mean);
  EXPECT_EQ(a.input.size, b.input.size);
  EXPECT_EQ(a.classes, b.classes);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    SCOPED_TRACE(a.layers[i].name);
    EXPECT_EQ(a.layers[i].name, b.layers[i].name);
    EXPECT_EQ(a.layers[i].k, b.layers[i].k);
    EXPECT_EQ(a.layers[i].c, b.layers[i].c);
    EXPECT_EQ(a.layers[i].size, b.layers[i].size);
    EXPECT_TRUE(a.layers[i].filter == b.layers[i].filter);
    EXPECT_TRUE(a.layers[i].bias == b.layers[i].bias);
  }
}

std::filesystem::path test_data() {
  const char* folder = std::getenv("LIMPID_TEST_DATA");
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

}  // namespace limpid::testing
