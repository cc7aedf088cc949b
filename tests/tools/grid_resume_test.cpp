// Stores that are gone on with by their name alone, added to, turned into files; and grids of negatives.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/grid/tile_store.h"
#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using Words = std::vector<std::string>;
using Tiles = std::map<std::int64_t, StoredTile>;

class GridStores : public ::testing::Test {
 protected:
  void SetUp() override { write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5"); }

  ProgramResult run(const Words& words, const fs::path& where = {}) const {
    return run_program(words, where.empty() ? folder_.path() : where);
  }

  std::string must_run(const Words& words, const fs::path& where = {}) const {
    const ProgramResult result = run(words, where);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  /// Tiny pictures of few steps.
  void grid(Words words, const std::string& name, const Words& how = {}) const {
    words.insert(words.begin(), "grid");
    words.insert(words.end(), how.begin(), how.end());
    words.insert(words.end(), {"--size", "24", "--steps", "2", "-w", "weights.h5", "--no-sheet", "-o", name});
    must_run(words);
  }

  Tiles tiles(const std::string& name) const {
    const TileReader reader(folder_ / (name + ".limpid"));
    EXPECT_TRUE(reader.warnings().empty());
    Tiles result;
    for (const std::int64_t job : reader.finished()) result[job] = reader.read(job);
    return result;
  }

  void expect_refused(const Words& words, const Words& said) const {
    const auto before = listing(folder_.path());
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    for (const std::string& part : said) EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_EQ(listing(folder_.path()), before);
  }

  const TemporaryFolder folder_;
};

TEST_F(GridStores, ResumeNeedsTheStoreAlone) {
  const Words odd = {"--seed", "5", "--param", "pixel", "--keep-parameters"};
  grid({"conv2d1", "mixed3a"}, "whole", odd);
  Words half = odd;
  half.insert(half.end(), {"--shard", "1/2"});
  for (const std::string name : {"a", "b", "c"}) grid({"conv2d1", "mixed3a"}, name, half);
  ASSERT_LT(tiles("a").size(), tiles("whole").size());

  EXPECT_NE(must_run({"grid", "--resume", "a.limpid/"}).find("10 tiles"), std::string::npos);
  EXPECT_TRUE(tiles("a") == tiles("whole"));
  EXPECT_TRUE(fs::exists(folder_ / "a.png"));
  must_run({"grid", "--resume", "-o", "b", "--batch", "1"});
  EXPECT_TRUE(tiles("b") == tiles("whole"));
  // The weights are found from elsewhere too.
  fs::create_directory(folder_ / "elsewhere");
  must_run({"grid", "../c.limpid", "--resume", "--seed", "5"}, folder_ / "elsewhere");
  EXPECT_TRUE(tiles("c") == tiles("whole"));
}

TEST_F(GridStores, WhatTheStoreKnowsOtherwiseIsRefusedByName) {
  grid({"conv2d1"}, "g", {"--shard", "1/2"});
  const auto refused = [&](const Words& how, const Words& said) {
    Words words = {"grid", "--resume", "g.limpid", "--no-sheet"};
    words.insert(words.end(), how.begin(), how.end());
    expect_refused(words, said);
  };
  refused({"--steps", "512"}, {"--steps", "is 2 in the store, 512 asked for"});
  refused({"--size", "32"}, {"--size", "[24,24] in the store", "[32,32]"});
  refused({"--gray"}, {"--gray", "the default in the store, true"});
  refused({"--no-decorrelate"}, {"decorrelate", "true in the store, false"});
  refused({"--preset", "lucid"}, {"--preset", "transforms"});
  refused({"--keep-parameters"}, {"keep_parameters: false in the store, true asked for"});
  refused({"--negative"}, {"--negative"});
  write_model(narrow_model("inception5h"), folder_ / "other.h5");
  refused({"-w", "other.h5"}, {"weights.h5", "other.h5"});
  fs::rename(folder_ / "weights.h5", folder_ / "moved.h5");
  refused({}, {"'weights.h5'", "--weights"});
  must_run({"grid", "--resume", "g.limpid", "--no-sheet", "-w", "moved.h5", "--steps", "2", "--preset",
            "distill"});
  expect_refused({"grid", "g.limpid"}, {"--resume"});
  expect_refused({"grid", "--resume", "g.limpid", "mixed3a"}, {"'g.limpid'", "alone"});
  expect_refused({"grid", "--resume"}, {"limpid grid --resume mixed4a.limpid"});
}

TEST_F(GridStores, MoreIsAddedAndWhatIsThereStays) {
  grid({"conv2d1"}, "g");
  const Tiles first = tiles("g");
  // The same again and two that are new.
  grid({"conv2d1", "mixed3a:3-4"}, "g", {"--append"});
  const Tiles both = tiles("g");
  ASSERT_EQ(both.size(), first.size() + 2);
  for (const auto& [job, tile] : first) EXPECT_TRUE(both.at(job) == tile);
  grid({"mixed3a:3-4"}, "alone");
  const auto same_picture = [&](std::int64_t job, std::int64_t alone) {
    return both.at(job).rgb == tiles("alone").at(alone).rgb;
  };
  EXPECT_TRUE(same_picture(2, 0) && same_picture(3, 1));
  // Of other options, and once more; nothing is made twice.
  grid({"mixed3a:3"}, "g", {"--append", "--seed", "8"});
  EXPECT_EQ(tiles("g").size(), both.size() + 1);
  EXPECT_EQ(TileReader(folder_ / "g.limpid").manifest().earlier.size(), 2U);
  grid({"mixed3a:3"}, "g", {"--append", "--seed", "8"});
  EXPECT_EQ(tiles("g").size(), both.size() + 1);
  EXPECT_NE(must_run({"grid", "--resume", "g.limpid"}).find("5 tiles"), std::string::npos);
  expect_refused({"grid", "conv2d1", "--append", "-o", "absent"}, {"'absent.limpid' is no store"});
}

TEST_F(GridStores, NegativesAreThePicturesThatRenderMakes) {
  grid({"conv2d1", "--negative"}, "g");
  must_run({"render", "conv2d1:1", "--negative", "-s", "24", "-n", "2", "-w", "weights.h5", "-q", "-o",
            "one.png"});
  const Image picture = read_image(folder_ / "one.png");
  const StoredTile tile = tiles("g").at(1);
  EXPECT_EQ(to_string(TileReader(folder_ / "g.limpid").manifest().jobs[1].objective), "-conv2d1:1");
  ASSERT_EQ(tile.rgb.size(), picture.rgb.size());
  for (std::size_t i = 0; i < tile.rgb.size(); ++i) {
    ASSERT_EQ(static_cast<float>(tile.rgb[i]), std::round(255 * picture.rgb[i])) << "value " << i;
  }
  must_run({"grid", "conv2d1:0", "--negative", "-s", "24", "-n", "1", "-w", "weights.h5", "-q"});
  EXPECT_TRUE(fs::exists(folder_ / "conv2d1-0-negative.limpid"));
}

TEST_F(GridStores, TilesBecomePngFiles) {
  write_text(
      folder_ / "jobs.json",
      R"([{"objective": "conv2d1:1"}, {"objective": "mixed3a:2", "seed": 1}, {"objective": "mixed3a:2"},
                 {"objective": "mixed3a:1@9,9"}])");
  const ProgramResult made =
      run({"grid", "jobs.json", "-s", "24", "-n", "2", "-w", "weights.h5", "--no-sheet"});
  ASSERT_EQ(made.exit_code, 1) << "a neuron beyond the map: " << made.err;
  EXPECT_EQ(must_run({"export", "jobs.limpid", "out"}), "out: 3 pictures, 1 failed\n");
  const Tiles stored = tiles("jobs");
  const json list = json::parse(read_text(folder_ / "out" / "tiles.json"));
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0]["file"], "conv2d1-1.png");
  EXPECT_EQ(list[1]["file"], "mixed3a-2-000001.png");
  EXPECT_EQ(list[1]["seed"], 1);
  for (const json& entry : list) {
    const Image picture = read_image(folder_ / "out" / entry["file"].get<std::string>());
    const StoredTile& tile = stored.at(entry["job"]);
    EXPECT_EQ(entry["value"], tile.objective.back());
    ASSERT_EQ(picture.rgb.size(), tile.rgb.size());
    for (std::size_t i = 0; i < tile.rgb.size(); ++i) {
      ASSERT_EQ(static_cast<float>(tile.rgb[i]), std::round(255 * picture.rgb[i])) << "value " << i;
    }
  }
  expect_refused({"export", "jobs.limpid", "jobs.json"}, {"'jobs.json'"});
  expect_refused({"export", "jobs.limpid", "out2", "--half"}, {"--half"});
}

/// A file of tiles that somebody removed leaves a store like one that is not finished: what is shown of it says so.
TEST_F(GridStores, TilesThatAreLostAreMissed) {
  grid({"conv2d1"}, "a");
  const std::vector<Words> commands = {{"sheet", "a.limpid", "-o", "a.png"},
                                       {"gallery", "a.limpid", "-o", "site"},
                                       {"export", "a.limpid", "out"}};
  for (const Words& command : commands) EXPECT_EQ(run(command).err.find("lacks"), std::string::npos);
  const std::size_t all = tiles("a").size();
  for (const auto& entry : fs::directory_iterator(folder_ / "a.limpid")) {
    if (entry.path().extension() == ".h5") fs::remove(entry.path());
  }
  for (const Words& command : commands) {
    const std::string said = run(command).err;
    const std::string lacks = fmt::format(
        "limpid {}: 'a.limpid' lacks {} of its {} tiles, not made yet or lost: `limpid grid a.limpid --resume` makes them\n",
        command.front(), all, all);
    // A page of nothing is refused, which is all that is said.
    EXPECT_NE(said.find(command.front() == "gallery" ? "there is no finished picture to show" : lacks),
              std::string::npos)
        << said;
  }
}

TEST_F(GridStores, OneSheetShowsSeveral) {
  grid({"conv2d1"}, "a");
  grid({"conv2d1"}, "b", {"--seed", "1"});
  EXPECT_EQ(must_run({"sheet", "a.limpid", "b.limpid/", "--sprites"}), "a-b.png\n");
  const json sheet = json::parse(read_text(folder_ / "a-b.json"));
  ASSERT_EQ(sheet["tiles"].size(), 4U);
  // Stores of one name are told apart by their folders.
  fs::create_directory(folder_ / "sub");
  fs::copy(folder_ / "b.limpid", folder_ / "sub" / "a.limpid");
  must_run({"sheet", "a.limpid", "sub/a.limpid", "--sprites", "-o", "two.png"});
  const json two = json::parse(read_text(folder_ / "two.json"));
  std::set<std::string> names;
  for (const json& place : two["tiles"]) names.insert(place["store"]);
  EXPECT_EQ(names, (std::set<std::string>{"a.limpid", "sub/a.limpid"}));
  const Image picture = read_image(folder_ / "a-b.png");
  for (const json& place : sheet["tiles"]) {
    const StoredTile tile = tiles(place["store"]).at(place["job"]);
    const std::size_t at = (place["y"].get<std::size_t>() * static_cast<std::size_t>(picture.width) +
                            place["x"].get<std::size_t>()) *
                           3;
    EXPECT_EQ(static_cast<float>(tile.rgb[0]), std::round(255 * picture.rgb[at])) << place.dump();
  }
}

}  // namespace
}  // namespace limpid::testing
