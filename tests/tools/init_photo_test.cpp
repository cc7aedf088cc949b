// A real photo to start from, through the program.
#include <gtest/gtest.h>

#include "engine/image/quantise.h"
#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

TEST(InitPhotoProgram, AnUntouchedStartIsThePhoto) {
  if (test_data().empty()) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
  TemporaryFolder folder;
  write_model(narrow_model("bvlc_googlenet"), folder / "good.h5");
  const auto photo = std::filesystem::absolute(test_data()) / "images/captum_elephant.jpg";
  const Image expected = read_image(photo);
  const std::string size = fmt::format("{}x{}", expected.height, expected.width);
  // A step too small to move any parameter.
  const ProgramResult result =
      run_program({"render", "conv2d0:1", "-w", "good.h5", "--init", photo.string(), "--size", size,
                   "--steps", "1", "--learning-rate", "1e-30", "--quiet", "-o", "out.png"},
                  folder.path());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(quantise(read_image(folder / "out.png")), quantise(expected));
}

}  // namespace
}  // namespace limpid::testing
