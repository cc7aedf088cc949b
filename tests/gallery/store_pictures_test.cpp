// Pictures of stores.
#include "tools/gallery/store_pictures.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/gallery/sample_pictures.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

Manifest manifest(const char* layer, const char* device, const char* precision) {
  Manifest manifest;
  manifest.program_version = "0.1.0";
  manifest.weights = {std::string(64, 'a'), "bvlc_googlenet", "bvlc.h5", "nets/bvlc.h5"};
  manifest.device = device;
  manifest.precision = precision;
  for (int channel = 0; channel < 3; ++channel) {
    RenderOptions job = channel_job(layer, channel);
    job.height = job.width = 16;
    job.steps = 2;
    manifest.jobs.push_back(job);
  }
  return manifest;
}

/// A store whose jobs 0 and 2 are finished, 2 without success.
void make_store(const std::filesystem::path& folder, const Manifest& manifest) {
  open_store(folder, manifest);
  TileWriter writer(folder, "test");
  writer.append({0, 16, 16, stripes(5, 16, 16).rgb, {}, {0, 1, 2}, ""});
  writer.append({2, 16, 16, {}, {}, {0}, "not finite at step 1"});
  writer.consolidate();
}

TEST(StorePictures, AreTheFinishedJobsOfEveryStore) {
  TemporaryFolder folder;
  make_store(folder / "a.limpid", manifest("mixed3a", "cpu", "fp32"));
  make_store(folder / "my b.limpid", manifest("mixed4a", "NVIDIA H200", "fp16"));
  StorePictures pictures({folder / "a.limpid", folder / "my b.limpid"});
  ASSERT_EQ(pictures.size(), 4U);
  const std::string b = (folder / "my b.limpid").string();
  ASSERT_EQ(pictures.missing().size(), 2U);
  EXPECT_EQ(pictures.missing()[1],
            fmt::format("'{}' lacks 1 of its 3 tiles, not made yet or lost: `limpid grid '{}' --resume` "
                        "makes it",
                        b, b));
  EXPECT_TRUE(pictures.warnings().empty());

  EXPECT_EQ(to_string(pictures.options(0).objective), "mixed3a:0");
  EXPECT_EQ(pictures.options(0).compute.device, "cpu");
  EXPECT_EQ(pictures.options(0).compute.precision, Precision::fp32);
  EXPECT_EQ(to_string(pictures.options(3).objective), "mixed4a:2");
  EXPECT_EQ(pictures.options(3).compute.device, "cuda");
  EXPECT_EQ(pictures.options(3).compute.precision, Precision::fp16);

  EXPECT_EQ(pictures.weights(3), "nets/bvlc.h5");

  const GalleryPicture picture = pictures.read(2);
  EXPECT_EQ(picture.pixels.height, 16);
  EXPECT_EQ(picture.pixels.rgb, stripes(5, 16, 16).rgb);
  EXPECT_EQ(picture.objective, (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(pictures.read(3).failure, "not finite at step 1");
}

TEST(StorePictures, SayWhatMadeThemOnce) {
  TemporaryFolder folder;
  make_store(folder / "a.limpid", manifest("mixed3a", "cpu", "fp32"));
  make_store(folder / "b.limpid", manifest("mixed4a", "cpu", "fp32"));
  EXPECT_EQ(StorePictures({folder / "a.limpid", folder / "b.limpid"}).made_with(),
            "bvlc_googlenet weights (bvlc.h5, sha256 aaaaaaaaaaaa) on cpu in fp32, limpid 0.1.0");
}

TEST(StorePictures, AFolderThatIsNoStoreIsNamed) {
  TemporaryFolder folder;
  expect_input_error({"none.limpid"}, [&] { StorePictures({folder / "none.limpid"}); });
}

}  // namespace
}  // namespace limpid::testing
