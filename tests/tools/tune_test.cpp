// limpid tune, from outside, where there is nothing to tune: what it refuses, and that it says so in one
// line.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/synthetic.h"

namespace limpid::testing {
namespace {

class TuneCommand : public ::testing::Test {
 protected:
  void SetUp() override { write_model(synthetic_model("bvlc_googlenet", 0), folder_ / "weights.h5"); }

  ProgramResult tune(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "tune");
    arguments.insert(arguments.end(), {"--weights", "weights.h5"});
    return run_program(arguments, folder_.path());
  }

  void expect_refusal(const std::vector<std::string>& arguments, const std::string& part) {
    const ProgramResult result = tune(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }

  TemporaryFolder folder_;
};

TEST_F(TuneCommand, AProcessorHasNothingToTune) {
  expect_refusal({"--device", "cpu"}, "nothing to tune on the CPU");
  expect_refusal({"mixed4a:11", "--device", "cpu", "--batch", "4", "--json"}, "nothing to tune on the CPU");
  EXPECT_EQ(listing(folder_.path()), std::vector<std::string>{"weights.h5"});
}

TEST_F(TuneCommand, BadArgumentsAreNamed) {
  expect_refusal({"mixed9z", "--device", "cpu"}, "mixed9z");
  expect_refusal({"--device", "cpu", "--size", "0"}, "size 0");
  expect_refusal({"--device", "tpu"}, "tpu");
  expect_refusal({"--device", "cpu", "--batch", "0"}, "--batch");
  expect_refusal({"--device", "cpu", "--precision", "fp8"}, "fp8");
}

}  // namespace
}  // namespace limpid::testing
