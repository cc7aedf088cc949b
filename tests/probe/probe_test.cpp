// limpid probe: stimuli against their formulas, a planted filter that is found again, and the program from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "engine/session/queries.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/layer_argument.h"
#include "tools/probe/tuning.h"
#include "tools/probe/tuning_file.h"
#include "tools/probe/tuning_plot.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

using Words = std::vector<std::string>;
using Parameters = std::vector<std::pair<std::string, std::string>>;

constexpr int kProbeSide = 64;

Image drawn(const Stimulus& stimulus) {
  return draw_stimulus(stimulus, kProbeSide, kProbeSide / 2.0, kProbeSide / 2.0);
}

/// How much is there of white on gray, in pixels.
double area(const Stimulus& stimulus) {
  const Image picture = drawn(stimulus);
  double sum = 0;
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) sum += 2 * double{picture.rgb[i]} - 1;
  return sum;
}

float red(const Image& picture, int row, int column) {
  return picture.rgb[static_cast<std::size_t>(3 * (row * picture.width + column))];
}

float largest_difference(const Image& a, const Image& b) {
  float most = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) most = std::max(most, std::abs(a.rgb[i] - b.rgb[i]));
  return most;
}

TEST(StimulusDrawing, StrokesHaveTheirArea) {
  Stimulus line{.kind = StimulusKind::line, .width = 2.3, .length = 30.5};
  // Along the pixels coverage is exact, thinner than one too; each of 4,096 values is rounded to fp32.
  for (const double orientation : {0.0, 90.0, 180.0}) {
    for (const double width : {0.4, 1.0, 2.3}) {
      line.orientation = orientation;
      line.width = width;
      line.x = 0.3;
      line.y = -0.2;
      EXPECT_NEAR(area(line), width * line.length, 4096 * 0x1p-23) << orientation << ' ' << width;
    }
  }
  for (const double orientation : {17.0, 45.0, 123.0}) {
    line.orientation = orientation;
    EXPECT_NEAR(area(line), line.width * line.length, 0.03 * line.width * line.length) << orientation;
  }
  Stimulus curve{.kind = StimulusKind::curve, .radius = 20, .width = 2, .length = 40};
  for (const double orientation : {0.0, 30.0, 250.0}) {
    curve.orientation = orientation;
    EXPECT_NEAR(area(curve), 80, 1.6) << orientation;
  }
  EXPECT_NEAR(area({.kind = StimulusKind::disc, .radius = 12}), std::numbers::pi * 144,
              0.005 * std::numbers::pi * 144);
  EXPECT_NEAR(area({.kind = StimulusKind::disc, .radius = 12, .contrast = -0.5}),
              -0.5 * std::numbers::pi * 144, 0.005 * std::numbers::pi * 144);
}

TEST(StimulusDrawing, OrientationsAreAnticlockwiseFromTheRight) {
  // A line up to the right passes above the middle on its right side.
  const Image line = drawn({.kind = StimulusKind::line, .orientation = 45, .length = 200});
  EXPECT_EQ(red(line, 12, 51), 1);
  EXPECT_EQ(red(line, 51, 12), 1);
  EXPECT_EQ(red(line, 12, 12), 0.5F);
  // The circle's centre is above at 90: the ends of the arc bend upwards, like a smile.
  const Image smile =
      drawn({.kind = StimulusKind::curve, .orientation = 90, .radius = 20, .width = 3, .length = 50});
  EXPECT_EQ(red(smile, 31, 32), 1);
  EXPECT_EQ(red(smile, 25, 17), 1);
  EXPECT_EQ(red(smile, 38, 17), 0.5F);
  // Stripes lie along the orientation, as lines do.
  const Image stripes = drawn({.kind = StimulusKind::grating, .orientation = 0, .frequency = 0.125});
  EXPECT_EQ(red(stripes, 31, 3), red(stripes, 31, 60));
  EXPECT_GT(red(stripes, 31, 3), 0.9F);
  EXPECT_LT(red(stripes, 35, 3), 0.1F);
}

TEST(StimulusDrawing, XIsToTheRightAndYUp) {
  const Image disc = drawn({.kind = StimulusKind::disc, .radius = 2, .x = 10, .y = 5});
  EXPECT_EQ(red(disc, 32 - 5, 32 + 10), 1);
  for (const auto& [row, column] :
       {std::pair(32 + 5, 32 + 10), std::pair(32 - 5, 32 - 10), std::pair(32 + 5, 32 - 10)})
    EXPECT_EQ(red(disc, row, column), 0.5F) << row << ' ' << column;
}

TEST(StimulusDrawing, KindsAgreeWhereTheyAreTheSame) {
  // An arc of a large circle is a line across the direction of its centre.
  const Image arc = drawn({.kind = StimulusKind::curve, .orientation = 120, .radius = 8000, .length = 40});
  const Image line = drawn({.kind = StimulusKind::line, .orientation = 30, .length = 40});
  EXPECT_LT(largest_difference(arc, line), 0.04F);  // 20^2 / (2 8000) pixels apart at its ends.
  // A Gabor in a wide envelope is its grating; half a turn makes of a phase its negative.
  const Image gabor = drawn({.kind = StimulusKind::gabor, .orientation = 33, .phase = 50, .sigma = 8000});
  const Image grating = drawn({.kind = StimulusKind::grating, .orientation = 33, .phase = 50});
  EXPECT_LT(largest_difference(gabor, grating), 1e-4F);
  const Image turned = drawn({.kind = StimulusKind::grating, .orientation = 213, .phase = -50});
  EXPECT_LT(largest_difference(turned, grating), 1e-6F);
}

TEST(StimulusDrawing, AGratingIsAveragedOverItsPixels) {
  const Stimulus fine{.kind = StimulusKind::grating, .orientation = 20, .frequency = 0.3, .phase = 10};
  const Image picture = drawn(fine);
  const double a = 20 * std::numbers::pi / 180;
  constexpr int kParts = 200;
  for (const auto& [row, column] : {std::pair(10, 20), std::pair(40, 7)}) {
    double mean = 0;
    for (int i = 0; i < kParts; ++i) {
      for (int j = 0; j < kParts; ++j) {
        const double u = column + (j + 0.5) / kParts - 32, v = 32 - row - (i + 0.5) / kParts;
        mean += std::cos(2 * std::numbers::pi * 0.3 * (v * std::cos(a) - u * std::sin(a)) +
                         std::numbers::pi / 18);
      }
    }
    // The midpoint rule misses at most (pi f / 200)^2 / 6.
    EXPECT_NEAR(red(picture, row, column), 0.5 + mean / 2 / (kParts * kParts), 1e-5);
  }
}

TEST(StimulusDrawing, ColoursAreThoseOfCss) {
  const auto colour = [](double hue, double saturation, double lightness) {
    const Image picture = drawn({.kind = StimulusKind::colour,
                                 .radius = 0,
                                 .hue = hue,
                                 .saturation = saturation,
                                 .lightness = lightness});
    return std::vector<float>{picture.rgb.begin(), picture.rgb.begin() + 3};
  };
  using Colour = std::vector<float>;
  EXPECT_EQ(colour(0, 1, 0.5), (Colour{1, 0, 0}));
  EXPECT_EQ(colour(60, 1, 0.5), (Colour{1, 1, 0}));
  EXPECT_EQ(colour(-240, 1, 0.5), (Colour{0, 1, 0}));
  EXPECT_EQ(colour(240, 1, 0.75), (Colour{0.5F, 0.5F, 1}));
  EXPECT_EQ(colour(200, 0, 0.25), (Colour{0.25F, 0.25F, 0.25F}));
  const Image patch = drawn({.kind = StimulusKind::colour, .radius = 10, .hue = 0});
  EXPECT_EQ(red(patch, 32, 32), 1);
  EXPECT_EQ(red(patch, 2, 2), 0.5F);
}

TEST(StimulusSet, TakesRangesWithTheirEndsButFullTurnsOnce) {
  const StimulusSet turn = parse_stimuli(StimulusKind::curve, {{"orientation", "0:360:5"}, {"radius", "30"}});
  ASSERT_EQ(turn.size(), 72U);
  EXPECT_TRUE(turn.sweeps[0].full_turn());
  EXPECT_EQ(turn.at(71).orientation, 355);
  EXPECT_EQ(turn.at(71).radius, 30);
  const StimulusSet two =
      parse_stimuli(StimulusKind::grating, {{"frequency", "0.1:0.3:0.1"}, {"orientation", "0:90:45"}});
  ASSERT_EQ(two.size(), 9U);
  EXPECT_FALSE(two.sweeps[1].full_turn());
  EXPECT_DOUBLE_EQ(two.at(7).frequency, 0.3);
  EXPECT_EQ(two.at(7).orientation, 45);
}

TEST(StimulusSet, HasDecimalFractionsAsTheyAreWritten) {
  const auto values = [](const char* text) {
    return parse_stimuli(StimulusKind::grating, {{"frequency", text}}).sweeps.at(0).values;
  };
  EXPECT_EQ(values("0.1:0.3:0.1"), (std::vector<double>{0.1, 0.2, 0.3}));
  EXPECT_EQ(values("0.1:0.35:0.1"), (std::vector<double>{0.1, 0.2, 0.3}));
  EXPECT_EQ(values("0.02:0.08:0.01"), (std::vector<double>{0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08}));
}

/// The responses of one unit to stimuli, by a function of the values of the sweeps.
template <typename Response>
Tuning responding(StimulusKind kind, const Parameters& parameters, const Response& response) {
  Tuning tuning{{"conv2d0:0"}, parse_stimuli(kind, parameters), 0, 0, 32, {{}}};
  for (std::size_t i = 0; i < tuning.stimuli.size(); ++i)
    tuning.responses[0].push_back(response(tuning.stimuli.values(i)));
  return tuning;
}

TEST(Tuning, PeaksAreThoseOfParabolas) {
  const auto around = [](double middle) {
    return [middle](const std::vector<double>& at) {
      const double way = std::remainder(at[0] - middle, 360);
      return 50 - way * way / 64;
    };
  };
  const Parameters turn = {{"orientation", "0:360:5"}};
  for (const double middle : {92.0, 88.0, 90.0}) {
    const TuningPeak peak = responding(StimulusKind::curve, turn, around(middle)).peak(0).value();
    EXPECT_NEAR(peak.values[0], middle, 1e-9);
    EXPECT_EQ(peak.stimulus, 18U);
    EXPECT_EQ(peak.response, around(middle)({90}));
  }
  // Across the place where the turn closes.
  EXPECT_NEAR(responding(StimulusKind::curve, turn, around(2)).peak(0)->values[0], 2, 1e-9);
  EXPECT_NEAR(responding(StimulusKind::curve, turn, around(-2)).peak(0)->values[0], -2, 1e-9);
  EXPECT_NEAR(responding(StimulusKind::curve, turn, around(356)).peak(0)->values[0], 356, 1e-9);
  // At an end there is nothing beyond.
  EXPECT_EQ(responding(StimulusKind::curve, {{"orientation", "0:90:5"}}, around(2)).peak(0)->values[0], 0);
  // Along each of two sweeps.
  const TuningPeak two =
      responding(StimulusKind::curve, {{"radius", "8:64:8"}, {"orientation", "0:90:10"}},
                 [](const std::vector<double>& at) {
                   return 10 - (at[0] - 27) * (at[0] - 27) / 256 - (at[1] - 43) * (at[1] - 43) / 1024;
                 })
          .peak(0)
          .value();
  EXPECT_NEAR(two.values[0], 27, 1e-9);
  EXPECT_NEAR(two.values[1], 43, 1e-9);
  EXPECT_EQ(two.stimulus, 2U * 10 + 4);
}

TEST(Tuning, OfAUnitThatRespondsTheSameToAllHasNoPeak) {
  const Tuning flat =
      responding(StimulusKind::curve, {{"radius", "8:64:8"}}, [](const std::vector<double>&) { return 0.5; });
  EXPECT_FALSE(flat.peak(0));
  EXPECT_NE(tuning_svg(flat, "").find(">flat at 0.5</text>"), std::string::npos);
}

/// Every number of an attribute of a drawing.
std::vector<double> numbers_of(const std::string& svg, const std::string& attribute) {
  std::vector<double> numbers;
  const std::string mark = " " + attribute + "=\"";
  for (std::size_t at = 0; (at = svg.find(mark, at)) != svg.npos;)
    numbers.push_back(std::stod(svg.substr(at += mark.size())));
  return numbers;
}

TEST(TuningPlot, HoldsItsLegend) {
  const Tuning tuning = responding(StimulusKind::curve, {{"orientation", "0:90:10"}, {"radius", "8:64:8"}},
                                   [](const std::vector<double>& at) { return at[0] + at[1]; });
  const std::string svg = tuning_svg(tuning, "");
  const double width = numbers_of(svg, "width").at(0);
  for (const char* attribute : {"x", "x2"}) {
    const std::vector<double> numbers = numbers_of(svg, attribute);
    ASSERT_FALSE(numbers.empty());
    EXPECT_LE(std::ranges::max(numbers), width - 20) << attribute;
  }
  for (const char* radius : {">8</text>", ">40</text>", ">64</text>"})
    EXPECT_NE(svg.find(radius), std::string::npos) << radius;
}

TEST(TuningPlot, HasOneThumbnailForEachOfFewValues) {
  for (const auto& [text, thumbs] :
       {std::pair("8:16:8", 2U), std::pair("8:32:8", 4U), std::pair("8:80:8", 5U)}) {
    const Tuning tuning = responding(StimulusKind::curve, {{"radius", text}},
                                     [](const std::vector<double>& at) { return at[0]; });
    const std::string svg = tuning_svg(tuning, "");
    std::size_t found = 0;
    for (std::size_t at = 0; (at = svg.find("<image ", at)) != svg.npos; ++at) ++found;
    EXPECT_EQ(found, thumbs) << text;
  }
}

/// Narrow weights whose first filter is a Gabor of that orientation, on gray.
std::shared_ptr<const Model> planted(double orientation, double frequency) {
  auto model = std::make_shared<Model>(narrow_model("bvlc_googlenet"));
  ConvLayer& layer = model->layers[0];
  const double a = orientation * std::numbers::pi / 180;
  std::vector<double> gabor;
  for (int row = -3; row <= 3; ++row) {
    for (int column = -3; column <= 3; ++column) {
      const double across = -row * std::cos(a) - column * std::sin(a);
      gabor.push_back(std::cos(2 * std::numbers::pi * frequency * across) *
                      std::exp(-(row * row + column * column) / (2 * 1.6 * 1.6)));
    }
  }
  const double mean = std::accumulate(gabor.begin(), gabor.end(), 0.0) / 49;
  for (std::size_t i = 0; i < 3 * 49; ++i) layer.filter[i] = static_cast<float>(gabor[i % 49] - mean);
  std::ranges::fill(layer.bias, 0.0F);
  return model;
}

TEST(Tuning, FindsThePlantedOrientation) {
  for (const double orientation : {8.0, 37.0, 67.0, 118.0, 171.0}) {
    const auto model = planted(orientation, 0.25);
    TuningRequest request;
    request.units = {parse_unit("conv2d0:0:pre", *model)};
    request.side = 32;
    for (const StimulusKind kind : {StimulusKind::grating, StimulusKind::gabor}) {
      Parameters parameters = {{"orientation", "0:180:5"}, {"frequency", "0.25"}};
      if (kind == StimulusKind::gabor) parameters.emplace_back("sigma", "3");
      request.stimuli = parse_stimuli(kind, parameters);
      const TuningPeak peak = measure_tuning(model, request).peak(0).value();
      EXPECT_LE(std::abs(std::remainder(peak.values[0] - orientation, 180)), 2)
          << orientation << name_of(kind);
      EXPECT_GT(peak.response, 0);
    }
  }
}

TEST(Tuning, IsWhatTheLayerMakesOfTheStimuli) {
  const auto model = planted(30, 0.2);
  TuningRequest request;
  for (const char* unit : {"conv2d0:0", "mixed3a:5:pre", "conv2d0:1@3,4"})
    request.units.push_back(parse_unit(unit, *model));
  request.side = kProbeSide;
  // More than a batch.
  request.stimuli = parse_stimuli(StimulusKind::curve, {{"orientation", "0:120:30"}, {"radius", "8:24:8"}});
  for (const TuningResponse response : {TuningResponse::centre, TuningResponse::max, TuningResponse::mean}) {
    request.response = response;
    const Tuning tuning = measure_tuning(model, request);
    ASSERT_EQ(tuning.responses.size(), 3U);
    for (const std::size_t i : {0U, 7U, 8U, 14U}) {
      const Image picture = draw_stimulus(request.stimuli.at(i), kProbeSide, tuning.y, tuning.x);
      const Activations first = activations(*model, picture, "conv2d0");
      const Activations second = activations(*model, picture, "mixed3a", true);
      const auto expected = [&](const Activations& map, int channel) {
        const auto size = static_cast<std::size_t>(map.height * map.width);
        const std::span<const float> plane =
            std::span(map.values).subspan(static_cast<std::size_t>(channel) * size, size);
        if (response == TuningResponse::max) return double{std::ranges::max(plane)};
        if (response == TuningResponse::mean)
          return std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(size);
        return double{plane[static_cast<std::size_t>(map.height / 2 * map.width + map.width / 2)]};
      };
      EXPECT_EQ(tuning.responses[0][i], expected(first, 0)) << i;
      EXPECT_EQ(tuning.responses[1][i], expected(second, 5)) << i;
      EXPECT_EQ(tuning.responses[2][i],
                double{first.values[static_cast<std::size_t>((first.height + 3) * first.width + 4)]})
          << i;
    }
  }
}

TEST(Tuning, ResponsesAreFinite) {
  auto model = std::make_shared<Model>(*planted(30, 0.2));
  std::ranges::fill(model->layers[0].filter, 3e38F);
  TuningRequest request;
  request.units = {parse_unit("conv2d0:0:pre", *model)};
  request.side = 32;
  request.stimuli = parse_stimuli(StimulusKind::line, {{"x", "-3:3:1"}});
  expect_error(ErrorKind::runtime, {"conv2d0:0:pre", "line at x -3", "not finite"},
               [&] { measure_tuning(model, request); });
}

/// The middle of what the neuron sees is what stimuli are drawn around: a single bright pixel there meets the filter's middle.
TEST(Tuning, StimuliLieInTheMiddleOfTheField) {
  auto model = std::make_shared<Model>(*planted(30, 0.2));
  ConvLayer& layer = model->layers[0];
  std::ranges::fill(layer.filter, 0.0F);
  for (std::size_t c = 0; c < 3; ++c) layer.filter[c * 49 + 24] = 1;
  TuningRequest request;
  request.units = {parse_unit("conv2d0:0:pre", *model)};
  request.side = 32;
  request.stimuli = parse_stimuli(StimulusKind::line, {{"x", "-3:3:1"}, {"width", "1"}, {"length", "1"}});
  const Tuning tuning = measure_tuning(model, request);
  EXPECT_EQ(tuning.peak(0).value().stimulus, 3U);
  EXPECT_NEAR(tuning.responses[0][3] - tuning.responses[0][0], 3 * 255 * 0.5, 1e-3);
  EXPECT_EQ(tuning.responses[0][2], tuning.responses[0][4]);
}

class ProbeProgram : public ::testing::Test {
 protected:
  void SetUp() override { write_model(*planted(67, 0.25), folder_ / "weights.h5"); }

  ProgramResult run(Words words) {
    words.insert(words.begin(), {"probe"});
    words.insert(words.end(), {"--weights", "weights.h5"});
    return run_program(words, folder_.path());
  }

  TemporaryFolder folder_;
};

TEST_F(ProbeProgram, WritesCurvesAsPicturesAndNumbers) {
  const Words asked = {
      "conv2d0:0:pre", "conv2d0:1", "gratings", "--orientation", "0:180:5", "--frequency", "0.25",
      "--size",        "32",        "-o",       "t.svg",         "-o",      "t.json",      "-o",
      "t.csv",         "-o",        "t.h5"};
  const ProgramResult result = run(asked);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("conv2d0:0:pre"), std::string::npos) << result.out;
  EXPECT_EQ(listing(folder_.path()), (Words{"t.csv", "t.h5", "t.json", "t.svg", "weights.h5"}));

  const auto json = nlohmann::json::parse(read_text(folder_ / "t.json"));
  EXPECT_EQ(json.at("stimulus"), "grating");
  EXPECT_EQ(json.at("parameters").at("frequency"), 0.25);
  EXPECT_FALSE(json.at("parameters").contains("radius"));
  const auto& unit = json.at("units").at(0);
  EXPECT_EQ(unit.at("unit"), "conv2d0:0:pre");
  ASSERT_EQ(unit.at("responses").size(), 37U);
  EXPECT_NEAR(unit.at("peak").at("orientation").get<double>(), 67, 2);

  const std::string csv = read_text(folder_ / "t.csv");
  EXPECT_TRUE(csv.starts_with("orientation,conv2d0:0:pre,conv2d0:1\n0,")) << csv.substr(0, 80);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 38);

  const std::string svg = read_text(folder_ / "t.svg");
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  for (const char* said :
       {">conv2d0:0:pre</text>", "<desc>Software: limpid ", "--orientation 0:180:5", "<polyline "})
    EXPECT_NE(svg.find(said), std::string::npos) << said;
  Words quiet = asked;
  quiet.emplace_back("--quiet");
  const ProgramResult again = run(quiet);
  EXPECT_EQ(again.out + again.err, "");
  EXPECT_EQ(read_text(folder_ / "t.svg"), svg);
  // The sweep that is given first is the axis.
  ASSERT_EQ(run({"conv2d0:0", "gratings", "--frequency", "0.1:0.3:0.1", "--orientation", "0:90:45", "--size",
                 "32", "-o", "two.csv"})
                .exit_code,
            0);
  EXPECT_TRUE(read_text(folder_ / "two.csv").starts_with("frequency,orientation,conv2d0:0\n0.1,0,"));
}

TEST_F(ProbeProgram, RefusesInOneLine) {
  struct Refused {
    Words words;
    Words said;
  };
  const std::vector<Refused> all = {
      {{"conv2d0:0"}, {"a stimulus last"}},
      {{"conv2d0:0", "squares", "--orientation", "0:90:5"}, {"'squares' is no stimulus", "line, curve"}},
      {{"conv2d0:0", "curves"}, {"nothing is swept", "--orientation 0:360:5"}},
      {{"conv2d0", "curves", "--orientation", "0:90:5"}, {"no channel of a layer"}},
      {{"conv2d0:99", "curves", "--orientation", "0:90:5"}, {"99"}},
      {{"conv2d0:0@999,0", "curves", "--orientation", "0:90:5"}, {"outside its map"}},
      {{"conv2d0:0", "curves", "--frequency", "0.1:0.2:0.01"}, {"--frequency is nothing that a curve has"}},
      {{"conv2d0:0", "curves", "--radius", "8:4:1"}, {"--radius 8:4:1"}},
      {{"conv2d0:0", "curves", "--radius", "8:64"}, {"START:END:STEP"}},
      {{"conv2d0:0", "curves", "--radius", "8:64:0"}, {"STEP above 0"}},
      {{"conv2d0:0", "curves", "--radius", "8:64:nan"}, {"STEP above 0"}},
      {{"conv2d0:0", "curves", "--radius", "big"}, {"'big' is no number"}},
      {{"conv2d0:0", "curves", "--radius=-1:5:1"}, {"--radius -1 is out of range"}},
      {{"conv2d0:0", "curves", "--radius", "0:8000:0.001"}, {"more than 20000"}},
      {{"conv2d0:0", "curves", "--radius", "1:1000:1", "--width", "1:1000:1"}, {"1000000 stimuli"}},
      {{"conv2d0:0", "curves", "--radius", "1:3:1", "--width", "1:3:1", "--x", "1:3:1"},
       {"3 parameters are swept"}},
      {{"conv2d0:0", "curves", "--radius", "1:3:1", "--size", "9999"}, {"9999"}},
      {{"conv2d0:0", "curves", "--radius", "1:3:1", "--size", "0"}, {"0 pixels"}},
      {{"conv2d0:0", "curves", "--radius", "1:3:1", "--size=-5"}, {"-5 pixels"}},
      {{"conv2d0:0", "curves", "--orientation", "0:360:360"}, {"one value", "360 is 0 again"}},
      {{"mixed5b:0", "curves", "--radius", "1:3:1", "--size", "8"}, {"too small"}},
      {{"conv2d0:0", "curves", "--radius", "1:3:1", "-o", "t.txt"}, {"t.txt", ".svg, .json or .csv"}},
      {{"conv2d0:0", "curves", "--radius", "1:3:1", "-o", "no/t.svg"}, {"no/t.svg"}},
  };
  const Words before = listing(folder_.path());
  for (const Refused& refused : all) {
    expect_refusal(run(refused.words), refused.said);
    EXPECT_EQ(listing(folder_.path()), before);
  }
}

}  // namespace
}  // namespace limpid::testing
