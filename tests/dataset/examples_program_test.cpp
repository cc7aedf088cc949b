// `limpid examples` from outside: what it prints and writes, and one line for everything that can be wrong.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/pictures/image_file.h"
#include "engine/pictures/png.h"
#include "tests/dataset/index_support.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Json = nlohmann::json;

class Examples : public ::testing::Test {
 protected:
  Examples() {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    paths_ = write_pictures(folder_ / "photos");
  }

  ProgramResult run(Words words, Surroundings surroundings = {}) const {
    words.insert(words.begin(), "examples");
    surroundings.environment = {{"LIMPID_WEIGHTS", "weights.h5"}};
    return run_program(words, folder_.path(), surroundings);
  }

  /// An index of all photos.
  void build(Words more = {}) const {
    Words words = {"build", "photos", "-o", "a", "--size", "40", "--layers", "conv2d0,mixed3a"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }

  std::vector<Json> lines(const std::string& text) const {
    std::vector<Json> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) all.push_back(Json::parse(line));
    return all;
  }

  void expect_refused(const Words& words, const Words& parts) const {
    const Words before = listing(folder_.path());
    const ProgramResult result = run(words);
    SCOPED_TRACE(result.err);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
    EXPECT_TRUE(result.err.starts_with("limpid examples"));
    for (const std::string& part : parts) EXPECT_NE(result.err.find(part), std::string::npos) << part;
    EXPECT_EQ(listing(folder_.path()), before);
  }

  const TemporaryFolder folder_;
  Words paths_;
};

TEST_F(Examples, AreBuiltListedAndShown) {
  const ProgramResult built =
      run({"build", "photos", "-o", "a", "--size", "40", "--layers", "conv2d0,mixed3a"});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  EXPECT_EQ(built.out, "17 pictures: a.limpidx\n");
  EXPECT_EQ(listing(folder_ / "a.limpidx"), (Words{"lock", "manifest.json", "units.h5"}));

  const ProgramResult listed =
      run({"show", "a.limpidx", "inception_3a/output:3", "--bands", "max,min", "-k", "4"});
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  const std::vector<Json> found = lines(listed.out);
  ASSERT_EQ(found.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(found[i]["band"], i < 4 ? "max" : "min");
    EXPECT_TRUE(fs::exists(folder_ / found[i]["file"].get<std::string>())) << found[i];
    if (i % 4 == 0) continue;
    const double value = found[i]["value"], before = found[i - 1]["value"];
    EXPECT_TRUE(i < 4 ? value <= before : value >= before) << value << " follows " << before;
  }

  const ProgramResult sheet = run(
      {"show", "a.limpidx", "mixed3a:3", "-k", "4", "--tile", "32", "-o", "sheet.png", "--crop", "field"});
  EXPECT_EQ(sheet.exit_code, 0) << sheet.err;
  EXPECT_EQ(sheet.out, "sheet.png\n");
  const Image image = read_image(folder_ / "sheet.png");
  EXPECT_GE(image.width, 4 * 32);
  EXPECT_GE(image.height, 4 * 32);
}

TEST_F(Examples, AnIndexOfAllLayersHasThem) {
  const ProgramResult built = run({"build", "photos", "-o", "all", "--size", "64", "--json", "-q"});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  const Json done = lines(built.out).back();
  EXPECT_EQ(done["event"], "done");
  EXPECT_EQ(done["pictures"], 17);
  for (const char* unit : {"conv2d0:0", "conv2d2:1", "mixed3a:0", "mixed5b:7"})
    EXPECT_EQ(lines(run({"show", "all", unit, "--bands", "max", "-k", "2"}).out).size(), 2U) << unit;
}

/// Of a 5 x 5 map, all of it: fifteenths of its largest value.
std::string expected_cells(const Model& model, const fs::path& file, int channel) {
  const Image shown = fit_to_network(read_image(file), kIndexSide);
  const Activations found = activations(model, shown, "mixed3a", false, {"cpu", Precision::fp32, 1});
  EXPECT_EQ(found.height * found.width, 25);
  const auto map = found.values.begin() + std::ptrdiff_t{25} * channel;
  const float most = *std::max_element(map, map + 25);
  std::string text;
  for (int i = 0; i < 25; ++i) text += fmt::format("{:x}", most > 0 ? std::lround(15 * map[i] / most) : 0);
  return text;
}

TEST_F(Examples, AGalleryShowsWhereUnitsAreActive) {
  build();
  const auto limpid = [&](const Words& words) {
    return run_program(words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}});
  };
  const Words grid = {"grid", "mixed3a:0-1", "--size", "32", "--steps", "1", "-q", "--no-sheet", "-o", "g"};
  ASSERT_EQ(limpid(grid).exit_code, 0);
  EXPECT_EQ(limpid({"gallery", "g.limpid", "--overlay", "-o", "site"}).exit_code, 2);
  // Of the network that looks again.
  for (const auto& [option, value] : {std::pair{"--weights", "weights.h5"},
                                      {"--device", "cpu"},
                                      {"--precision", "fp32"},
                                      {"--threads", "1"}}) {
    const ProgramResult refused =
        limpid({"gallery", "g.limpid", "--examples", "a", option, value, "-o", "site"});
    EXPECT_EQ(refused.exit_code, 2) << option;
    EXPECT_NE(refused.err.find(fmt::format("{} requires --overlay", option)), std::string::npos)
        << refused.err;
  }
  ASSERT_EQ(limpid({"gallery", "g.limpid", "--examples", "a", "--overlay", "-o", "site"}).exit_code, 0);
  const std::string script = read_text(folder_ / "site/data.js");
  const Json data = Json::parse(script.substr(script.find('{'), script.rfind('}') + 1 - script.find('{')));
  const Model model = read_model(folder_ / "weights.h5");
  for (const Json& picture : data.at("pictures")) {
    EXPECT_EQ(picture.at("cells"), (Json{5, 5}));
    const auto listed = lines(run({"show", "a", picture.at("key"), "--bands", "max"}).out);
    const Json& maps = picture.at("bands")[0].at("maps");
    ASSERT_EQ(maps.size(), listed.size());
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const std::string file = listed[i].at("file");
      EXPECT_EQ(maps[i], expected_cells(model, folder_ / file, picture.at("channel"))) << file;
    }
    // Its 17 pictures: the fullest of 64 bins is 255 high, and the least and the largest value have one.
    const std::string bins = picture.at("histogram")[2];
    EXPECT_EQ(bins.size(), 2U * 64);
    EXPECT_NE(bins.find("ff"), bins.npos);
    EXPECT_NE(bins.substr(0, 2), "00");
    EXPECT_NE(bins.substr(126), "00");
    EXPECT_EQ(picture.at("histogram")[1], listed.front().at("value"));
  }
}

TEST_F(Examples, AGalleryShowsThemBesideItsPictures) {
  build();
  const auto limpid = [&](const Words& words) {
    return run_program(words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}});
  };
  ASSERT_EQ(limpid({"grid", "mixed3a:0-2", "mixed3b:0", "--size", "32", "--steps", "2", "-q", "--no-sheet",
                    "-o", "g"})
                .exit_code,
            0);
  const ProgramResult made = limpid({"gallery", "g.limpid", "--examples", "a.limpidx", "-o", "site"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.err, "limpid gallery: 'a.limpidx' has no mixed3b: pictures of it have no examples\n");
  EXPECT_TRUE(fs::exists(folder_ / "site/sheets/examples-0.jpg"));
  const std::string script = read_text(folder_ / "site/data.js");
  const Json data = Json::parse(script.substr(script.find('{'), script.rfind('}') + 1 - script.find('{')));
  for (const Json& picture : data.at("pictures")) {
    EXPECT_EQ(picture.contains("bands"), picture.at("layer") == "mixed3a") << picture.at("key");
    if (picture.at("layer") != "mixed3a") continue;
    const auto listed = lines(run({"show", "a", picture.at("key"), "--bands", "max"}).out);
    std::vector<double> values;
    for (const Json& line : listed) values.push_back(line.at("value"));
    EXPECT_EQ(picture.at("bands")[0].at("name"), "maximum");
    EXPECT_EQ(picture.at("bands")[0].at("values"), Json(values)) << picture.at("key");
  }

  const auto refused = [&](const std::string& store, const std::string& index, const std::string& part) {
    const ProgramResult result = limpid({"gallery", store, "--examples", index, "-o", "other"});
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder_ / "other"));
  };
  const Words small = {"build", "photos", "-o", "small", "--size", "40", "--layers", "conv2d0", "-q"};
  ASSERT_EQ(run(small).exit_code, 0);
  refused("g.limpid", "small.limpidx", "'small.limpidx' has no mixed3a, no mixed3b; it has conv2d0");
  refused("a.limpidx", "a.limpidx", "'a.limpidx' is an index of examples, not a store");

  Model other = narrow_model("bvlc_googlenet");
  other.layers[0].bias[0] += 1;
  write_model(other, folder_ / "weights.h5");
  ASSERT_EQ(run({"build", "photos", "-o", "b", "--size", "40", "--layers", "mixed3a", "-q"}).exit_code, 0);
  refused("g.limpid", "b.limpidx", "'b.limpidx' is of other weights");
}

TEST_F(Examples, DiverseOnesAreStartsOfRenders) {
  build();
  const auto limpid = [&](const Words& words) {
    return run_program(words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}});
  };
  // The unit that most pictures activate.
  std::string unit;
  std::vector<Json> best;
  for (int channel = 0; channel < 8; ++channel) {
    const std::string name = fmt::format("mixed3a:{}", channel);
    auto listed = lines(run({"show", "a", name, "--bands", "max", "--by", "max", "-k", "20"}).out);
    std::erase_if(listed, [](const Json& line) { return line.at("value") <= 0; });
    if (listed.size() > best.size()) {
      best = listed;
      unit = name;
    }
  }
  ASSERT_GE(best.size(), 4U);
  const ProgramResult made = limpid({"starts", unit, "a.limpidx", "-k", "3", "-o", "starts"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_TRUE(made.out.ends_with("  limpid grid starts/jobs.json\n")) << made.out;
  EXPECT_EQ(listing(folder_ / "starts"),
            (Words{".limpid-starts", "jobs.json", "start-1.png", "start-2.png", "start-3.png"}));
  // The first is the best one, as the network sees it.
  const Image seen = fit_to_network(read_image(folder_ / best[0].at("file").get<std::string>()), 40);
  const Image first = read_image(folder_ / "starts/start-1.png");
  for (std::size_t i = 0; i < seen.rgb.size(); ++i)
    ASSERT_NEAR(first.rgb[i], seen.rgb[i], 0.5F / 255 + 1e-6F);
  const Json jobs = Json::parse(read_text(folder_ / "starts/jobs.json"));
  ASSERT_EQ(jobs.size(), 6U);
  EXPECT_EQ(jobs[1], (Json{{"objective", unit}, {"size", 40}, {"init", "starts/start-2.png"}}));
  EXPECT_EQ(jobs[4],
            (Json{{"objective", unit}, {"size", 40}, {"init", "starts/start-2.png"}, {"transforms", false}}));
  const ProgramResult rendered =
      limpid({"grid", "starts/jobs.json", "--steps", "2", "-q", "--no-sheet", "-o", "g"});
  EXPECT_EQ(rendered.exit_code, 0) << rendered.err;

  const auto refused = [&](const Words& words, const std::string& part) {
    const Words before = listing(folder_.path());
    expect_refusal(limpid(words), {part});
    EXPECT_EQ(listing(folder_.path()), before);
  };
  Model other = narrow_model("bvlc_googlenet");
  other.layers[0].bias[0] += 1;
  write_model(other, folder_ / "other.h5");
  refused({"starts", unit, "a", "-o", "b", "-w", "other.h5"},
          "'a.limpidx' is of other weights than 'other.h5'");
  // A grid would use others by itself.
  const ProgramResult elsewhere = run_program({"starts", unit, "a", "-o", "again"}, folder_.path(),
                                              {.environment = {{"LIMPID_WEIGHTS", "other.h5"}}});
  EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.err;
  EXPECT_TRUE(elsewhere.out.ends_with("  limpid grid again/jobs.json -w weights.h5\n")) << elsewhere.out;
  refused({"starts", unit, "a", "-o", "photos"}, "photos");
  refused({"starts", "mixed3a", "a", "-o", "b"}, "'mixed3a' is no unit");
  fs::remove_all(folder_ / "photos");
  const ProgramResult gone = limpid({"starts", unit, "a", "-o", "b"});
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_NE(gone.err.find("none of the pictures"), std::string::npos) << gone.err;
  EXPECT_FALSE(fs::exists(folder_ / "b"));
}

TEST_F(Examples, ShardsAreMerged) {
  build();
  for (const std::string shard : {"1", "2", "3"}) {
    const ProgramResult result = run({"build", "photos", "-o", "s" + shard, "--size", "40", "--layers",
                                      "conv2d0,mixed3a", "--shard", shard + "/3", "-q"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  const ProgramResult merged = run({"merge", "s3.limpidx", "s1.limpidx", "s2.limpidx", "-o", "merged"});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(merged.out, "17 pictures: merged.limpidx\n");
  EXPECT_EQ(read_text(folder_ / "merged.limpidx/units.h5"), read_text(folder_ / "a.limpidx/units.h5"));
}

TEST_F(Examples, BadFilesAreNamedAndStrictEnds) {
  write_text(folder_ / "photos/bad.png", "no picture");
  const Words words = {"build", "photos", "-o", "a", "--size", "40", "--layers", "conv2d0"};
  Words strict = words;
  strict.push_back("--strict");
  const ProgramResult ended = run(strict);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_NE(ended.err.find("photos/bad.png"), std::string::npos) << ended.err;
  fs::remove_all(folder_ / "a.limpidx");
  const ProgramResult passed = run(words);
  EXPECT_EQ(passed.exit_code, 0) << passed.err;
  EXPECT_EQ(passed.out, "17 pictures, 1 passed over: a.limpidx\n");
  EXPECT_NE(passed.err.find("'photos/bad.png' is no picture"), std::string::npos) << passed.err;
}

TEST_F(Examples, AStoppedBuildSaysHowToGoOn) {
  // A list that takes a while: one picture in files of different bytes.
  constexpr int count = 800;
  const Image gray{64, 64, std::vector<float>(12288, 0.5F)};
  std::string list;
  for (int i = 0; i < count; ++i) {
    write_text(folder_ / fmt::format("{}.png", i), encode_png(gray, {{"Comment", std::to_string(i)}}));
    list += fmt::format("{}.png\n", i);
  }
  write_text(folder_ / "list.txt", list);
  const Words words = {"build", "list.txt", "-o", "b", "--size", "96", "--layers", "mixed5b", "--json"};
  const auto interrupt = [](pid_t child, const std::function<std::string()>& output) {
    for (int i = 0; i < 3000 && output().find("\"pictures\"") == std::string::npos; ++i) ::usleep(1000);
    ::kill(child, SIGINT);
  };
  const ProgramResult stopped = run(words, {.meanwhile = interrupt});
  if (stopped.exit_code == 0) GTEST_SKIP() << "it was done before it could be stopped";
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_EQ(lines(stopped.out).back()["event"], "stopped");
  Words again = words;
  again.push_back("--resume");
  const ProgramResult resumed = run(again);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(lines(resumed.out).back()["pictures"], count);
  EXPECT_LT(lines(resumed.out).back()["looked_at"], count);
}

TEST_F(Examples, BadSourcesAreRefusedInOneLine) {
  fs::create_directory(folder_ / "empty");
  fs::create_directory(folder_ / "words");
  write_text(folder_ / "words/a.txt", "words");
  write_text(folder_ / "none.txt", "\n\n");
  write_text(folder_ / "gone.txt", "\nnowhere.png\n");
  write_text(folder_ / "noise.tar", std::string(2000, 'x'));
  write_text(folder_ / "words.tar", tar_of({{"a.txt", "words"}}));
  write_text(folder_ / "cut.tar", tar_of({{"a.png", std::string(5000, 'x')}}).substr(0, 3000));
  write_text(folder_ / "a.md", "what");
  write_text(folder_ / "bad.png", "no picture");
  const auto refused = [&](const std::string& source, const Words& parts) {
    SCOPED_TRACE(source);
    expect_refused({"build", source, "-o", "a", "--layers", "conv2d0", "--size", "40"}, parts);
  };
  refused("nowhere", {"there is no 'nowhere'"});
  refused("empty", {"no picture", "'empty'"});
  refused("words", {"no picture", "'words'"});
  refused("none.txt", {"'none.txt' names no picture"});
  refused("gone.txt", {"gone.txt: line 2: 'nowhere.png' does not exist"});
  refused("noise.tar", {"'noise.tar' is damaged, or no archive"});
  refused("words.tar", {"no picture", "'words.tar'"});
  refused("cut.tar", {"'cut.tar' is damaged"});
  refused("a.md", {"'a.md' is no folder"});
  refused("bad.png", {"'bad.png' is no picture"});
}

TEST_F(Examples, BadOptionsAreRefusedInOneLine) {
  build();
  fs::create_directory(folder_ / "none.limpidx");
  Model other = narrow_model("bvlc_googlenet");
  other.layers[0].bias[0] += 1;
  write_model(other, folder_ / "other.h5");
  const Words build = {"build", "photos", "-o", "a", "--size", "40", "--layers", "conv2d0,mixed3a"};
  const auto refused = [&](Words more, const Words& parts) {
    SCOPED_TRACE(more.front());
    Words words = build;
    words.insert(words.end(), more.begin(), more.end());
    expect_refused(words, parts);
  };
  refused({"--layers", "mixed9z"}, {"mixed9z"});
  refused({"--shard", "4/3"}, {"shard '4/3'"});
  refused({"--quiet"}, {"'a.limpidx' is there already", "--resume"});
  refused({"--resume", "-w", "other.h5"}, {"'a.limpidx' is of other work", "weights", "other.h5"});
  refused({"--resume", "--fit", "pad"}, {"fit: crop in 'a.limpidx', pad asked for"});
  expect_refused({"build", "photos", "-o", "b", "--size", "600"},
                 {"limpid examples build: ", "--size 600", "conv2d0"});
  expect_refused({"build", "photos"}, {"--output is required (see limpid examples build --help)"});
  expect_refused({"build", "photos", "--colour"}, {"limpid examples build: ", "unknown argument: --colour"});
  expect_refused({"bild", "photos"}, {"limpid examples: unknown command or option 'bild'"});
  expect_refused({"show", "a", "mixed3a"}, {"'mixed3a' is no unit"});
  expect_refused({"show", "a", "mixed3a:x"}, {"'mixed3a:x' is no unit"});
  expect_refused({"show", "a", "mixed3a:8"}, {"mixed3a has no channel 8", "0 to 7"});
  expect_refused({"show", "a", "mixed4a:1"}, {"no layer 'mixed4a'", "conv2d0, mixed3a"});
  expect_refused({"show", "a", "mixed3a:1", "--bands", "top"}, {"'top' is no band"});
  expect_refused({"show", "a", "mixed3a:1", "-o", "a.bmp"}, {".png"});
  expect_refused({"show", "nowhere", "mixed3a:1"}, {"'nowhere' is no index"});
  expect_refused({"show", "photos", "mixed3a:1"}, {"'photos' is no index"});
  expect_refused({"show", "none", "mixed3a:1"}, {"'none.limpidx' is no index"});
}

TEST_F(Examples, AUnitThatNothingActivatesIsSaidSo) {
  Model model = narrow_model("bvlc_googlenet");
  model.layers[0].bias[1] = -1e6F;
  write_model(model, folder_ / "weights.h5");
  build();
  const ProgramResult shown =
      run({"show", "a", "conv2d0:1", "--bands", "max,high", "-k", "3", "-o", "sheet.png"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(shown.err,
            "limpid examples show: no picture of the index activates conv2d0:1\n"
            "limpid examples show: slightly positive: no picture\n");
  const ProgramResult empty =
      run({"show", "a", "conv2d0:1", "--by", "max", "--bands", "high", "-o", "none.png"});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_NE(empty.err.find("no picture in these bands of conv2d0:1"), std::string::npos) << empty.err;
  EXPECT_FALSE(fs::exists(folder_ / "none.png"));
}

}  // namespace
}  // namespace limpid::testing
