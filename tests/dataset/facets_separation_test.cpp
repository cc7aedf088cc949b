// Whether facets are facets: unlike each other by the measure of styles, and each still the unit's.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/pictures/image_file.h"
#include "engine/session/queries.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

constexpr const char* kUnit = "mixed4b:40";
constexpr int kUnitChannel = 40;

/// Inner products of a layer's channels over all positions.
std::vector<double> gram_matrix(const Model& model, const Image& image) {
  const Activations map = activations(model, image, "mixed4b");
  const auto positions = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  const auto channels = static_cast<std::size_t>(map.channels);
  std::vector<double> gram;
  for (std::size_t a = 0; a < channels; ++a) {
    for (std::size_t b = 0; b < channels; ++b) {
      double sum = 0;
      for (std::size_t p = 0; p < positions; ++p)
        sum += double{map.values[a * positions + p]} * double{map.values[b * positions + p]};
      gram.push_back(sum);
    }
  }
  return gram;
}

/// Of each pair of the pictures.
double mean_gram_cosine(const Model& model, const std::vector<Image>& pictures) {
  std::vector<std::vector<double>> grams;
  for (const Image& picture : pictures) grams.push_back(gram_matrix(model, picture));
  const auto product = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  double sum = 0, pairs = 0;
  for (std::size_t i = 0; i < grams.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j, ++pairs)
      sum +=
          product(grams[i], grams[j]) / std::sqrt(product(grams[i], grams[i]) * product(grams[j], grams[j]));
  }
  return sum / pairs;
}

double unit_value(const Model& model, const Image& image) {
  const Activations map = activations(model, image, "mixed4b");
  const auto positions = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  double sum = 0;
  for (std::size_t p = 0; p < positions; ++p) sum += double{map.values[kUnitChannel * positions + p]};
  return sum / static_cast<double>(positions);
}

TEST(Facets, AreUnlikeEachOtherAndStillTheUnits) {
  const TemporaryFolder folder;
  const auto run = [&](const std::vector<std::string>& words) {
    const ProgramResult result =
        run_program(words, folder.path(), {.environment = {{"LIMPID_WEIGHTS", LIMPID_DEFAULT_WEIGHTS}}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  run({"examples", "build", "--procedural", "98", "-o", "a", "--size", "96", "--layers", "mixed4b", "-q"});
  run({"facets", kUnit, "a", "--clusters", "3", "--size", "64", "--steps", "48", "-q", "-o", "f"});
  std::string jobs;
  for (int seed = 1; seed <= 3; ++seed) {
    jobs += jobs.empty() ? "[" : ",";
    jobs += fmt::format(R"({{"objective": "{}", "seed": {}}})", kUnit, seed);
  }
  write_text(folder / "seeds.json", jobs + "]");
  run({"grid", "seeds.json", "--size", "64", "--steps", "48", "-q", "--no-sheet", "-o", "s"});
  run({"export", "s.limpid", "tiles"});

  const Model model = read_model(LIMPID_DEFAULT_WEIGHTS);
  std::vector<Image> facets, seeds;
  for (int k = 1; k <= 3; ++k) facets.push_back(read_image(folder / fmt::format("f/facet-{}.png", k)));
  for (const auto& tile : nlohmann::json::parse(read_text(folder / "tiles/tiles.json")))
    seeds.push_back(read_image(folder / ("tiles/" + tile.at("file").get<std::string>())));
  ASSERT_EQ(seeds.size(), 3U);
  const double alone = unit_value(model, read_image(folder / "f/unit.png"));
  for (const Image& facet : facets) EXPECT_GE(unit_value(model, facet), 0.5 * alone);
  EXPECT_LT(mean_gram_cosine(model, facets), mean_gram_cosine(model, seeds));
  RecordProperty("facets", std::to_string(mean_gram_cosine(model, facets)));
  RecordProperty("seeds", std::to_string(mean_gram_cosine(model, seeds)));
}

}  // namespace
}  // namespace limpid::testing
