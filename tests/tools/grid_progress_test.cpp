// What a grid counts and shows, and the names it chooses.
#include "tools/grid/grid_progress.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/grid/devices.h"
#include "tools/grid/grid_files.h"

namespace limpid::testing {
namespace {

using namespace std::chrono_literals;

/// Three jobs of 10 steps, of channels 0 to 2.
std::vector<RenderOptions> three_jobs() {
  std::vector<RenderOptions> jobs(3);
  for (int i = 0; i < 3; ++i) {
    jobs[static_cast<std::size_t>(i)].objective = channel_objective("mixed4a", i);
    jobs[static_cast<std::size_t>(i)].steps = 10;
  }
  return jobs;
}

StoredTile finished_tile(std::int64_t job, double value) {
  return {job, 1, 1, {0, 0, 0}, {}, {0, value}, ""};
}

StoredTile failed_tile(std::int64_t job) {
  return {job, 1, 1, {}, {}, {}, "it was not to be"};
}

TEST(GridTally, CountsStepsTilesAndWhatIsLeft) {
  const std::vector<RenderOptions> jobs = three_jobs();
  const auto begin = Tally::Clock::time_point(1h);
  Tally tally(jobs, {{}, {}});
  tally.plan({{0, 1, 2}, {1}, {}}, begin);
  EXPECT_EQ(tally.jobs(), 3);
  EXPECT_EQ(tally.finished(), 1);
  EXPECT_FALSE(tally.seconds_left(begin + 1s));

  const Job first{0, jobs[0]};
  tally.start(1, first);
  EXPECT_EQ(tally.progress(1, first, 4), 4);
  EXPECT_EQ(tally.progress(1, first, 5), 1);
  EXPECT_EQ(tally.image_steps_per_second(begin + 5s), 1);
  EXPECT_EQ(tally.seconds_left(begin + 5s), 15);
  EXPECT_EQ(tally.fraction(), 0.5);

  EXPECT_EQ(tally.finish(1, first, finished_tile(0, 2.5)), 5);
  EXPECT_EQ(tally.finished(), 2);
  EXPECT_EQ(tally.devices()[1].finished, 1);
  EXPECT_TRUE(tally.devices()[1].in_flight.empty());
  EXPECT_EQ(tally.devices()[0].finished, 0);
}

TEST(GridTally, WhatAFailedJobDidNotDoIsNotLeft) {
  const std::vector<RenderOptions> jobs = three_jobs();
  const auto begin = Tally::Clock::time_point(1h);
  Tally tally(jobs, {{}});
  tally.plan({{0, 1}, {}, {}}, begin);
  tally.start(0, {0, jobs[0]});
  tally.progress(0, {0, jobs[0]}, 5);
  tally.finish(0, {0, jobs[0]}, failed_tile(0));
  EXPECT_EQ(tally.failed(), 1);
  EXPECT_EQ(tally.finished(), 1);
  EXPECT_EQ(tally.seconds_left(begin + 5s), 10);
  EXPECT_FALSE(tally.best());
}

TEST(GridTally, KnowsTheBestAndTheWorst) {
  const std::vector<RenderOptions> jobs = three_jobs();
  Tally tally(jobs, {{}});
  tally.plan({{0, 1, 2}, {}, {}}, {});
  for (const auto& [job, value] : {std::pair(0, 2.0), std::pair(1, -1.0), std::pair(2, 7.0)}) {
    tally.finish(0, {job, jobs[static_cast<std::size_t>(job)]}, finished_tile(job, value));
  }
  EXPECT_EQ(tally.best()->objective, "mixed4a:2");
  EXPECT_EQ(tally.best()->value, 7);
  EXPECT_EQ(tally.worst()->objective, "mixed4a:1");
}

TEST(GridTally, SeesWhatTheTeamHasDone) {
  const std::vector<RenderOptions> jobs = three_jobs();
  Tally tally(jobs, {{}});
  tally.plan({{0, 1, 2}, {}, {}}, {});
  tally.see_team(2, 1, 20);
  EXPECT_EQ(tally.finished(), 2);
  EXPECT_EQ(tally.failed(), 1);
}

/// What is shown of a run of three jobs, the last of which fails.
std::string shown(ProgressStyle style, int columns = 120) {
  const std::vector<RenderOptions> jobs = three_jobs();
  char* text = nullptr;
  std::size_t size = 0;
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(::open_memstream(&text, &size), std::fclose);
    GridProgress progress(style, stream.get(), columns, Tally(jobs, {{}}));
    progress.planned({{0, 1, 2}, {}, {}});
    for (int i = 0; i < 3; ++i) {
      const Job job{i, jobs[static_cast<std::size_t>(i)]};
      progress.started(0, job);
      progress.progressed(0, job, 5, 1.0);
      progress.finished(0, job, i == 2 ? failed_tile(i) : finished_tile(i, i));
    }
    progress.close();
  }
  std::string result(text, size);
  std::free(text);
  return result;
}

TEST(GridProgressTest, SilentShowsNothing) {
  EXPECT_EQ(shown(ProgressStyle::silent), "");
}

TEST(GridProgressTest, LinesTellOfTilesBestAndWorst) {
  const std::string text = shown(ProgressStyle::lines);
  EXPECT_NE(text.find("1/3 tiles"), std::string::npos) << text;
  EXPECT_NE(text.find("3/3 tiles"), std::string::npos) << text;
  EXPECT_NE(text.find("best mixed4a:1 1"), std::string::npos) << text;
  EXPECT_NE(text.find("worst mixed4a:0 0"), std::string::npos) << text;
  EXPECT_NE(text.find("1 failed"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "no escape sequences in a log";
}

TEST(GridProgressTest, TheBarHasALineForItselfAndOneForEachDevice) {
  const std::string text = shown(ProgressStyle::bar);
  EXPECT_NE(text.find("\x1b[2A"), std::string::npos) << "two lines up";
  EXPECT_NE(text.find("auto: 3 done, 0 in flight"), std::string::npos) << text;
  std::istringstream lines(shown(ProgressStyle::bar, 20));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin =
        line.rfind("A") == std::string::npos || line[0] != '\x1b' ? 0 : line.find('A') + 1;
    EXPECT_LT(line.find("\x1b[K") - begin, 20U) << line;
  }
}

TEST(GridProgressTest, EventsAreObjects) {
  std::istringstream lines(shown(ProgressStyle::json));
  std::vector<nlohmann::json> events;
  for (std::string line; std::getline(lines, line);) events.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0]["event"], "start");
  EXPECT_EQ(events[1]["event"], "tile");
  EXPECT_EQ(events[2]["value"], 1);
  EXPECT_EQ(events[3]["event"], "failure");
  EXPECT_EQ(events[3]["message"], "it was not to be");
}

TEST(GridFilesTest, AreNamedAfterOutputOrTargets) {
  EXPECT_EQ(grid_files("out/a", {"x"}).store, "out/a.limpid");
  EXPECT_EQ(grid_files("out/a", {"x"}).sheet, "out/a.png");
  EXPECT_EQ(grid_files("a.png", {"x"}).store, "a.limpid");
  EXPECT_EQ(grid_files("a.limpid/", {"x"}).sheet, "a.png");
  EXPECT_EQ(grid_files("a.b", {"x"}).store, "a.b.limpid");
  EXPECT_EQ(grid_files("", {"mixed4a"}).store, "mixed4a.limpid");
  EXPECT_EQ(grid_files("", {"mixed3a", "mixed4a:0-9"}).store, "mixed3a-mixed4a-0-9.limpid");
  EXPECT_EQ(grid_files("", {"lists/jobs.json"}).store, "jobs.limpid");
  EXPECT_EQ(grid_files("", std::vector<std::string>(20, "mixed4a")).store, "grid.limpid");
}

TEST(GridDevices, NumbersAreGpus) {
  ComputeOptions common;
  common.threads = 3;
  const auto devices = list_devices({"0", "3", "cpu"}, common);
  ASSERT_EQ(devices.size(), 3U);
  EXPECT_EQ(devices[0].device, "cuda:0");
  EXPECT_EQ(devices[1].device, "cuda:3");
  EXPECT_EQ(devices[2].device, "cpu");
  EXPECT_EQ(devices[2].threads, 3);
  EXPECT_EQ(list_devices({}, common).front().device, "auto");
}

}  // namespace
}  // namespace limpid::testing
