// Entries of the command line and files of jobs become one list.
#include "engine/grid/job_list.h"

#include <gtest/gtest.h>

#include "engine/grid/jobs_file.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

class JobList : public ::testing::Test {
 protected:
  std::vector<RenderOptions> read(std::string_view text) const {
    write_text(file_, text);
    return read_jobs_file(file_, common(), model_);
  }

  static RenderOptions common() {
    RenderOptions options;
    options.steps = 7;
    options.seed = 5;
    return options;
  }

  std::vector<RenderOptions> list(const std::vector<std::string>& entries) const {
    return list_jobs(entries, common(), model_);
  }

  const Model model_ = narrow_model("bvlc_googlenet");
  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "jobs.json";
};

TEST_F(JobList, TargetsTakeTheCommonOptions) {
  const auto jobs = list({"mixed4a:0-1", "-mixed3a:2"});
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(to_string(jobs[1].objective), "mixed4a:1");
  EXPECT_EQ(to_string(jobs[2].objective), "-mixed3a:2");
  for (const RenderOptions& job : jobs) {
    EXPECT_EQ(job.steps, 7);
    EXPECT_EQ(job.seed, 5U);
  }
}

TEST_F(JobList, WhatIsNamedTwiceIsMadeOnceAtItsFirstPlace) {
  const auto jobs = list({"mixed4a:3,1", "mixed4a:0-3", "inception_4a/output:1"});
  ASSERT_EQ(jobs.size(), 4U);
  EXPECT_EQ(jobs[0].objective.terms.front().channel, 3);
  EXPECT_EQ(jobs[1].objective.terms.front().channel, 1);
  EXPECT_EQ(jobs[2].objective.terms.front().channel, 0);
  EXPECT_EQ(jobs[3].objective.terms.front().channel, 2);
}

TEST_F(JobList, FilesAndTargetsMayBeMixed) {
  write_text(file_, R"([{"objective": "mixed4a:1"}, {"objective": "mixed4a:1", "seed": 6}])");
  const auto jobs = list({"mixed4a:1", file_.string()});
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[1].seed, 6U);
}

TEST_F(JobList, AnArrayOfJobsTakesCommonOptions) {
  const auto jobs =
      read(R"([{"objective": "mixed4a"}, {"objective": "conv2d0:1", "size": [32, 48], "steps": 3}])");
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].objective.terms.front().kind, TermKind::layer);
  EXPECT_EQ(jobs[0].steps, 7);
  EXPECT_EQ(jobs[1].steps, 3);
  EXPECT_EQ(jobs[1].height, 32);
  EXPECT_EQ(jobs[1].width, 48);
}

TEST_F(JobList, DefaultsStandBetweenCommonOptionsAndAJobsOwn) {
  const auto jobs = read(R"({"jobs": [{"objective": "conv2d0:1"}, {"objective": "conv2d0:1", "steps": 2}],
                             "defaults": {"steps": 9, "transforms": false}})");
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].steps, 9);
  EXPECT_EQ(jobs[0].seed, 5U);
  EXPECT_TRUE(jobs[0].view.transforms.list.empty());
  EXPECT_EQ(jobs[1].steps, 2);
}

TEST_F(JobList, ATextInAListIsATarget) {
  const auto jobs =
      read(R"({"defaults": {"steps": 9}, "jobs": [{"objective": "conv2d0:1"}, "mixed4a:2-3"]})");
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(to_string(jobs[1].objective), "mixed4a:2");
  EXPECT_EQ(to_string(jobs[2].objective), "mixed4a:3");
  for (const RenderOptions& job : jobs) {
    EXPECT_EQ(job.steps, 9);
    EXPECT_EQ(job.seed, 5U);
  }
  expect_error(ErrorKind::input, {"jobs.json", "[1]", "unknown layer 'mixed9'"},
               [&] { read(R"(["mixed4a:1", "mixed9"])"); });
}

TEST_F(JobList, ErrorsNameTheEntry) {
  expect_error(ErrorKind::usage, {"entry 2, 'mixd4a': unknown layer"}, [&] { list({"mixed4a", "mixd4a"}); });
  expect_error(ErrorKind::usage, {"entry 1, 'mixed4a:7-3': range 7-3 is empty"},
               [&] { list({"mixed4a:7-3"}); });
  expect_error(ErrorKind::usage, {"nothing to make"}, [&] { list({}); });
  expect_input_error({"absent.json"}, [&] { list({(folder_ / "absent.json").string()}); });
}

TEST_F(JobList, ErrorsNameTheField) {
  const auto refused = [&](std::string_view text, std::initializer_list<std::string_view> parts) {
    SCOPED_TRACE(text);
    expect_input_error(parts, [&] { read(text); });
  };
  refused("{", {"jobs.json", "line 1"});
  refused("7", {"jobs.json", "array"});
  refused("[]", {"jobs.json", "no job"});
  refused("{}", {"jobs.json", "'jobs' is missing"});
  refused(R"({"jobs": []})", {"jobs", "no job"});
  refused(R"({"jobs": [{"objective": "conv2d0:0"}], "default": {}})", {"default", "no field of this name"});
  refused(R"({"jobs": [{"objective": "conv2d0:0"}], "defaults": {"step": 3}})", {"defaults.step"});
  refused(R"({"jobs": [{"objective": "conv2d0:0"}], "defaults": []})", {"defaults", "an object"});
  refused(R"({"jobs": [{"objective": "conv2d0:0"}], "defaults": {"objective": "conv2d0:0"}})",
          {"defaults.objective"});
  refused(R"([{"objective": "conv2d0:0"}, {"seed": 1}])", {"[1]", "'objective' is missing"});
  refused(R"([{"objective": "conv2d0:0", "seed": -1}])", {"[0].seed", "-1"});
  refused(R"({"jobs": [{"objective": "mixd4a:0"}]})", {"jobs[0].objective", "mixed4a"});
}

}  // namespace
}  // namespace limpid::testing
