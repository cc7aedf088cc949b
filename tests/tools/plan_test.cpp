// limpid plan, from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/objective/term_table.h"
#include "tests/tools/every_option.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/synthetic.h"

namespace limpid::testing {
namespace {

using json = nlohmann::json;

/// A folder with weights.h5 of BVLC's widths, so that numbers are those of the real network.
class PlanCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_model(synthetic_model("bvlc_googlenet", 0), *folder_ / "weights.h5");
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static ProgramResult plan(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "plan");
    arguments.insert(arguments.end(), {"--weights", "weights.h5"});
    return run_program(arguments, folder_->path());
  }

  static json plan_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const ProgramResult result = plan(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    return json::parse(result.out);
  }

  static json operation(const json& object, const std::string& name) {
    const json& operations = object.at("operations");
    const auto found = std::find_if(operations.begin(), operations.end(),
                                    [&](const json& row) { return row.at("name") == name; });
    if (found == operations.end()) throw std::out_of_range(name);
    return *found;
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* PlanCommand::folder_ = nullptr;

TEST_F(PlanCommand, ListsTheStepOnAGpuThatIsNotThere) {
  const ProgramResult result = plan({"mixed4a:11", "--device", "cuda", "--batch", "64"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part :
       {"mixed4a:11, 224 x 224, batch 64, fp16 on cuda", "NVIDIA H200", "\nconv2d0 fprop ",
        "\nmixed4a_1x1 fprop ", "\nmixed4a objective ", "\nconv2d0 dgrad ", "\nwarp adjoint ", "\nupdate ",
        " bytes ", " math ", "floor ", "image-steps/s", "arena "}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part;
  }
}

TEST_F(PlanCommand, JsonAddsUp) {
  const json object = plan_json({"mixed4a:11", "--batch", "64", "--card", "a100", "--precision", "bf16"});
  EXPECT_EQ(object.at("card").at("name"), "a100");
  EXPECT_EQ(object.at("card").at("matrix_flop_per_second"), 312e12);
  EXPECT_EQ(object.at("precision"), "bf16");
  EXPECT_EQ(object.at("batch"), 64);
  double floors = 0;
  for (const json& row : object.at("operations")) {
    double bytes = 0;
    for (const json& operand : row.at("operands")) bytes += operand.at("bytes").get<double>();
    EXPECT_EQ(row.at("bytes"), bytes) << row.at("name");
    floors += row.at("floor_us").get<double>();
  }
  const json& totals = object.at("totals");
  EXPECT_EQ(totals.at("operations"), object.at("operations").size());
  EXPECT_NEAR(totals.at("floor_us_per_image_step").get<double>(), floors / 64, 1e-9 * floors);
  EXPECT_EQ(operation(object, "conv2d0 fprop").at("flop"), 2.0 * 64 * 64 * 3 * 49 * 112 * 112);
}

/// It is a plan of these operations that was kept: the sum under ceilings of its own, whatever is planned today.
TEST_F(PlanCommand, TheFrozenFloorIsThatOfTheGoals) {
  const auto frozen = [](std::vector<std::string> arguments) {
    return plan_json(std::move(arguments)).at("totals").value("frozen_floor_us_per_image_step", 0.0);
  };
  EXPECT_NEAR(frozen({"mixed4a:11"}), 15.6133, 1e-3);
  EXPECT_NEAR(frozen({"mixed5b:7", "--batch", "8"}), 21.2273, 1e-3) << "whatever the batch";
  EXPECT_NEAR(frozen({"mixed4a:11", "--ceilings", "790e12,2.15e12"}), 27.8175, 1e-3) << "half the bandwidth";
  EXPECT_EQ(frozen({"mixed4a:12"}), 0) << "no goal is about it";
  EXPECT_EQ(frozen({"mixed4a:11", "--size", "96"}), 0);
  EXPECT_EQ(frozen({"mixed4a:11", "--precision", "fp32"}), 0);
}

TEST_F(PlanCommand, TakesMeasuredCeilings) {
  // A FLOP/s so small that every operation with FLOP is bound by it.
  const json object = plan_json({"conv2d0:1", "--size", "32x48", "--ceilings", "2,1e12"});
  const json row = operation(object, "conv2d0 dgrad");
  EXPECT_EQ(row.at("bound"), "math");
  EXPECT_EQ(row.at("floor_us"), row.at("flop").get<double>() / 2 * 1e6);
  EXPECT_EQ(object.at("height"), 32);
  EXPECT_EQ(object.at("width"), 48);
}

/// What its pictures need one after the other is there once.
TEST_F(PlanCommand, OnTheCpuPicturesOfABatchShareMemory) {
  const json one = plan_json({"conv2d2", "--device", "cpu", "--threads", "1"});
  const json eight = plan_json({"conv2d2", "--device", "cpu", "--threads", "1", "--batch", "8"});
  EXPECT_EQ(one.at("micro_batch"), 1);
  EXPECT_EQ(eight.at("micro_batch"), 1);
  EXPECT_LT(eight.at("totals").at("arena_bytes"), 2 * one.at("totals").at("arena_bytes").get<double>());
  EXPECT_EQ(plan_json({"conv2d2", "--device", "cuda", "--batch", "8"}).at("micro_batch"), 8);
}

TEST_F(PlanCommand, NamesTheAlgorithmsOfTheProcessor) {
  const json object = plan_json({"mixed3a", "--device", "cpu", "--size", "32", "--threads", "1"});
  EXPECT_EQ(object.at("precision"), "fp32");
  EXPECT_FALSE(object.contains("card"));
  for (const char* name : {"conv2d0 fprop", "conv2d2 fprop", "mixed3a_3x3 fprop", "mixed3a_3x3 dgrad"}) {
    EXPECT_NE(operation(object, name).at("algorithm"), "") << name;
  }
  EXPECT_FALSE(operation(object, "maxpool0 fprop").contains("algorithm"));
  EXPECT_FALSE(operation(object, "update").contains("floor_us"));
}

TEST_F(PlanCommand, PixelsNeedNoTransform) {
  const json spectral = plan_json({"conv2d0:1", "--size", "32"});
  const json pixel = plan_json({"conv2d0:1", "--size", "32", "--param", "pixel"});
  EXPECT_EQ(pixel.at("operations").size() + 3, spectral.at("operations").size());
}

TEST_F(PlanCommand, SharedTermsCostTheirCopies) {
  const json alone = plan_json({"conv2d0:1", "--size", "32", "--batch", "2", "--param", "pixel"});
  const json shared =
      plan_json({"conv2d0:1", "--size", "32", "--batch", "2", "--param", "pixel", "--shared", "4,8"});
  EXPECT_EQ(shared.at("operations").size(), alone.at("operations").size() + 4);
  // Two images, three planes, levels of 8x8 and 4x4; four bytes; read and written, as their moments, with a
  // gradient.
  const double copies = 2.0 * 3 * (64 + 16) * 4;
  EXPECT_EQ(operation(shared, "update").at("bytes").get<double>() -
                operation(alone, "update").at("bytes").get<double>(),
            7 * copies);
}

TEST_F(PlanCommand, TakesEveryTermOfTheTable) {
  const auto write_vectors = [&](const char* name, const std::string& shape, std::size_t count) {
    const std::string header =
        fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", shape);
    write_text(*folder_ / name, std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
                                    fmt::format("{:<117}\n", header) +
                                    std::string(count * sizeof(float), '?'));  // Numbers of about 0.75.
  };
  write_vectors("v.npy", "512,", 512);
  write_vectors("p.npy", "2, 1, 512", 1024);
  std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", *folder_ / "photo.jpg");
  const json plain = plan_json({"mixed4a:1", "--size", "64"});
  for (const TermRow& row : term_table()) {
    SCOPED_TRACE(row.example);
    const std::string text =
        row.reads_map() ? std::string(row.example) : fmt::format("mixed4a:1 - 0.1*{}", row.example);
    std::vector<std::string> arguments = {text, "--size", "64"};
    if (row.compares_images) arguments.insert(arguments.end(), {"--images", "2", "--batch", "2"});
    if (row.needs_alpha) arguments.emplace_back("--alpha");
    const json object = plan_json(arguments);
    if (!row.takes(TermArgument::layers)) {  // Which print as a sum.
      EXPECT_EQ(object.at("objective"), text);
    }
    if (!row.reads_map()) {
      EXPECT_GT(object.at("operations").size(), plain.at("operations").size());
    }
  }
}

TEST_F(PlanCommand, TakesEveryOptionKindAndPreset) {
  write_model(narrow_model("bvlc_googlenet"), *folder_ / "narrow.h5");
  for (const OptionCase& what : every_option(folder_->path())) {
    SCOPED_TRACE(what.name);
    std::vector<std::string> arguments = {"plan", "conv2d1:1", "-w", "narrow.h5", "--size", "32", "--json"};
    arguments.insert(arguments.end(), what.arguments.begin(), what.arguments.end());
    const ProgramResult result = run_program(arguments, folder_->path());
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_GT(json::parse(result.out).at("operations").size(), 0U);
  }
}

TEST_F(PlanCommand, PenaltiesPhotosAndPeersViewsArePartOfTheStep) {
  ASSERT_EQ(run_program({"render", "conv2d0:0", "-w", "weights.h5", "--size", "32", "--steps", "1", "-q",
                         "-o", "a.png"},
                        folder_->path())
                .exit_code,
            0);
  const json plain = plan_json({"conv2d0:1", "--size", "32"});
  const json penalised = plan_json({"conv2d0:1 - 0.1*tv", "--size", "32"});
  EXPECT_EQ(penalised.at("operations").size(), plain.at("operations").size() + 1);
  EXPECT_GT(operation(penalised, "penalties").at("bytes"), 4.0 * 3 * 32 * 32);
  // A photo's pass is one more picture's.
  const json match = plan_json({"match(a.png, conv2d0)", "--size", "32"});
  EXPECT_EQ(operation(match, "conv2d0 dgrad").at("flop"),
            2 * operation(plan_json({"conv2d0", "--size", "32"}), "conv2d0 dgrad").at("flop").get<double>());
  EXPECT_GT(operation(match, "fixed pixels").at("bytes"), 0);
  const json peer = plan_json({"conv2d0:1", "--size", "32", "--transforms", "lucid: jitter(3) scale(0.9,1)"});
  EXPECT_EQ(peer.at("totals").at("sizes"), 2);
  EXPECT_GT(operation(peer, "resample").at("bytes"), 0);
}

TEST_F(PlanCommand, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> cases = {
      {"mixed4a:11", "--card", "voodoo2"},
      {"mixed4a:11", "--ceilings", "1e9,0"},
      {"mixed4a:11", "--ceilings", "1e9"},
      {"mixed4a:11", "--ceilings", "1e9,1e9", "--card", "a100"},
      {"mixed4a:11", "--size", "9000"},
      {"mixed5b:1", "--size", "1"},
      {"mixed4a:11", "--batch", "0"},
      {"mixed4a:11", "--device", "tpu"},
      {"mixed4a:11", "--precision", "fp8"},
      {"mixed4a:11", "--device", "cpu", "--precision", "fp16"},
      {"mixed4a:11@99,99"},
      {"mixed4a:11", "--shared", "4"},
      {"mixed4a:11", "--batch", "3", "--images", "2"},
      {"mixed4a:11", "--batch", "2", "--preset", "lucid"},
      {"mixed4a:11", "--batch", "2", "--shared", "4,4"},
      {"mixed9z"},
  };
  for (const std::vector<std::string>& arguments : cases) {
    const ProgramResult result = plan(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments.back() << ": " << result.err;
    EXPECT_EQ(result.out, "") << arguments.back();
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace limpid::testing
