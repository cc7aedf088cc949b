// limpid grid as its users run it: whatever the batch, the devices, the shards, the ranks and the
// interruptions, the tiles are the same, bit for bit.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "engine/grid/tile_store.h"
#include "engine/pictures/image_file.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;
using Words = std::vector<std::string>;
using Tiles = std::map<std::int64_t, StoredTile>;

class Grid : public ::testing::Test {
 protected:
  void SetUp() override { write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5"); }

  /// The arguments with, where they do not say otherwise, tiny pictures of few steps.
  static Words with_defaults(Words words) {
    for (const auto& [option, value] :
         {std::pair("--weights", "weights.h5"), std::pair("--size", "32"), std::pair("--steps", "3")}) {
      if (std::find(words.begin(), words.end(), option) != words.end()) continue;
      words.insert(words.end(), {option, value});
    }
    return words;
  }

  static Words grid(const Words& what, const Words& how = {}) {
    Words words = {"grid"};
    for (const Words& part : {what, how}) words.insert(words.end(), part.begin(), part.end());
    return with_defaults(words);
  }

  ProgramResult run(const Words& what, const Words& how = {}) {
    return run_program(grid(what, how), folder_.path());
  }

  /// The tiles of a run that must succeed.
  Tiles tiles_after(const Words& what, const Words& how, const std::string& name) {
    Words words = how;
    words.insert(words.end(), {"-o", name});
    const ProgramResult result = run(what, words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return tiles(name);
  }

  Tiles tiles(const std::string& name) const {
    const TileReader reader(folder_ / (name + ".limpid"));
    EXPECT_TRUE(reader.warnings().empty());
    Tiles result;
    for (const std::int64_t job : reader.finished()) result[job] = reader.read(job);
    return result;
  }

  const TemporaryFolder folder_;
};

const Words kTargets = {"mixed3a", "conv2d1", "mixed4a:0-3"};
constexpr std::size_t kTiles = 8 + 2 + 4;

TEST_F(Grid, MakesStoreAndSheetNamedAfterItsTargets) {
  const ProgramResult result = run({"conv2d1", "mixed3a:1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("3 tiles"), std::string::npos) << result.out;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "conv2d1-mixed3a-1.limpid" / "manifest.json"));
  EXPECT_GT(read_image(folder_ / "conv2d1-mixed3a-1.png").width, 3 * 32);
}

TEST_F(Grid, ATileIsThePictureThatRenderMakes) {
  const Tiles made = tiles_after({"mixed3a:2-3"}, {"--no-sheet", "--seed", "9"}, "g");
  const Words render = with_defaults({"render", "mixed3a:3", "--seed", "9", "-o", "one.png"});
  ASSERT_EQ(run_program(render, folder_.path()).exit_code, 0);
  const Image picture = read_image(folder_ / "one.png");
  const std::vector<std::uint8_t>& rgb = made.at(1).rgb;
  ASSERT_EQ(rgb.size(), picture.rgb.size());
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    ASSERT_EQ(static_cast<float>(rgb[i]), std::round(255 * picture.rgb[i])) << "value " << i;
  }
}

TEST_F(Grid, TilesDoNotDependOnHowTheyAreMade) {
  const Tiles alone = tiles_after(kTargets, {"--no-sheet", "--batch", "1", "--threads", "1"}, "alone");
  ASSERT_EQ(alone.size(), kTiles);
  EXPECT_TRUE(tiles_after(kTargets, {"--no-sheet", "--batch", "2"}, "two") == alone);
  EXPECT_TRUE(tiles_after(kTargets, {"--no-sheet", "--batch", "5"}, "five") == alone);
  EXPECT_TRUE(tiles_after(kTargets, {"--no-sheet", "--devices", "cpu,cpu"}, "devices") == alone);
}

TEST_F(Grid, ShardsTogetherMakeTheSameTiles) {
  const Tiles whole = tiles_after(kTargets, {"--no-sheet"}, "whole");
  for (const int count : {2, 3}) {
    const std::string name = "shards-" + std::to_string(count);
    for (int i = 1; i <= count; ++i) {
      EXPECT_FALSE(std::filesystem::exists(folder_ / (name + ".png"))) << "before the last shard";
      tiles_after(kTargets, {"--shard", std::to_string(i) + "/" + std::to_string(count)}, name);
    }
    EXPECT_TRUE(tiles(name) == whole) << count << " shards";
    EXPECT_TRUE(std::filesystem::exists(folder_ / (name + ".png"))) << "after the last shard";
  }
}

TEST_F(Grid, RanksTogetherMakeTheSameTiles) {
  if (std::system("command -v mpirun >/dev/null 2>&1") != 0) GTEST_SKIP() << "no mpirun on this machine";
  const Tiles whole = tiles_after(kTargets, {"--no-sheet"}, "whole");
  for (const std::string ranks : {"1", "2"}) {
    const std::string name = "ranks-" + ranks;
    std::ostringstream command;
    // Open MPI itself leaves memory behind when it ends.
    command << "cd '" << folder_.path().string()
            << "' && ASAN_OPTIONS=detect_leaks=0 mpirun --allow-run-as-root --oversubscribe -n " << ranks
            << " " << LIMPID_PROGRAM;
    for (const std::string& word : grid(kTargets, {"--quiet", "-o", name})) command << " " << word;
    command << " >mpi.out 2>&1";
    ASSERT_EQ(std::system(command.str().c_str()), 0) << read_text(folder_ / "mpi.out");
    EXPECT_TRUE(tiles(name) == whole) << ranks << " ranks";
    EXPECT_TRUE(std::filesystem::exists(folder_ / (name + ".png")));
    // A rank that comes late may find every job taken; who is there writes a file of their own.
    int files = 0;
    for (int rank = 0; rank < std::stoi(ranks); ++rank) {
      const std::string file = name + ".limpid/tiles-rank-" + std::to_string(rank) + ".h5";
      files += std::filesystem::exists(folder_ / file) ? 1 : 0;
    }
    EXPECT_GE(files, 1);
    EXPECT_FALSE(std::filesystem::exists(folder_ / (name + ".limpid/tiles-main.h5")));
  }
}

TEST_F(Grid, AStoreThatIsThereIsContinuedOnlyWhenAsked) {
  const Tiles first = tiles_after({"conv2d1"}, {}, "g");
  const ProgramResult again = run({"conv2d1"}, {"-o", "g"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.err.find("--resume"), std::string::npos) << again.err;
  EXPECT_TRUE(tiles_after({"conv2d1"}, {"--resume"}, "g") == first);
  const ProgramResult other = run({"conv2d1"}, {"-o", "g", "--resume", "--seed", "1"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("seed"), std::string::npos) << other.err;
}

TEST_F(Grid, KeepsParametersWhenAsked) {
  const Tiles plain = tiles_after({"conv2d1"}, {"--no-sheet"}, "plain");
  const Tiles kept = tiles_after({"conv2d1"}, {"--no-sheet", "--keep-parameters", "--batch", "2"}, "kept");
  ASSERT_EQ(kept.size(), plain.size());
  for (const auto& [job, tile] : kept) {
    EXPECT_TRUE(tile.rgb == plain.at(job).rgb);
    EXPECT_TRUE(plain.at(job).parameters.empty());
    EXPECT_EQ(tile.parameters.size(), 3U * 32 * (32 / 2 + 1) * 2);
  }
  EXPECT_TRUE(tiles_after({"conv2d1"}, {"--no-sheet", "--keep-parameters", "--batch", "1"}, "alone") == kept);
  const ProgramResult other = run({"conv2d1"}, {"-o", "kept", "--resume"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("keep_parameters: true in the store, false asked for"), std::string::npos)
      << other.err;
}

/// Starts the program in the background with its output in `log`.
pid_t start(const Words& words, const std::filesystem::path& folder) {
  std::fflush(stdout);  // Or the child would print what waits here once more.
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (::chdir(folder.c_str()) != 0) ::_exit(127);
  if (std::freopen("log", "w", stdout) == nullptr || ::dup2(1, 2) < 0) ::_exit(127);
  Words all = {LIMPID_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(LIMPID_PROGRAM, pointers.data());
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(Grid, KilledAtAnyInstantAndResumedItIsTheSame) {
  const auto begin = std::chrono::steady_clock::now();
  tiles_after(kTargets, {"--no-sheet", "--steps", "6"}, "whole");
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  const std::string undisturbed = read_text(folder_ / "whole.limpid/tiles-main.h5");

  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> instant(0, took.count());
  constexpr int kills = 50;
  int died = 0;
  for (int round = 0; round < kills; ++round) {
    const Words words = grid(kTargets, {"--no-sheet", "--steps", "6", "-o", "g", "--resume"});
    const pid_t child = start(words, folder_.path());
    std::this_thread::sleep_for(std::chrono::microseconds(instant(random)));
    ::kill(child, SIGKILL);
    const int code = wait_for(child);
    if (code == 128 + SIGKILL) ++died;
    if (code != 0) continue;
    // It was done before it was killed. Most rounds should interrupt something.
    ASSERT_TRUE(read_text(folder_ / "g.limpid/tiles-main.h5") == undisturbed) << "round " << round;
    std::filesystem::remove_all(folder_ / "g.limpid");
  }
  EXPECT_GT(died, kills / 2);
  tiles_after(kTargets, {"--no-sheet", "--steps", "6", "--resume"}, "g");
  EXPECT_TRUE(read_text(folder_ / "g.limpid/tiles-main.h5") == undisturbed);
}

TEST_F(Grid, CtrlCFinishesWhatIsInFlightAndSaysHowToGoOn) {
  // Far more than can be made before the signal comes.
  const Words what = {"all"};
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(number);
    const std::string name = "stopped-" + std::to_string(number);
    const pid_t child = start(grid(what, {"--size", "64", "--steps", "600", "-o", name}), folder_.path());
    const auto store = folder_ / (name + ".limpid");
    for (int i = 0; i < 600 && !std::filesystem::exists(store / "manifest.json"); ++i) {
      std::this_thread::sleep_for(50ms);
    }
    std::this_thread::sleep_for(1s);
    ::kill(child, number);
    EXPECT_EQ(wait_for(child), 128 + number);
    const std::string log = read_text(folder_ / "log");
    EXPECT_NE(log.find("to go on"), std::string::npos) << log;
    EXPECT_NE(log.find("--resume"), std::string::npos) << log;
    EXPECT_NE(log.find("-o " + name), std::string::npos) << log;
    const TileReader reader(store);
    EXPECT_TRUE(reader.warnings().empty());
    EXPECT_GT(reader.finished().size(), 0U);
    EXPECT_LT(reader.finished().size(), reader.manifest().jobs.size());
    EXPECT_FALSE(std::filesystem::exists(folder_ / (name + ".png")));
  }
}

TEST_F(Grid, TellsProgramsWhatHappens) {
  const ProgramResult result = run({"conv2d1", "mixed3a:1"}, {"--json", "-o", "g"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  std::vector<json> events;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
  ASSERT_EQ(events.size(), 5U) << result.out;
  EXPECT_EQ(events.front()["event"], "start");
  EXPECT_EQ(events.front()["jobs"], 3);
  std::set<std::string> objectives;
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(events[i]["event"], "tile");
    EXPECT_EQ(events[i]["finished"], i);
    EXPECT_TRUE(events[i]["value"].is_number());
    objectives.insert(events[i]["objective"]);
  }
  EXPECT_EQ(objectives, (std::set<std::string>{"conv2d1:0", "conv2d1:1", "mixed3a:1"}));
  EXPECT_EQ(events.back()["event"], "done");
  EXPECT_EQ(events.back()["sheet"], "g.png");
  EXPECT_EQ(events.back()["devices"][0]["device"], "cpu");
}

TEST_F(Grid, AFailedJobIsNamedAndTheOthersAreMade) {
  write_text(folder_ / "jobs.json", R"([{"objective": "mixed3a:1"}, {"objective": "mixed3a:2@50,50"}])");
  const ProgramResult result = run({"jobs.json"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("mixed3a:2@50,50 failed"), std::string::npos) << result.err;
  const Tiles made = tiles("jobs");
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made.at(0).failure, "");
  EXPECT_NE(made.at(1).failure, "");
}

TEST_F(Grid, SixThousandJobsStayWithinAGibibyte) {
  json jobs = json::array();
  for (int i = 0; i < 6000; ++i) jobs.push_back({{"objective", "conv2d0:0"}, {"seed", i}});
  write_text(folder_ / "jobs.json", jobs.dump());
  const pid_t child = start(grid({"jobs.json"}, {"--size", "16", "--steps", "1", "-q"}), folder_.path());
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(child, &status, 0, &usage), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << read_text(folder_ / "log");
  EXPECT_LT(usage.ru_maxrss, 1 << 20) << "KiB";
  EXPECT_EQ(TileReader(folder_ / "jobs.limpid").finished().size(), 6000U);
}

struct BadGrid {
  const char* name;
  Words words;
  Words said;
};

void PrintTo(const BadGrid& input, std::ostream* stream) {
  *stream << input.name;
}

class BadGridTest : public Grid, public ::testing::WithParamInterface<BadGrid> {};

TEST_P(BadGridTest, IsRefusedInOneLine) {
  write_text(folder_ / "field.json", R"([{"objective": "mixed4a:1", "step": 3}])");
  write_text(folder_ / "cut.json", R"([{"objective")");
  json many = json::array();
  for (int i = 0; i < 60'000; ++i) many.push_back({{"objective", "mixed4a:1"}, {"seed", i}});
  write_text(folder_ / "many.json", many.dump());
  const auto before = listing(folder_.path());
  const ProgramResult result = run(GetParam().words);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  for (const std::string& part : GetParam().said) {
    EXPECT_NE(result.err.find(part), std::string::npos) << "'" << part << "' is not in: " << result.err;
  }
  EXPECT_EQ(listing(folder_.path()), before) << "something was written";
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, BadGridTest,
    ::testing::Values(
        BadGrid{"UnknownTarget", {"mixed4a", "mixd4a"}, {"entry 2, 'mixd4a'", "did you mean 'mixed4a'"}},
        BadGrid{"EmptyRange", {"mixed4a:5-3"}, {"entry 1", "range 5-3 is empty"}},
        BadGrid{"ChannelOutOfRange", {"mixed4a:0-99"}, {"no channel 99", "0 to 7"}},
        BadGrid{"WrongField", {"field.json"}, {"field.json", "[0].step"}},
        BadGrid{"NoJson", {"cut.json"}, {"cut.json", "line 1"}},
        BadGrid{"NoFile", {"absent.json"}, {"absent.json"}},
        BadGrid{"NoSuchShard", {"mixed4a", "--shard", "5/4"}, {"shard '5/4' does not exist"}},
        BadGrid{"NoShard", {"mixed4a", "--shard", "5"}, {"shard '5'", "3/16"}},
        BadGrid{"NegativeBatch", {"mixed4a", "--batch", "-1"}, {"--batch"}},
        BadGrid{"TooSmall", {"mixed4a:1", "mixed5b:1", "--size", "8"}, {"job 0 (mixed4a:1)", "too small"}},
        BadGrid{"NoSteps", {"mixed4a:1", "--steps", "0"}, {"--steps '0'", "from 1 to"}},
        BadGrid{"UnknownDevice", {"mixed4a:1", "--devices", "cpu,gpu"}, {"unknown device 'gpu'"}},
        BadGrid{"TwoWaysToNameDevices", {"mixed4a:1", "--devices", "0", "--device", "cpu"}, {"--device"}},
        BadGrid{"NoFolder", {"mixed4a:1", "-o", "absent/g"}, {"absent/g.png"}},
        BadGrid{"TooMuch", {"many.json", "--size", "8192", "--no-sheet"}, {"file system", "MiB left"}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace limpid::testing
