// Pictures that formulas draw: the same again, masks that are exact, concepts that limpid's own weights know.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>

#include "engine/procedural/ground.h"
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
  int whole = 0;
  for (std::uint64_t round = 0; round < 12; ++round) {
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
    bool cut = false;
    for (int i = 0; i < side; ++i) {
      for (const int at : {i, (side - 1) * side + i, i * side, i * side + side - 1})
        cut |= picture.mask[static_cast<std::size_t>(at)] > 0;
    }
    if (cut) continue;
    ++whole;
    EXPECT_NEAR(sum / (4 * 3.141592653589793 * std::sqrt(vx * vy - cov * cov)), 1, 0.03) << round;
  }
  EXPECT_GE(whole, 3);
}

/// An L, which no turn and no mirror leaves as it is: x runs rightwards, y downwards, of the picture and of its mask.
TEST(Procedural, AMaskIsWhatWasLaid) {
  constexpr int side = 8;
  Canvas canvas(side, [](double, double) { return Colour{0, 0, 0}; });
  canvas.lay([](double x, double y) { return x < -0.5 || (y > 0.5 && x < 0.25) ? 1 : 0; },
             [](double, double) {
               return Colour{1, 1, 1};
             });
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t column = 0; column < side; ++column) {
      const float expected = column < 2 || (row >= 6 && column < 5) ? 1 : 0;
      EXPECT_EQ(canvas.mask()[row * side + column], expected) << row << ' ' << column;
      for (std::size_t c = 0; c < 3; ++c)
        EXPECT_EQ(canvas.image().rgb[3 * (row * side + column) + c], expected) << row << ' ' << column;
    }
  }
}

/// Else the mask would leave out a part of the concept.
TEST(Procedural, WhatIsBesideATextureIsOfOthers) {
  const std::size_t count = textures().size();
  for (const std::size_t own : {std::size_t{0}, count / 2, count - 1, count}) {
    PictureDraws draws(1, own);
    Sketch sketch{draws, NoiseField(draws), 0.1, own};
    std::set<std::string_view> drawn;
    for (int i = 0; i < 1000; ++i) drawn.insert(draw_material(sketch).name);
    EXPECT_EQ(drawn.size(), own < count ? count - 1 : count);
    if (own < count) {
      EXPECT_FALSE(drawn.contains(textures()[own].name));
    }
  }
}

struct FirstPicture {
  const char* name;
  std::array<double, 4> numbers;  ///< How much of the picture the mask covers; mean red, green and blue.
};

/// Of seed 0, each concept's first picture.
constexpr FirstPicture kOfVersion2[] = {
    {"grating", {1.0000, 0.3265, 0.1910, 0.4904}},       {"stripes", {1.0000, 0.4521, 0.3078, 0.4246}},
    {"pinstripes", {1.0000, 0.3733, 0.5555, 0.6961}},    {"zigzag", {0.4243, 0.4867, 0.6474, 0.4955}},
    {"waves", {0.6039, 0.3271, 0.5179, 0.4833}},         {"zebra", {1.0000, 0.6388, 0.3011, 0.1380}},
    {"checker", {1.0000, 0.4361, 0.3444, 0.2175}},       {"grid_lines", {0.6296, 0.4653, 0.6231, 0.5844}},
    {"plaid", {1.0000, 0.2107, 0.4805, 0.1627}},         {"net", {1.0000, 0.2551, 0.4902, 0.6173}},
    {"bricks", {1.0000, 0.2755, 0.3360, 0.2869}},        {"triangles", {1.0000, 0.2766, 0.3194, 0.2136}},
    {"hexagon_cells", {1.0000, 0.5263, 0.4898, 0.3597}}, {"honeycomb", {0.5722, 0.5134, 0.4691, 0.4123}},
    {"dots", {1.0000, 0.2506, 0.4791, 0.3400}},          {"small_rings", {1.0000, 0.6350, 0.3189, 0.2327}},
    {"small_crosses", {1.0000, 0.0804, 0.2150, 0.2699}}, {"small_stars", {0.4782, 0.4545, 0.4403, 0.3751}},
    {"voronoi_cells", {1.0000, 0.7348, 0.6235, 0.5203}}, {"giraffe_hide", {1.0000, 0.4083, 0.4931, 0.5575}},
    {"cobbles", {1.0000, 0.5267, 0.6097, 0.7107}},       {"marble", {1.0000, 0.4950, 0.3648, 0.1567}},
    {"wood", {1.0000, 0.5971, 0.5553, 0.5188}},          {"clouds", {1.0000, 0.3863, 0.2235, 0.2670}},
    {"cow", {1.0000, 0.6181, 0.5348, 0.4264}},           {"rings", {1.0000, 0.4824, 0.5051, 0.4780}},
    {"spiral", {1.0000, 0.2383, 0.4771, 0.6393}},        {"pinwheel", {0.6737, 0.4893, 0.3813, 0.1901}},
    {"sunburst", {0.4367, 0.5559, 0.4458, 0.3397}},      {"dartboard", {1.0000, 0.7289, 0.2961, 0.3570}},
    {"disc", {0.3169, 0.4467, 0.4096, 0.3869}},          {"polygon_3", {0.2685, 0.6065, 0.4849, 0.2815}},
    {"polygon_4", {0.3479, 0.5625, 0.4986, 0.3936}},     {"polygon_6", {0.4179, 0.5820, 0.3456, 0.4187}},
    {"star_4", {0.0803, 0.3249, 0.6060, 0.2785}},        {"star_5", {0.1788, 0.4432, 0.4482, 0.4716}},
    {"star_12", {0.4589, 0.4603, 0.6252, 0.6673}},       {"crescent", {0.1994, 0.2368, 0.4611, 0.2196}},
    {"heart", {0.2518, 0.4874, 0.3137, 0.2452}},         {"plus", {0.3085, 0.4480, 0.3283, 0.3125}},
    {"gear", {0.2092, 0.5537, 0.4402, 0.4810}},          {"wheel_4", {0.4186, 0.4314, 0.4366, 0.3231}},
    {"wheel_12", {0.6636, 0.3530, 0.5206, 0.5269}},      {"flower_5", {0.1989, 0.3188, 0.3588, 0.1804}},
    {"flower_8", {0.2136, 0.4737, 0.3421, 0.3932}},      {"target", {0.6530, 0.3968, 0.5483, 0.5388}},
    {"sphere", {0.4591, 0.3022, 0.3374, 0.2376}},        {"torus", {0.1909, 0.4153, 0.4762, 0.4898}},
    {"letter_T", {0.0884, 0.3051, 0.4337, 0.6194}},
};

/// What the formulas of a version draw. Where these numbers change, so does kProceduralVersion.
TEST(Procedural, PicturesAreThoseOfTheVersion) {
  constexpr int side = 32;
  ASSERT_EQ(kProceduralVersion, 2);
  ASSERT_EQ(std::size(kOfVersion2), procedural_concepts().size());
  for (std::uint64_t number = 0; number < std::size(kOfVersion2); ++number) {
    SCOPED_TRACE(kOfVersion2[number].name);
    EXPECT_EQ(procedural_concepts()[number], kOfVersion2[number].name);
    const ProceduralPicture picture = procedural_picture(0, number, side);
    std::array<double, 4> found = {covered(picture), 0, 0, 0};
    for (std::size_t i = 0; i < picture.image.rgb.size(); ++i)
      found[1 + i % 3] += double{picture.image.rgb[i]} / (side * side);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], kOfVersion2[number].numbers[i], 1e-3) << i;
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
