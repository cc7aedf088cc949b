// The program with the published BVLC GoogLeNet, against recorded results.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/tools/run_program.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

using json = nlohmann::json;

class RealWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test_data().empty()) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
    data_ = std::filesystem::absolute(test_data());
    const std::filesystem::path model = data_ / "weights/bvlc_googlenet.caffemodel";
    const ProgramResult result = run_program(
        {"convert", model.string(), "bvlc.h5", "--labels", (data_ / "weights/synset_words.txt").string()},
        folder_.path());
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  json classify(const std::filesystem::path& photo, std::vector<std::string> options) {
    std::vector<std::string> arguments = {"classify", photo.string(), "--weights", "bvlc.h5", "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProgramResult result = run_program(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out);
  }

  std::filesystem::path data_;
  TemporaryFolder folder_;
};

TEST_F(RealWeights, SeesTheDogs) {
  const json result = classify(data_ / "images/lucid_dog_cat.jpg", {});
  ASSERT_EQ(result.at("top").size(), 5U);
  EXPECT_EQ(result.at("top").at(0).at("class"), 208);
  EXPECT_EQ(result.at("top").at(0).at("label"), "Labrador retriever");
  EXPECT_EQ(result.at("top").at(1).at("class"), 207);
}

TEST_F(RealWeights, AgreesWithOpenCvWithoutTheMean) {
  // 1000 float32 at the end of an .npy file, whatever its header.
  const std::string bytes = read_text(data_ / "reference/opencv_googlenet_0_prob.npy");
  std::vector<float> expected(1000);
  ASSERT_GT(bytes.size(), expected.size() * sizeof(float));
  std::memcpy(expected.data(), bytes.data() + bytes.size() - expected.size() * sizeof(float),
              expected.size() * sizeof(float));

  const json result =
      classify(data_ / "reference/opencv_googlenet_0.jpg", {"--mean", "none", "--top", "1000"});
  ASSERT_EQ(result.at("top").size(), 1000U);
  for (const json& row : result.at("top")) {
    const auto index = row.at("class").get<std::size_t>();
    EXPECT_LE(std::abs(row.at("probability").get<float>() - expected.at(index)), 1e-6F) << "class " << index;
  }
}

}  // namespace
}  // namespace limpid::testing
