// The subcommand from outside; and the promise of every picture's command line, kept by the program.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "engine/grid/tile_store.h"
#include "engine/image/quantise.h"
#include "engine/limpid.hpp"
#include "engine/options/command_line.h"
#include "engine/pictures/image_file.h"
#include "tests/gallery/sample_pictures.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

/// A small job on the processor, so that the same bytes can be asked for.
RenderOptions small_job() {
  RenderOptions job = channel_job("mixed3a", 1, 1, 7);
  job.height = job.width = 40;
  job.steps = 3;
  job.compute.device = "cpu";
  job.compute.precision = Precision::fp32;
  return job;
}

RenderOptions unusual_job() {
  RenderOptions job = small_job();
  job.objective.terms.front().weight = -1;
  job.objective.terms.front().pre_relu = true;
  job.width = 48;
  job.update.learning_rate = 0.07F;
  job.parameters = Pixel{};
  job.colour.decorrelate = false;
  job.view.transforms = {};
  job.gradient.relu_updates = 0;
  return job;
}

RenderOptions neuron_job() {
  RenderOptions job = small_job();
  job.objective.terms.front().position = Position{2, 3};
  job.parameters = Spectral{.decay_power = 1.25F};
  return job;
}

RenderOptions shared_job() {
  RenderOptions job = small_job();
  job.images = 2;
  job.parameters = Spectral{.amplitude = 0.5F, .shared = {4, 8}};
  return job;
}

TEST(CommandLineProgram, RepeatsThePicture) {
  const TemporaryFolder folder;
  const Model model = narrow_model("bvlc_googlenet");
  write_model(model, folder / "weights.h5");
  std::filesystem::create_symlink(LIMPID_PROGRAM, folder / "limpid");
  for (const RenderOptions& job : {small_job(), unusual_job(), neuron_job(), shared_job()}) {
    const std::string command = command_line(job, "weights.h5");
    const std::string shell = fmt::format("cd {} && PATH=.:$PATH {} --quiet -o again.png",
                                          shell_quote(folder.path().string()), command);
    ASSERT_EQ(std::system(shell.c_str()), 0) << shell;
    EXPECT_EQ(quantise(read_image(folder / "again.png")), quantise(render(model, job).snapshots.back().image))
        << command;
  }
}

class GalleryProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    Manifest manifest;
    manifest.program_version = "0.1.0";
    manifest.weights = {std::string(64, 'a'), "bvlc_googlenet", "bvlc.h5", "a b/bvlc.h5"};
    manifest.device = "cpu";
    manifest.precision = "fp32";
    for (const int channel : {0, 1}) {
      manifest.jobs.push_back(small_job());
      manifest.jobs.back().objective.terms.front().channel = channel;
    }
    open_store(folder_ / "mixed3a.limpid", manifest);
    TileWriter writer(folder_ / "mixed3a.limpid", "test");
    writer.append({0, 40, 40, stripes(1, 40, 40).rgb, {}, {0, 1, 2, 3}, ""});
    writer.consolidate();
  }

  ProgramResult run(const std::vector<std::string>& arguments) {
    return run_program(arguments, folder_.path());
  }

  TemporaryFolder folder_;
};

TEST_F(GalleryProgram, ShowsWhatIsFinished) {
  const ProgramResult result = run({"gallery", "mixed3a.limpid/", "-o", "site/"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "1 picture: site/index.html\n");
  EXPECT_EQ(
      result.err,
      "limpid gallery: 'mixed3a.limpid/' lacks 1 of its 2 tiles, not made yet or lost: `limpid grid mixed3a.limpid/ --resume` makes "
      "it\n");
  EXPECT_NE(read_text(folder_ / "site/data.js").find("\"title\":\"mixed3a\""), std::string::npos);
  EXPECT_NE(read_text(folder_ / "site/data.js").find("--device cpu --precision fp32 --weights 'a b/bvlc.h5'"),
            std::string::npos);
}

TEST_F(GalleryProgram, SaysWhatIsWrong) {
  write_text(folder_ / "notes.txt", "mine");
  const std::vector<std::string> before = listing(folder_.path());
  const auto expect_failure = [&](const std::vector<std::string>& arguments, std::string_view part) {
    const ProgramResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  };
  expect_failure({"gallery", "none.limpid", "-o", "site"}, "none.limpid");
  expect_failure({"gallery", "mixed3a.limpid"}, "--output");
  expect_failure({"gallery", "mixed3a.limpid", "-o", "."}, "other files");
  expect_failure({"gallery", "mixed3a.limpid", "-o", "notes.txt"}, "not a folder");
  expect_failure({"gallery", "mixed3a.limpid", "-o", "none/site"}, "none");
  EXPECT_EQ(listing(folder_.path()), before);
}

}  // namespace
}  // namespace limpid::testing
