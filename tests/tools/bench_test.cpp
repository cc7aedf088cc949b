// limpid bench, from outside: that it runs and what it writes. How fast is not for a test to say.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "engine/limpid.hpp"
#include "engine/objective/term_table.h"
#include "tests/tools/every_option.h"
#include "tests/tools/run_program.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

using json = nlohmann::json;

/// A folder with weights.h5 of two channels a convolution.
class BenchCommand : public ::testing::Test {
 protected:
  void SetUp() override { write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5"); }

  ProgramResult bench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), {"--weights", "weights.h5", "--device", "cpu", "--threads", "1",
                                       "--repeats", "1", "--seconds", "0.001"});
    return run_program(arguments, folder_.path());
  }

  TemporaryFolder folder_;
};

TEST_F(BenchCommand, WritesEveryCombination) {
  const ProgramResult result = bench({"--layers", "mixed3a:1,conv2d2", "--sizes", "32,32x48", "--batches",
                                      "1,2", "--precisions", "fp32", "--reach", "-1e30", "--json", "b.json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const json report = json::parse(read_text(folder_ / "b.json"));
  EXPECT_EQ(report.at("version"), version());
  EXPECT_EQ(report.at("device"), "cpu");
  EXPECT_TRUE(
      report.at("command").get<std::string>().starts_with("limpid bench --layers mixed3a:1,conv2d2 "));
  EXPECT_GT(report.at("cores").get<int>(), 0);
  EXPECT_EQ(report.at("ceilings").size(), 1U);
  EXPECT_GT(report.at("ceilings").at(0).at("bytes_per_second").get<double>(), 0);
  EXPECT_GT(report.at("ceilings").at(0).at("matrix_flop_per_second").get<double>(), 0);
  const json& results = report.at("results");
  ASSERT_EQ(results.size(), 8U);
  EXPECT_EQ(results.at(0).at("layer"), "mixed3a:1");
  EXPECT_EQ(results.at(0).at("size"), 32);
  EXPECT_EQ(results.at(7).at("layer"), "conv2d2");
  EXPECT_EQ(results.at(7).at("height"), 32);
  EXPECT_EQ(results.at(7).at("width"), 48);
  EXPECT_EQ(results.at(7).at("batch"), 2);
  for (const json& row : results) {
    EXPECT_EQ(row.at("precision"), "fp32");
    EXPECT_GT(row.at("image_steps_per_second").get<double>(), 0);
    EXPECT_LE(row.at("image_steps_per_second_least"), row.at("image_steps_per_second_most"));
    EXPECT_GT(row.at("memory_bytes").get<double>(), 0);
    EXPECT_EQ(row.at("reached").at("steps"), 8);
    EXPECT_GT(row.at("reached").at("seconds").get<double>(), 0);
  }
}

TEST_F(BenchCommand, HoldsOperationsAgainstTheRoofline) {
  const ProgramResult result =
      bench({"--layers", "conv2d1:0", "--sizes", "32", "--json", "b.json", "--plot", "b.svg"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("\nconv2d0 fprop "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("image-steps/s"), std::string::npos) << result.out;
  const json report = json::parse(read_text(folder_ / "b.json"));
  const json& operations = report.at("results").at(0).at("operations");
  const double bandwidth = report.at("ceilings").at(0).at("bytes_per_second");
  const auto named = [&](const char* name) {
    return *std::find_if(operations.begin(), operations.end(),
                         [&](const json& row) { return row.at("name") == name; });
  };
  EXPECT_NE(named("conv2d0 fprop").at("algorithm"), "");
  const json pool = named("maxpool0 fprop");
  EXPECT_EQ(pool.at("bound"), "bytes");
  EXPECT_DOUBLE_EQ(pool.at("floor_us").get<double>(), pool.at("bytes").get<double>() / bandwidth * 1e6);
  for (const json& row : operations) EXPECT_GT(row.at("us").get<double>(), 0) << row.at("name");

  const std::string plot = read_text(folder_ / "b.svg");
  EXPECT_TRUE(plot.starts_with("<svg "));
  EXPECT_TRUE(plot.ends_with("</svg>\n"));
  EXPECT_NE(plot.find(">maxpool0 bprop</text>"), std::string::npos);
}

/// An example of the term table with what is in the test's folder.
std::string example_here(const TermRow& row) {
  std::string text = std::regex_replace(std::string(row.example), std::regex("mixed[0-9][a-e]"), "conv2d1");
  text = std::regex_replace(text, std::regex("conv2d1:11"), "conv2d1:1");
  text = std::regex_replace(text, std::regex("photo.jpg"), "a.png");
  text = std::regex_replace(text, std::regex("v.npy"), "random:3");
  return row.reads_map() && !row.compares_images ? text : "conv2d1:1 - 0.1*" + text;
}

TEST_F(BenchCommand, TakesEveryObjective) {
  ASSERT_EQ(run_program({"render", "conv2d0:0", "-w", "weights.h5", "--size", "24", "--steps", "1", "-q",
                         "-o", "a.png"},
                        folder_.path())
                .exit_code,
            0);
  write_text(folder_ / "p.npy", npy("<f4", "2, 1, 2", data_as("<f4", {1, 2, 3, 4})));
  std::vector<std::string> alone = {"conv2d1:pre:0"}, together = {"mix(conv2d1:0, conv2d1:1)"}, opaque;
  for (const TermRow& row : term_table()) {
    std::vector<std::string>& list = row.needs_alpha ? opaque : row.compares_images ? together : alone;
    list.push_back(example_here(row));
    if (row.at_position) list.push_back(example_here(row) + "@2,2");
  }
  using Options = std::vector<std::string>;
  for (const auto& [objectives, options] :
       {std::pair{alone, Options{}}, {together, {"--images", "2"}}, {opaque, {"--alpha"}}}) {
    std::string list;
    for (const std::string& objective : objectives) list += (list.empty() ? "" : ",") + objective;
    Options arguments = {"--layers", list, "--sizes", "24", "--json", "b.json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProgramResult result = bench(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json results = json::parse(read_text(folder_ / "b.json")).at("results");
    ASSERT_EQ(results.size(), objectives.size());
    for (const json& row : results) {
      EXPECT_EQ(row.at("operations").size(), row.at("operations_of_step")) << row.at("layer");
    }
  }
}

TEST_F(BenchCommand, TakesEveryOptionKindAndPreset) {
  for (const OptionCase& what : every_option(folder_.path())) {
    SCOPED_TRACE(what.name);
    std::vector<std::string> arguments = what.arguments;
    arguments.insert(arguments.end(), {"--layers", "conv2d1:1", "--sizes", "32", "--json", "b.json"});
    const ProgramResult result = bench(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json row = json::parse(read_text(folder_ / "b.json")).at("results").at(0);
    EXPECT_EQ(row.at("operations").size(), row.at("operations_of_step"));
  }
}

/// That they arrive.
TEST_F(BenchCommand, TakesTheOptionsOfRender) {
  for (const auto& [options, operation] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--param", "pixel", "--alpha"}, "backdrop"},
           {{"--param", "pyramid", "--gray", "--draws", "2", "--transforms", "blur(1) noise(0.1)"},
            "blur rows"},
           {{"--param", "maco", "--preset", "captum"}, "phase spectrum"},
           {{"--images", "2", "--shared", "2,5", "--preset", "deck"}, "shared terms"},
           {{"--transforms", "lucid: jitter(4) rotate(-5..5) scale(1)", "--optimiser", "ascent",
             "--normalise-gradient"},
            "gradient norm"}}) {
    SCOPED_TRACE(operation);
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"--layers", "conv2d1:1", "--sizes", "24"});
    const ProgramResult result = bench(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out.find("\n" + operation + " "), std::string::npos) << result.out;
  }
}

TEST_F(BenchCommand, LeavesOperationsOut) {
  const ProgramResult result = bench({"--layers", "conv2d0:0", "--sizes", "32", "--no-operations"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.find("conv2d0 fprop"), std::string::npos);
}

TEST_F(BenchCommand, SaysWhenAValueIsOutOfReach) {
  const ProgramResult result =
      bench({"--layers", "conv2d0:0", "--sizes", "16", "--no-operations", "--reach", "1e30"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("was not reached in 512 steps"), std::string::npos) << result.out;
}

TEST_F(BenchCommand, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> cases = {
      {"--layers", "mixed9z"},
      {"--sizes", "224x"},
      {"--sizes", "0"},
      {"--batches", "0"},
      {"--precisions", "fp8"},
      {"--precisions", "fp16"},
      {"--json", "no/such/b.json"},
      {"--plot", "p.svg", "--no-operations"},
      {"--layers", "mixed3a:1@99,99"},
  };
  for (const std::vector<std::string>& arguments : cases) {
    const ProgramResult result = bench(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments.front() << ' ' << arguments[1] << ": " << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"weights.h5"});
}

}  // namespace
}  // namespace limpid::testing
