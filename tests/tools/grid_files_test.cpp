// limpid grid with every kind of file that a job can name: made as `limpid render` makes it, found again by
// whoever goes on, and refused when it is not what it was.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/grid/tile_store.h"
#include "engine/image/prior_file.h"
#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/grid/store_name.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int kSide = 24;

/// A .npy file of fp32 numbers that differ.
void write_vectors(const fs::path& path, const std::string& shape, int count, float scale = 1) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize(117, ' ');
  std::string bytes = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  for (int i = 0; i < count; ++i) {
    const float value = scale * std::sin(1.0F + static_cast<float>(i));
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  write_text(path, bytes);
}

Image sample_photo(float phase) {
  Image image{kSide, kSide, {}};
  for (int i = 0; i < kSide * kSide * 3; ++i) {
    image.rgb.push_back(0.5F + 0.4F * std::sin(phase + 0.37F * static_cast<float>(i)));
  }
  return image;
}

void write_mask(const fs::path& path) {
  Image mask{kSide, kSide, std::vector<float>(kSide * kSide * 3, 0.0F)};
  std::fill_n(mask.rgb.begin(), mask.rgb.size() / 2, 1.0F);
  write_image(path, mask);
}

void write_sample_prior(const fs::path& path) {
  Prior prior;
  prior.pictures = 1;
  prior.height = prior.width = 16;
  for (std::size_t i = 0; i < 3; ++i) prior.covariance[i][i] = prior.colours.matrix[i][i] = 1;
  prior.colours.mean = {0.4F, 0.5F, 0.6F};
  for (int i = 0; i < 3 * 16 * 9; ++i) prior.magnitude.push_back(1.0F + static_cast<float>(i % 7));
  write_prior(prior, path);
}

class GridFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    write_vectors(folder_ / "v.npy", "8,", 8);
    write_vectors(folder_ / "p.npy", "2, 1, 8", 16);
    write_image(folder_ / "photo.png", sample_photo(0));
    write_mask(folder_ / "mask.png");
    write_sample_prior(folder_ / "prior.h5");
    write_text(folder_ / "jobs.json",
               R"json({"defaults": {"steps": 3, "size": 24}, "jobs": [
                   {"objective": "dir(mixed3a, v.npy, cossim=1)"}, {"objective": "cosine(mixed3a, v.npy)@c"}, {"objective": "patch(mixed3a, p.npy)"},
                   {"objective": "match(photo.png, conv2d1)"}, {"objective": "style(photo.png, conv2d1)"},
                   {"objective": "caricature(photo.png, mixed3a)"},
                   {"objective": "mixed3a:1 - 0.5*distance(photo.png)"},
                   {"objective": "mixed3a:1", "watch": ["distance(photo.png)"]},
                   {"objective": "mixed3a:1", "init": "photo.png", "mask": "mask.png"}]})json");
  }

  ProgramResult run(Words words, const fs::path& where = {}) const {
    if (words.front() != "sheet") words.insert(words.end(), {"--weights", (folder_ / "weights.h5").string()});
    return run_program(words, where.empty() ? folder_.path() : where);
  }

  void must_run(const Words& words, const fs::path& where = {}) const {
    const ProgramResult result = run(words, where);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  std::map<std::int64_t, StoredTile> tiles(const std::string& name) const {
    const TileReader reader(folder_ / (name + ".limpid"));
    std::map<std::int64_t, StoredTile> result;
    for (const std::int64_t job : reader.finished()) result[job] = reader.read(job);
    return result;
  }

  /// Whether a tile is the picture that `limpid render` makes of the same.
  void expect_rendered(const StoredTile& tile, const Words& words) const {
    SCOPED_TRACE(words.front());
    EXPECT_EQ(tile.failure, "");
    Words render = {"render"};
    render.insert(render.end(), words.begin(), words.end());
    render.insert(render.end(), {"--size", "24", "--steps", "3", "-q", "-o", "one.png"});
    must_run(render);
    const Image picture = read_image(folder_ / "one.png");
    ASSERT_EQ(tile.rgb.size(), picture.rgb.size());
    for (std::size_t i = 0; i < tile.rgb.size(); ++i) {
      ASSERT_EQ(static_cast<float>(tile.rgb[i]), std::round(255 * picture.rgb[i])) << "value " << i;
    }
  }

  void expect_refused(const Words& words, const Words& said, const fs::path& where = {}) const {
    const ProgramResult result = run(words, where);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    for (const std::string& part : said) EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  }

  const TemporaryFolder folder_;
};

TEST_F(GridFiles, ATileIsThePictureThatRenderMakesOfTheSameFiles) {
  must_run({"grid", "jobs.json", "--no-sheet"});
  const auto made = tiles("jobs");
  ASSERT_EQ(made.size(), 9U);
  expect_rendered(made.at(0), {"dir(mixed3a, v.npy, cossim=1)"});
  expect_rendered(made.at(1), {"cosine(mixed3a, v.npy)@c"});
  expect_rendered(made.at(2), {"patch(mixed3a, p.npy)"});
  expect_rendered(made.at(3), {"match(photo.png, conv2d1)"});
  expect_rendered(made.at(4), {"style(photo.png, conv2d1)"});
  expect_rendered(made.at(5), {"caricature(photo.png, mixed3a)"});
  expect_rendered(made.at(6), {"mixed3a:1 - 0.5*distance(photo.png)"});
  expect_rendered(made.at(7), {"mixed3a:1"});
  expect_rendered(made.at(8), {"mixed3a:1", "--init", "photo.png", "--mask", "mask.png"});
}

TEST_F(GridFiles, OptionsNameFilesForEveryTarget) {
  const Words tiny = {"--size", "24", "--steps", "3", "--no-sheet"};
  const auto grid = [&](Words how, const std::string& name) {
    how.insert(how.begin(), {"grid", "mixed3a:1"});
    how.insert(how.end(), tiny.begin(), tiny.end());
    how.insert(how.end(), {"-o", name});
    must_run(how);
  };
  grid({"--init", "photo.png", "--mask", "mask.png"}, "photo");
  expect_rendered(tiles("photo").at(0), {"mixed3a:1", "--init", "photo.png", "--mask", "mask.png"});
  grid({"--param", "maco", "--prior", "prior.h5"}, "prior");
  expect_rendered(tiles("prior").at(0), {"mixed3a:1", "--param", "maco", "--prior", "prior.h5"});
}

TEST_F(GridFiles, ShardsAndRanksFindThem) {
  must_run({"grid", "jobs.json", "--no-sheet", "-o", "whole"});
  for (const std::string shard : {"1/2", "2/2"}) must_run({"grid", "jobs.json", "--shard", shard});
  EXPECT_TRUE(tiles("jobs") == tiles("whole"));
  if (std::system("command -v mpirun >/dev/null 2>&1") != 0) GTEST_SKIP() << "no mpirun on this machine";
  const std::string command = fmt::format(
      "cd '{}' && ASAN_OPTIONS=detect_leaks=0 mpirun --allow-run-as-root --oversubscribe -n 2 {} "
      "grid jobs.json --weights weights.h5 --no-sheet -q -o ranks >mpi.out 2>&1",
      folder_.path().string(), LIMPID_PROGRAM);
  ASSERT_EQ(std::system(command.c_str()), 0) << read_text(folder_ / "mpi.out");
  EXPECT_TRUE(tiles("ranks") == tiles("whole"));
}

TEST_F(GridFiles, AChangedFileIsRefusedByName) {
  must_run({"grid", "jobs.json", "--shard", "1/2", "-o", "g"});
  const auto before = tiles("g");
  write_vectors(folder_ / "v.npy", "8,", 8, 2);
  expect_refused({"grid", "jobs.json", "--resume", "-o", "g"}, {"'v.npy'", "SHA-256"});
  write_vectors(folder_ / "v.npy", "8,", 8);
  write_image(folder_ / "photo.png", sample_photo(1));
  expect_refused({"grid", "jobs.json", "--resume", "-o", "g"}, {"'photo.png'", "SHA-256"});
  write_image(folder_ / "photo.png", sample_photo(0));
  write_mask(folder_ / "mask.png");
  EXPECT_TRUE(tiles("g") == before);
  must_run({"grid", "jobs.json", "--resume", "-o", "g", "--no-sheet"});
  EXPECT_EQ(tiles("g").size(), 9U);
}

TEST_F(GridFiles, TheStoreAloneFindsThemAgain) {
  must_run({"grid", "jobs.json", "--no-sheet", "-o", "whole"});
  must_run({"grid", "jobs.json", "--shard", "1/8", "-o", "g"});
  const auto before = tiles("g");
  ASSERT_LT(before.size(), 3U);
  write_image(folder_ / "photo.png", sample_photo(1));
  expect_refused({"grid", "--resume", "g.limpid"}, {"'photo.png'", "not the file the job was made for"});
  fs::remove(folder_ / "photo.png");
  expect_refused({"grid", "--resume", "g.limpid"}, {"'photo.png'", "is not there"});
  EXPECT_TRUE(tiles("g") == before);
  // From another folder, in which a file of that name is another.
  write_image(folder_ / "photo.png", sample_photo(0));
  fs::create_directory(folder_ / "elsewhere");
  write_image(folder_ / "elsewhere" / "photo.png", sample_photo(1));
  must_run({"grid", "--resume", "../g.limpid", "--no-sheet"}, folder_ / "elsewhere");
  EXPECT_TRUE(tiles("g") == tiles("whole"));
  // What is finished needs them no more.
  fs::remove(folder_ / "photo.png");
  must_run({"grid", "--resume", "g.limpid", "--no-sheet"});
}

TEST_F(GridFiles, WhatIsAddedFromElsewhereIsFoundFromAnywhere) {
  fs::create_directory(folder_ / "first");
  fs::create_directory(folder_ / "second");
  fs::create_directory(folder_ / "third");
  // Three photos of one name.
  fs::copy(folder_ / "photo.png", folder_ / "first");
  write_image(folder_ / "second" / "photo.png", sample_photo(1));
  write_image(folder_ / "third" / "photo.png", sample_photo(2));
  const Words tiny = {"--size", "24", "--steps", "2", "--no-sheet", "-o", "../g"};
  const auto with_tiny = [&](Words words) {
    words.insert(words.end(), tiny.begin(), tiny.end());
    return words;
  };
  write_text(folder_ / "first" / "jobs.json", R"json([{"objective": "match(photo.png, conv2d1)"}])json");
  write_text(folder_ / "second" / "jobs.json", R"json([{"objective": "match(photo.png, conv2d1)"},
      {"objective": "mixed3a:1", "watch": ["distance(photo.png)"]},
      {"objective": "mixed3a:1", "init": "photo.png", "mask": "../mask.png"}])json");
  must_run(with_tiny({"grid", "jobs.json"}), folder_ / "first");
  const auto added = with_tiny({"grid", "jobs.json", "--append"});
  must_run(added, folder_ / "second");
  const auto whole = tiles("g");
  ASSERT_EQ(whole.size(), 4U);
  EXPECT_NE(whole.at(0).rgb, whole.at(1).rgb) << "of another photo";
  must_run(added, folder_ / "second");
  EXPECT_EQ(tiles("g").size(), 4U) << "nothing is made twice";
  for (const auto& entry : fs::directory_iterator(folder_ / "g.limpid")) {
    if (entry.path().extension() == ".h5") fs::remove(entry.path());
  }
  must_run({"grid", "--resume", "../g.limpid", "--no-sheet"}, folder_ / "third");
  EXPECT_TRUE(tiles("g") == whole);
}

TEST_F(GridFiles, AFailedResumeLeavesTheStoreThatWasThere) {
  const Words tiny = {"--size", "24", "--steps", "1", "--no-sheet", "-o", "g"};
  Words made = {"grid", "match.json"};
  write_text(folder_ / "match.json", R"json([{"objective": "match(photo.png, conv2d1)"}])json");
  made.insert(made.end(), tiny.begin(), tiny.end());
  must_run(made);
  for (const auto& entry : fs::directory_iterator(folder_ / "g.limpid")) {
    if (entry.path().extension() == ".h5") fs::remove(entry.path());
  }
  fs::rename(folder_ / "photo.png", folder_ / "away.png");
  const std::string before = read_text(folder_ / "g.limpid" / "manifest.json");
  expect_refused({"grid", "--resume", "g.limpid"}, {"'photo.png'", "is not there"});
  EXPECT_EQ(read_text(folder_ / "g.limpid" / "manifest.json"), before);
  Words more = {"grid", "mixed3a:1", "--append"};
  more.insert(more.end(), tiny.begin(), tiny.end());
  expect_refused(more, {"'photo.png'", "is not there"});
  EXPECT_EQ(TileReader(folder_ / "g.limpid").manifest().jobs.size(), 2U);
  fs::rename(folder_ / "away.png", folder_ / "photo.png");
  must_run({"grid", "--resume", "g.limpid", "--no-sheet"});
  EXPECT_EQ(tiles("g").size(), 2U);
}

TEST_F(GridFiles, AFailedStartLeavesNothingThatBlocksTheNext) {
  write_text(folder_ / "absent.json", R"json([{"objective": "match(absent.png, conv2d1)"}])json");
  expect_refused({"grid", "absent.json", "-o", "g"}, {"absent.png"});
  EXPECT_FALSE(fs::exists(folder_ / "g.limpid"));
  // Killed before its first tile: a store without any.
  const Words tiny = {"grid", "conv2d1", "--size", "24", "--steps", "1", "--no-sheet", "-o", "g"};
  must_run(tiny);
  for (const auto& entry : fs::directory_iterator(folder_ / "g.limpid")) {
    if (entry.path().extension() == ".h5") fs::remove(entry.path());
  }
  must_run({"grid", "mixed3a:1", "--size", "24", "--steps", "1", "--no-sheet", "-o", "g"});
  EXPECT_EQ(tiles("g").size(), 1U);
  expect_refused(tiny, {"--resume"});
}

TEST(StoreNamed, LeavesTheSuffixToWhoeverWritesIt) {
  const TemporaryFolder folder;
  const std::string name = (folder / "mixed4a").string();
  EXPECT_EQ(store_named(name), name) << "there is neither";
  fs::create_directory(name + ".limpid");
  EXPECT_EQ(store_named(name), name + ".limpid");
  EXPECT_EQ(store_named(name + ".limpid"), name + ".limpid");
  fs::create_directory(name);
  EXPECT_EQ(store_named(name), name) << "it has what was asked for";
}

}  // namespace
}  // namespace limpid::testing
