// What the program does when all is well.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/limpid.hpp"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/image_file.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

using json = nlohmann::json;

const std::vector<std::string> kCommands = {"render",  "gradient", "activations", "classify", "layers",
                                            "inspect", "convert",  "plan",        "bench",    "grid",
                                            "sheet",   "gallery",  "tune"};

/// A folder with weights.h5 of two channels a convolution, so that every command is quick, and three
/// pictures.
class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    Model model = narrow_model("bvlc_googlenet");
    model.classes = {"one", "two", "three"};
    write_model(model, folder_ / "weights.h5");
    const std::filesystem::path fixtures = LIMPID_FIXTURES;
    for (const auto* name : {"cmyk.jpg", "gray8.png", "rgb16.png"}) {
      std::filesystem::copy_file(fixtures / name, folder_ / name);
    }
  }

  /// Runs with the narrow weights, expecting success and nothing but progress on standard error.
  std::string run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--weights", "weights.h5"});
    const ProgramResult result = run_program(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    err_ = result.err;
    return result.out;
  }

  std::vector<std::string> new_files() const {
    std::vector<std::string> names;
    for (const std::string& name : listing(folder_.path())) {
      const bool given =
          name == "weights.h5" || name == "cmyk.jpg" || name == "gray8.png" || name == "rgb16.png";
      if (!given) names.push_back(name);
    }
    return names;
  }

  TemporaryFolder folder_;
  std::string err_;
};

using Names = std::vector<std::string>;

TEST_F(Program, SaysItsVersion) {
  const ProgramResult result = run_program({"--version"}, folder_.path());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "limpid " + version() + "\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(Program, HelpNamesEveryCommandAndGivesExamples) {
  const ProgramResult help = run_program({"--help"}, folder_.path());
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("Example"), std::string::npos);
  for (const std::string& command : kCommands) {
    EXPECT_NE(help.out.find("\n  " + command + " "), std::string::npos) << command;
    const ProgramResult result = run_program({command, "--help"}, folder_.path());
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("\n  limpid " + command + " "), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(Program, RendersAPicture) {
  const std::string out = run({"render", "mixed3a:1", "--size", "33x48", "--steps", "3", "-o", "a.png"});
  EXPECT_NE(out.find("mixed3a:1 = "), std::string::npos) << out;
  EXPECT_NE(err_.find("step 3/3"), std::string::npos) << err_;
  EXPECT_EQ(new_files(), Names{"a.png"});
  const Image picture = read_image(folder_ / "a.png");
  EXPECT_EQ(picture.height, 33);
  EXPECT_EQ(picture.width, 48);
}

TEST_F(Program, KeepsSnapshotsAndNamesThePicture) {
  run({"render", "mixed3a:1:pre", "--negative", "--size", "32", "--steps", "4", "--thresholds", "3,1,4"});
  EXPECT_EQ(new_files(), (Names{"mixed3a-1-pre-negative-00001.png", "mixed3a-1-pre-negative-00003.png",
                                "mixed3a-1-pre-negative.png"}));
}

TEST_F(Program, TheSameSeedGivesTheSameBytes) {
  const auto bytes = [&](const char* seed, const char* threads) {
    run({"render", "mixed3a:1", "--size", "40", "--steps", "5", "--seed", seed, "--threads", threads, "-o",
         "s.png"});
    return read_text(folder_ / "s.png");
  };
  const std::string first = bytes("7", "1");
  EXPECT_EQ(bytes("7", "1"), first);
  EXPECT_EQ(bytes("7", "2"), first);
  EXPECT_NE(bytes("18446744073709551615", "1"), first);
}

TEST_F(Program, EveryOptionOfRenderIsTaken) {
  run({"render", "mixed3a:1", "--size", "32", "--steps", "2", "--param", "pixel", "--no-decorrelate",
       "--no-transforms", "--no-redirected-relu", "--learning-rate", "0.1", "--decay", "1.5", "-o", "a.jpg",
       "-q"});
  EXPECT_EQ(err_, "");
  EXPECT_EQ(read_image(folder_ / "a.jpg").height, 32);
}

TEST_F(Program, QuietRenderPrintsNothing) {
  EXPECT_EQ(run({"render", "mixed3a", "--size", "32", "--steps", "2", "--quiet"}), "");
  EXPECT_EQ(err_, "");
}

TEST_F(Program, JsonOfRender) {
  std::istringstream out(run(
      {"render", "mixed3a:1", "--size", "32", "--steps", "3", "--thresholds", "2", "--json", "-o", "j.png"}));
  EXPECT_EQ(err_, "");
  std::vector<json> events;
  for (std::string line; std::getline(out, line);) events.push_back(json::parse(line));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[1].at("event"), "step");
  EXPECT_EQ(events[1].at("step"), 2);
  const json& done = events[3];
  EXPECT_EQ(done.at("event"), "done");
  EXPECT_EQ(done.at("objective"), "mixed3a:1");
  EXPECT_TRUE(done.at("value").is_number());
  EXPECT_EQ(done.at("output"), "j.png");
  EXPECT_EQ(done.at("snapshots").at(0).at("file"), "j-00002.png");
  EXPECT_EQ(done.at("snapshots").at(1).at("step"), 3);
}

TEST_F(Program, GradientOfAPhoto) {
  run({"gradient", "rgb16.png", "mixed3a:1", "-o", "g.h5"});
  EXPECT_EQ(new_files(), Names{"g.h5"});
}

TEST_F(Program, ActivationsOnAPhoto) {
  const std::string out = run({"activations", "gray8.png", "mixed3a:pre"});
  EXPECT_NE(out.find("(8 x 28 x 28)"), std::string::npos) << out;
  EXPECT_EQ(new_files(), Names{"mixed3a-pre.h5"});
}

TEST_F(Program, ClassifiesPicturesOfEveryKind) {
  const std::string out = run({"classify", "cmyk.jpg", "gray8.png", "rgb16.png", "--top", "2"});
  for (const auto* name : {"cmyk.jpg\n", "gray8.png\n", "rgb16.png\n"})
    EXPECT_NE(out.find(name), std::string::npos);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 9);
}

TEST_F(Program, JsonOfClassify) {
  const json result = json::parse(run({"classify", "cmyk.jpg", "--json", "--top", "3"}));
  EXPECT_EQ(result.at("image"), "cmyk.jpg");
  double total = 0;
  double previous = 1;
  for (const json& row : result.at("top")) {
    const double probability = row.at("probability");
    EXPECT_LE(probability, previous);
    previous = probability;
    total += probability;
    EXPECT_EQ(row.at("label"), (Names{"one", "two", "three"}[row.at("class").get<std::size_t>()]));
  }
  EXPECT_NEAR(total, 1, 1e-5);
}

TEST_F(Program, ClassifyTakesOtherLabels) {
  write_text(folder_ / "labels.txt", "uno\ndos\ntres\n");
  const std::string out = run({"classify", "cmyk.jpg", "--labels", "labels.txt", "--top", "3"});
  for (const auto* label : {"uno", "dos", "tres"}) EXPECT_NE(out.find(label), std::string::npos) << out;
}

TEST_F(Program, ListsLayers) {
  const json layers = json::parse(run({"layers", "--size", "224x320", "--json"}));
  const auto mixed4a =
      std::find_if(layers.begin(), layers.end(), [](const json& row) { return row.at("name") == "mixed4a"; });
  ASSERT_NE(mixed4a, layers.end());
  EXPECT_EQ(mixed4a->at("alias"), "inception_4a/output");
  EXPECT_EQ(mixed4a->at("channels"), 8);
  EXPECT_EQ(mixed4a->at("height"), 14);
  EXPECT_EQ(mixed4a->at("width"), 20);
  const std::string table = run({"layers"});
  EXPECT_NE(table.find("\nmixed4a "), std::string::npos);
  EXPECT_NE(table.find("14 x 14"), std::string::npos);
}

TEST_F(Program, InspectsWeights) {
  const ProgramResult table = run_program({"inspect", "weights.h5"}, folder_.path());
  EXPECT_EQ(table.exit_code, 0);
  for (const auto* part :
       {"family      bvlc_googlenet", "source      narrow", "licence", "\nmixed5b_5x5 ", "2x3x7x7"}) {
    EXPECT_NE(table.out.find(part), std::string::npos) << part;
  }
  const ProgramResult result = run_program({"inspect", "weights.h5", "--json"}, folder_.path());
  const json object = json::parse(result.out);
  EXPECT_EQ(object.at("family"), "bvlc_googlenet");
  EXPECT_EQ(object.at("training"), "");
  EXPECT_EQ(object.at("layers").size(), 58U);
  EXPECT_EQ(object.at("layers").at(0).at("filter").at("shape"), json({2, 3, 7, 7}));
  EXPECT_EQ(object.at("labels").at(2), "three");
}

TEST_F(Program, ConvertsItsOwnFile) {
  const ProgramResult result = run_program({"convert", "weights.h5", "half.h5", "--half"}, folder_.path());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(std::filesystem::file_size(folder_ / "half.h5"),
            std::filesystem::file_size(folder_ / "weights.h5"));
  expect_equal(read_model(folder_ / "half.h5"), read_model(folder_ / "weights.h5"));
}

}  // namespace
}  // namespace limpid::testing
