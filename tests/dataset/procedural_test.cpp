// Pictures that formulas draw: the same again, masks that are exact, concepts that limpid's own weights know.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/procedural/procedural_picture.h"
#include "engine/session/queries.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

double covered(const ProceduralPicture& picture) {
  double sum = 0;
  for (const float part : picture.mask) sum += double{part};
  return sum / static_cast<double>(picture.mask.size());
}

std::uint64_t number_of(std::string_view name) {
  const auto& names = procedural_concepts();
  return static_cast<std::uint64_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

TEST(Procedural, APictureIsWhatItsNumberSays) {
  const std::size_t count = procedural_concepts().size();
  EXPECT_EQ(std::set(procedural_concepts().begin(), procedural_concepts().end()).size(), count);
  std::set<std::vector<float>> all;
  for (std::uint64_t number = 0; number < 2 * count; ++number) {
    SCOPED_TRACE(procedural_concepts()[number % count]);
    const ProceduralPicture picture = procedural_picture(7, number, 24);
    EXPECT_EQ(picture.concept_number, number % count);
    EXPECT_EQ(picture.image.rgb, procedural_picture(7, number, 24).image.rgb);
    for (const float value : picture.image.rgb) {
      ASSERT_TRUE(value >= 0 && value <= 1);
      ASSERT_EQ(value, static_cast<float>(std::round(255 * double{value}) / 255));
    }
    for (const float part : picture.mask) ASSERT_TRUE(part >= 0 && part <= 1);
    all.insert(picture.image.rgb);
  }
  EXPECT_EQ(all.size(), 2 * count);
  EXPECT_NE(procedural_picture(8, 0, 24).image.rgb, procedural_picture(7, 0, 24).image.rgb);
  EXPECT_NE(procedural_picture(7, std::uint64_t{count} << 32, 24).image.rgb,
            procedural_picture(7, 0, 24).image.rgb);
}

TEST(Procedural, MasksAreOfTheConceptAtAnySize) {
  const std::size_t count = procedural_concepts().size();
  for (std::uint64_t number = 0; number < count; ++number) {
    SCOPED_TRACE(procedural_concepts()[number]);
    const ProceduralPicture small = procedural_picture(3, number, 32),
                            large = procedural_picture(3, number, 64);
    // What a rim of anti-aliased pixels may cover more or less: the longest, of a gear, is about 8 in a picture of 2 x 2.
    EXPECT_NEAR(covered(small), covered(large), 0.04);
    EXPECT_GT(covered(small), 0.02);
    if (number >= number_of("disc")) {
      EXPECT_LT(covered(small), 0.95);
    }
  }
}

TEST(Procedural, ADiscsMaskIsItsEllipse) {
  for (std::uint64_t round = 0; round < 6; ++round) {
    const int side = 64;
    const ProceduralPicture picture =
        procedural_picture(1, number_of("disc") + round * procedural_concepts().size(), side);
    // Its second moments say what area an ellipse has: 4 pi sqrt(det(covariance)).
    double sum = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int row = 0; row < side; ++row) {
      for (int column = 0; column < side; ++column) {
        const double part = double{picture.mask[static_cast<std::size_t>(row * side + column)]};
        sum += part;
        x += part * column;
        y += part * row;
        xx += part * column * column;
        yy += part * row * row;
        xy += part * column * row;
      }
    }
    const double vx = xx / sum - x * x / sum / sum, vy = yy / sum - y * y / sum / sum,
                 cov = xy / sum - x * y / sum / sum;
    const bool cut = x / sum < 24 || x / sum > 40 || y / sum < 24 || y / sum > 40;
    if (cut) continue;
    EXPECT_NEAR(sum / (4 * 3.141592653589793 * std::sqrt(vx * vy - cov * cov)), 1, 0.03) << round;
  }
}

TEST(Procedural, OwnWeightsKnowTheConcepts) {
  const Model model = read_model(LIMPID_DEFAULT_WEIGHTS);
  const std::size_t count = procedural_concepts().size();
  std::size_t right = 0, pictures = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::string name(procedural_concepts()[number]);
    const auto label = std::find(model.classes.begin(), model.classes.end(), name);
    ASSERT_NE(label, model.classes.end()) << name;
    const std::vector<float> classes = classify(model, procedural_picture(5, number, 96).image);
    const auto best = std::max_element(classes.begin(), classes.end()) - classes.begin();
    ++pictures;
    right += best == label - model.classes.begin() ? 1 : 0;
  }
  // Of 189 classes; those it was taught are drawn by other code.
  EXPECT_GE(right * 2, pictures) << right << " of " << pictures;
}

}  // namespace
}  // namespace limpid::testing
