// `limpid facets`, `limpid tour` and indexes of procedural pictures, from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/examples/k_means.h"
#include "engine/objective/objective_data.h"
#include "engine/pictures/image_file.h"
#include "engine/session/queries.h"
#include "tests/dataset/index_support.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/dataset/facets.h"
#include "tools/dataset/unit_histogram.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Json = nlohmann::json;

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(Json::parse(line));
  return all;
}

double value_of(const Json& value) {
  return value.get<double>();
}

/// An index of 60 drawn pictures.
class Drawn : public ::testing::Test {
 protected:
  Drawn() {
    Model model = narrow_model("bvlc_googlenet");
    // The first channel of mixed3a, which no picture activates.
    const auto first = std::ranges::find(model.layers, "mixed3a_1x1", &ConvLayer::name);
    first->bias[0] = -1e6F;
    write_model(model, folder_ / "weights.h5");
    const ProgramResult built = run({"examples", "build", "--procedural", "60", "--seed", "3", "-o", "a",
                                     "--size", "40", "--layers", "conv2d0,mixed3a"});
    EXPECT_EQ(built.exit_code, 0) << built.err;
    EXPECT_EQ(built.out, "60 pictures: a.limpidx\n");
  }

  ProgramResult run(const Words& words) const {
    return run_program(words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}});
  }

  /// How many pictures activate a unit.
  std::size_t active(const std::string& unit) const {
    auto listed =
        json_lines(run({"examples", "show", "a", unit, "--bands", "max", "--by", "max", "-k", "60"}).out);
    return listed.size() - static_cast<std::size_t>(std::erase_if(
                               listed, [](const Json& line) { return value_of(line.at("value")) <= 0; }));
  }

  /// A unit that many pictures activate.
  std::string active_unit() const {
    for (int channel = 0; channel < 8; ++channel) {
      const std::string unit = fmt::format("mixed3a:{}", channel);
      if (active(unit) >= 12) return unit;
    }
    throw std::runtime_error("no unit is active");
  }

  void expect_refused(const Words& words, const std::string& part) const {
    const Words before = listing(folder_.path());
    expect_refusal(run(words), {part});
    EXPECT_EQ(listing(folder_.path()), before);
  }

  static constexpr const char* kDead = "mixed3a:0";

  const TemporaryFolder folder_;
};

TEST_F(Drawn, AnIndexIsTheSameHoweverItIsBuilt) {
  const Words same = {"--procedural", "60", "--seed", "3", "--size", "40", "--layers", "conv2d0,mixed3a"};
  const auto build = [&](const std::string& name, Words more) {
    Words words = {"examples", "build", "-o", name};
    words.insert(words.end(), same.begin(), same.end());
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(run(words).exit_code, 0);
  };
  build("b", {"--batch", "7", "--threads", "1"});
  build("s1", {"--shard", "1/2"});
  build("s2", {"--shard", "2/2"});
  ASSERT_EQ(run({"examples", "merge", "s2", "s1", "-o", "m"}).exit_code, 0);
  const std::string units = read_text(folder_ / "a.limpidx/units.h5");
  EXPECT_EQ(read_text(folder_ / "b.limpidx/units.h5"), units);
  EXPECT_EQ(read_text(folder_ / "m.limpidx/units.h5"), units);
  // From another folder, pictures have the same names; more of them are added to those that are there.
  ASSERT_EQ(run({"examples", "build", "--procedural", "70", "--seed", "3", "--size", "40", "--layers",
                 "conv2d0,mixed3a", "-o", "b", "--resume"})
                .out,
            "70 pictures, 10 of them new: b.limpidx\n");
}

TEST_F(Drawn, ConceptsAreCountedAgainstTheTruth) {
  const std::string unit = active_unit();
  const auto counts =
      json_lines(run({"examples", "show", "a", unit, "--concepts", "--by", "max", "-k", "20", "--json"}).out);
  std::size_t pictures = 0;
  for (const Json& count : counts) {
    pictures += count.at("pictures").get<std::size_t>();
    EXPECT_LE(count.at("on_it"), count.at("pictures"));
    EXPECT_LE(count.at("pictures"), count.at("of"));
  }
  EXPECT_EQ(pictures, 20U);
  const auto listed =
      json_lines(run({"examples", "show", "a", unit, "--bands", "max", "--by", "max", "-k", "20"}).out);
  const std::string first = counts.at(0).at("concept").get<std::string>() + "/";
  const auto of_first = std::count_if(listed.begin(), listed.end(), [&](const Json& line) {
    return line.at("file") == "procedural:2:3" && line.at("member").get<std::string>().starts_with(first);
  });
  EXPECT_EQ(counts.at(0).at("pictures"), of_first);
  const std::string table = run({"examples", "show", "a", unit, "--concepts", "--by", "max", "-k", "20"}).out;
  EXPECT_TRUE(table.starts_with("concept ")) << table;
  EXPECT_EQ(std::ranges::count(table, '\n'), static_cast<std::ptrdiff_t>(counts.size()) + 1) << table;

  const ProgramResult sheet = run(
      {"examples", "show", "a", unit, "-k", "4", "--tile", "32", "--overlay", "--histogram", "-o", "s.png"});
  EXPECT_EQ(sheet.exit_code, 0) << sheet.err;
  EXPECT_GE(read_image(folder_ / "s.png").height, 5 * 32);
  expect_refused({"examples", "show", "a", unit, "--overlay"}, "name one with -o");
  expect_refused({"examples", "show", "a", unit, "--overlay", "--crop", "field", "-o", "x.png"},
                 "leave out --crop");
  expect_refused({"examples", "build", "-o", "x"}, "nothing to look at");
  expect_refused({"examples", "build", "s.png", "--seed", "2", "-o", "x"}, "--procedural");
}

TEST_F(Drawn, ConceptsMayBeOfNoneOfTheFirst) {
  const Words size = {"--size", "40", "--layers", "mixed3a"};
  fs::create_directory(folder_ / "photos");
  write_image(folder_ / "photos/0.png", noise_picture(0), {});
  Words words = {"examples", "build", "photos", "-o", "photo"};
  words.insert(words.end(), size.begin(), size.end());
  ASSERT_EQ(run(words).exit_code, 0);
  expect_refused({"examples", "show", "photo", "mixed3a:1", "--concepts"}, "concepts are known");
  words = {"examples", "build", "photos", "--procedural", "1", "-o", "both"};
  words.insert(words.end(), size.begin(), size.end());
  ASSERT_EQ(run(words).exit_code, 0);
  // Of two pictures the photo is some unit's first.
  int none = 0;
  for (int channel = 1; channel < 8; ++channel) {
    const ProgramResult shown =
        run({"examples", "show", "both", fmt::format("mixed3a:{}", channel), "--concepts", "-k", "1"});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    if (!shown.out.empty()) continue;
    ++none;
    EXPECT_NE(shown.err.find("none of the 1 pictures that come first was drawn"), std::string::npos)
        << shown.err;
  }
  EXPECT_GE(none, 1);
}

TEST_F(Drawn, FacetsAreRenderedAndCanBeRenderedAgain) {
  const std::string unit = active_unit();
  const Words command = {"facets", unit,     "a",  "--clusters", "2",  "--among", "12", "-k",
                         "3",      "--tile", "32", "--size",     "32", "--steps", "3"};
  const auto made = [&](const std::string& output, const std::string& threads) {
    Words words = command;
    words.insert(words.end(), {"-o", output, "--threads", threads});
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(result.out.starts_with("facet 1: ")) << result.out;
    return listing(folder_ / output);
  };
  const Words files = made("f", "1");
  EXPECT_EQ(files, (Words{".limpid-facets", "facet-1.npy", "facet-1.png", "facet-2.npy", "facet-2.png",
                          "jobs.json", "sheet.png", "unit.png"}));
  const std::string sheet = read_text(folder_ / "f/sheet.png");
  EXPECT_EQ(made("f", "2"), files);
  EXPECT_EQ(read_text(folder_ / "f/sheet.png"), sheet);

  const Json jobs = Json::parse(read_text(folder_ / "f/jobs.json"));
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].at("objective"), unit);
  EXPECT_NE(jobs[2].at("objective").get<std::string>().find("dir(mixed3a, f/facet-2.npy, cossim=1)"),
            std::string::npos);
  ASSERT_EQ(run({"grid", "f/jobs.json", "-q", "--no-sheet", "-o", "g"}).exit_code, 0);
  ASSERT_EQ(run({"export", "g.limpid", "tiles"}).exit_code, 0);
  const Json tiles = Json::parse(read_text(folder_ / "tiles/tiles.json"));
  const Json& list = tiles.is_array() ? tiles : tiles.at("tiles");
  const Words own = {"unit.png", "facet-1.png", "facet-2.png"};
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Image again = read_image(folder_ / ("tiles/" + list.at(i).at("file").get<std::string>()));
    EXPECT_EQ(read_image(folder_ / ("f/" + own[i])).rgb, again.rgb) << own[i];
  }
}

TEST_F(Drawn, FacetsRefuseWhatHasNone) {
  const std::string unit = active_unit();
  expect_refused({"facets", kDead, "a", "-o", "f"},
                 "no picture of 'a.limpidx' activates " + std::string(kDead));
  expect_refused({"facets", unit, "a", "--among", "4", "--clusters", "5", "-o", "f"},
                 "--clusters 5: only 4 of");
  expect_refused({"facets", unit, "a", "--clusters", "1", "-o", "f"}, "--clusters");
  expect_refused({"facets", unit, "nowhere", "-o", "f"}, "'nowhere' is no index of examples");
  expect_refused({"facets", "mixed3a", "a", "-o", "f"}, "'mixed3a' is no unit");
  expect_refused({"facets", unit, "a", "-o", "a.limpidx"}, "holds other files");
  fs::create_directory(folder_ / "photos");
  for (unsigned i = 0; i < 4; ++i)
    write_image(folder_ / fmt::format("photos/{}.png", i), noise_picture(i), {});
  ASSERT_EQ(run({"examples", "build", "photos", "-o", "p", "--size", "40", "--layers", "conv2d0"}).exit_code,
            0);
  for (unsigned i = 1; i < 4; ++i) fs::remove(folder_ / fmt::format("photos/{}.png", i));
  const ProgramResult lost = run({"facets", "conv2d0:0", "p", "--clusters", "2", "-o", "f"});
  EXPECT_EQ(lost.exit_code, 2);
  EXPECT_NE(lost.err.find("--clusters 2: of the 4 pictures that activate conv2d0:0 most, 1 can be read"),
            std::string::npos)
      << lost.err;
  EXPECT_FALSE(fs::exists(folder_ / "f"));
  Model other = narrow_model("bvlc_googlenet");
  other.layers[0].bias[0] += 1;
  write_model(other, folder_ / "other.h5");
  expect_refused({"facets", unit, "a", "-o", "f", "-w", "other.h5"},
                 "'a.limpidx' is of other weights than 'other.h5'");
  expect_refused({"tour", "a", "-o", "f", "-w", "other.h5"},
                 "'a.limpidx' is of other weights than 'other.h5'");
  fs::create_directory(folder_ / "empty.limpidx");
  expect_refused({"facets", unit, "empty", "-o", "f"}, "empty.limpidx");
  expect_refused({"tour", "empty", "-o", "f"}, "'empty.limpidx' is no index");
}

/// Without what is inside of stores.
Words outside_stores(Words names) {
  std::erase_if(names, [](const std::string& name) { return name.find('/') != name.npos; });
  return names;
}

TEST_F(Drawn, ATourHasFiveSheetsAndGoesOn) {
  const Words command = {"tour",   "a",  "-o",     "t",  "--units", "2", "-k", "2",
                         "--tile", "32", "--size", "32", "--steps", "2", "-q"};
  const ProgramResult made = run(command);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  Words expected;
  for (const char* name : {"edges", "objects", "parts", "patterns", "textures"}) {
    expected.push_back(std::string(name) + ".limpid");
    expected.push_back(std::string(name) + ".png");
  }
  EXPECT_EQ(outside_stores(listing(folder_ / "t")), expected);
  // A render and its examples in a row, of a layer that the index has.
  EXPECT_GE(read_image(folder_ / "t/textures.png").width, 3 * 32);
  const std::string sheet = read_text(folder_ / "t/objects.png");
  fs::remove_all(folder_ / "t/objects.limpid");
  fs::remove(folder_ / "t/objects.png");
  const auto kept = fs::last_write_time(folder_ / "t/edges.limpid/manifest.json");
  ASSERT_EQ(run(command).exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "t/objects.png"), sheet);
  EXPECT_EQ(fs::last_write_time(folder_ / "t/edges.limpid/manifest.json"), kept);
  // Nothing is left of one that has not begun; what is there already stays.
  expect_refused({"tour", "-o", "v", "--units", "2", "--size", "32", "--steps", "1", "--init", "nothing.png"},
                 "nothing");
  // Without an index too.
  EXPECT_EQ(run({"tour", "-o", "u", "--units", "2", "--size", "32", "--steps", "1", "-q"}).exit_code, 0);
  EXPECT_EQ(outside_stores(listing(folder_ / "u")), expected);
}

TEST(Facets, DirectionsPointAwayFromTheMean) {
  const std::vector<std::vector<float>> vectors = {
      {5, 1, 0}, {5, 1.2F, 0.1F}, {4, 0, 1}, {6, 0.1F, 1.5F}, {5, 1.1F, 0}};
  const std::vector<Facet> facets = facets_of(vectors, 2, 0);
  EXPECT_EQ(facets[0].members, (std::vector<std::size_t>{0, 1, 4}));
  EXPECT_EQ(facets[1].members, (std::vector<std::size_t>{2, 3}));
  // Of two the directions are opposite, and what all have in common is in neither.
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(facets[0].direction[c], -facets[1].direction[c], 1e-6F);
  EXPECT_LT(std::abs(facets[0].direction[0]), 0.1F);
  EXPECT_GT(facets[0].direction[1], 0.5F);
  expect_error(ErrorKind::usage, {"--clusters 1"}, [&] { facets_of(vectors, 1, 0); });
  expect_error(ErrorKind::input, {"6 clusters of 5 different vectors"}, [&] { facets_of(vectors, 6, 0); });
}

TEST(Facets, BothTermsAreEquallyStrongAtTheStart) {
  const Model model = narrow_model("bvlc_googlenet");
  Image start{40, 40, std::vector<float>(4800)};
  for (std::size_t i = 0; i < start.rgb.size(); ++i)
    start.rgb[i] = 0.5F + 0.3F * std::sin(static_cast<float>(i * i % 97));
  std::vector<float> direction(static_cast<std::size_t>(activations(model, start, "mixed3a").channels), 0);
  direction[1] = 0.6F;
  direction[3] = -0.8F;
  const Objective both = facet_objective(model, "mixed3a", 2, direction, "v.npy", start, {});
  ASSERT_EQ(both.terms.size(), 2U);
  Objective unit = channel_objective("mixed3a", 2), facet(both.terms[1]);
  unit.terms[0].pre_relu = true;
  EXPECT_EQ(facet.terms[0].cosine_power, 1);
  facet.terms[0].cosine_power = 0;
  const auto norm = [&](const Objective& objective) {
    double squares = 0;
    for (const float value : input_gradient(model, start, objective).gradient)
      squares += double{value} * double{value};
    return std::sqrt(squares);
  };
  // The weight has three digits.
  EXPECT_NEAR(norm(facet) / norm(unit), 1, 0.006);
  std::fill(direction.begin(), direction.end(), 0.0F);
  expect_error(ErrorKind::input, {"no slope at the start", "--seed"},
               [&] { facet_objective(model, "mixed3a", 2, direction, "v.npy", start, {}); });
}

TEST(Histogram, CountsEachValueOnce) {
  EXPECT_EQ(histogram(std::vector<float>{0, 1, 2, 3, 4}, 4), (std::vector<std::size_t>{1, 1, 1, 2}));
  EXPECT_EQ(histogram(std::vector<float>{-2, -2, 2}, 2), (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(histogram(std::vector<float>{7, 7}, 3), (std::vector<std::size_t>{2, 0, 0}));
  EXPECT_EQ(histogram({}, 2), (std::vector<std::size_t>{0, 0}));
  // A band's stroke lies below the bars, over its values alone.
  const std::vector<float> values = {0, 1, 2, 3};
  const Rgb8 with = histogram_picture(values, {{{3, 3, 0}, {2, 2, 0}}}, 64);
  const Rgb8 without = histogram_picture(values, {{}}, 64);
  int changed = 0, left = 64;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      if (std::equal(with.row(y) + 3 * x, with.row(y) + 3 * x + 3, without.row(y) + 3 * x)) continue;
      ++changed;
      left = std::min(left, x);
      EXPECT_GT(y, 56);
    }
  }
  EXPECT_EQ(changed, 64 - left);
  EXPECT_EQ(left, 42);  // 2 of 0..3, of 63 columns.
}

TEST(Facets, WeakIsBelowHalfOfWhatTheUnitComesToAlone) {
  EXPECT_FALSE(leaves_unit_weak(2, 4));
  EXPECT_TRUE(leaves_unit_weak(1.99, 4));
  EXPECT_TRUE(leaves_unit_weak(std::nan(""), 4));
  // Half of what is below zero would be more.
  EXPECT_FALSE(leaves_unit_weak(-3, -4));
  EXPECT_FALSE(leaves_unit_weak(-5, -4));
  EXPECT_FALSE(leaves_unit_weak(-1, 0));
}

}  // namespace
}  // namespace limpid::testing
