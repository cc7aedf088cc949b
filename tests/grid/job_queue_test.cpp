// The order of jobs, their split into shards, and the queue that hands them out.
#include "engine/grid/job_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "engine/grid/job_order.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

using Ids = std::vector<std::int64_t>;

RenderOptions job(const std::string& layer, int channel, int steps = 8, int size = 32) {
  RenderOptions options;
  options.objective = channel_objective(layer, channel);
  options.steps = steps;
  options.height = options.width = size;
  return options;
}

Ids numbers(std::int64_t count) {
  Ids ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

/// All that the queue still holds.
Ids drain(JobQueue& queue) {
  Ids ids;
  while (const auto next = queue.next()) ids.push_back(next->id);
  return ids;
}

TEST(JobOrder, KeepsPlansTogetherDearestFirst) {
  const std::vector<RenderOptions> jobs = {job("conv2d0", 0), job("mixed4a", 0), job("conv2d0", 1),
                                           job("mixed4a", 1), job("conv2d0", 2, 8, 320)};
  EXPECT_EQ(order_jobs(narrow_model("bvlc_googlenet"), jobs), (Ids{4, 1, 3, 0, 2}));
}

TEST(JobOrder, PutsTheLongestJobsOfAPlanFirst) {
  const std::vector<RenderOptions> jobs = {job("mixed4a", 0, 8), job("mixed4a", 1, 64), job("mixed4a", 0, 8),
                                           job("mixed4a", 1, 64)};
  EXPECT_EQ(order_jobs(narrow_model("bvlc_googlenet"), jobs), (Ids{1, 3, 0, 2}));
}

TEST(JobOrder, KeepsTheBranchesOfAModuleTogether) {
  // Channels 0 and 1 of the narrow model's modules are the 1x1 branch's, 2 and 3 the 3x3 branch's.
  const std::vector<RenderOptions> jobs = {job("mixed4a", 3), job("mixed4a", 0), job("mixed4a", 2),
                                           job("mixed4a", 1)};
  EXPECT_EQ(order_jobs(narrow_model("bvlc_googlenet"), jobs), (Ids{1, 3, 0, 2}));
}

TEST(JobOrder, EverythingThatShapesAPlanKeepsJobsApart) {
  std::vector<RenderOptions> jobs(14, job("mixed4a", 0));
  for (std::size_t i : {1U, 8U}) jobs[i].objective.terms.front().pre_relu = true;
  for (std::size_t i : {2U, 9U}) jobs[i].objective.terms.front().kind = TermKind::layer;
  for (std::size_t i : {3U, 10U}) jobs[i].parameters = Pixel{};
  for (std::size_t i : {4U, 11U}) jobs[i].colour.decorrelate = false;
  for (std::size_t i : {5U, 12U}) jobs[i].parameters = Spectral{.decay_power = 2};
  for (std::size_t i : {6U, 13U}) {
    jobs[i].height = 16;
    jobs[i].width = 64;
  }
  const Ids ordered = order_jobs(narrow_model("bvlc_googlenet"), jobs);
  for (std::size_t i = 0; i < ordered.size(); i += 2) {
    EXPECT_EQ(ordered[i] % 7, ordered[i + 1] % 7) << "place " << i;
  }
}

TEST(Shards, AreDisjointCompleteAndEven) {
  const Ids ordered = numbers(23);
  for (const int count : {1, 2, 3, 23, 40}) {
    Ids all;
    for (int index = 1; index <= count; ++index) {
      const Ids part = jobs_of_shard(ordered, {index, count});
      EXPECT_LE(part.size(), static_cast<std::size_t>((23 + count - 1) / count));
      all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, ordered) << count << " shards";
  }
}

TEST(Shards, AreReadFromText) {
  EXPECT_EQ(parse_shard("3/16").index, 3);
  EXPECT_EQ(parse_shard("3/16").count, 16);
  EXPECT_EQ(parse_shard("1/1").count, 1);
  for (const auto* text : {"", "3", "/", "3/", "/4", "a/4", "3/4/5", "3 /4", "1/0", "1/99999999999"}) {
    SCOPED_TRACE(text);
    expect_error(ErrorKind::usage, {"not of the form 3/16"}, [&] { parse_shard(text); });
  }
  for (const auto* text : {"5/4", "0/4", "-1/4"}) {
    SCOPED_TRACE(text);
    expect_error(ErrorKind::usage, {text, "does not exist", "1/4"}, [&] { parse_shard(text); });
  }
}

TEST(JobQueueTest, HandsOutEveryJobInOrder) {
  const std::vector<RenderOptions> jobs = {job("mixed4a", 0), job("mixed4a", 1), job("mixed4a", 2)};
  JobQueue queue(jobs, {2, 0});
  const auto first = queue.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, 2);
  EXPECT_EQ(first->options.objective.terms.front().channel, 2);
  EXPECT_EQ(drain(queue), Ids{0});
  EXPECT_FALSE(queue.next());
}

TEST(JobQueueTest, PassesOverWhatIsFinished) {
  const std::vector<RenderOptions> jobs(6, job("mixed4a", 0));
  JobQueue some(jobs, {5, 4, 3, 2, 1, 0}, {5, 2, 0});
  EXPECT_EQ(drain(some), (Ids{4, 3, 1}));
  JobQueue none(jobs, numbers(6), {0, 1, 2, 3, 4, 5});
  EXPECT_FALSE(none.next());
}

TEST(JobQueueTest, IsEmptyOnceClosed) {
  const std::vector<RenderOptions> jobs(10, job("mixed4a", 0));
  JobQueue queue(jobs, numbers(10));
  EXPECT_TRUE(queue.next());
  queue.close();
  EXPECT_FALSE(queue.next());
}

TEST(JobQueueTest, ThreadsShareItWithoutLossOrRepetition) {
  constexpr int count = 5000;
  const std::vector<RenderOptions> jobs(count, job("mixed4a", 0));
  JobQueue queue(jobs, numbers(count));
  std::vector<Ids> drawn(4);
  {
    std::vector<std::jthread> threads;
    for (Ids& mine : drawn) threads.emplace_back([&queue, &mine] { mine = drain(queue); });
  }
  Ids all;
  for (const Ids& part : drawn) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, numbers(count));
}

TEST(JobQueueTest, ProcessesShareOneCounterInShrinkingChunks) {
  constexpr int count = 1000;
  constexpr int processes = 4;
  const std::vector<RenderOptions> jobs(count, job("mixed4a", 0));
  const FetchAdd counter = local_counter();
  std::vector<std::int64_t> chunks;
  const FetchAdd recorded = [&](std::int64_t amount) {
    if (amount > 0) chunks.push_back(amount);
    return counter(amount);
  };
  std::vector<std::unique_ptr<JobQueue>> queues;
  for (int i = 0; i < processes; ++i) {
    queues.push_back(
        std::make_unique<JobQueue>(jobs, numbers(count), std::set<std::int64_t>{}, recorded, processes));
  }
  Ids all;
  // Processes of unequal speed: the first draws three times as often as each of the others.
  for (bool any = true; any;) {
    any = false;
    for (const int who : {0, 1, 0, 2, 0, 3}) {
      if (const auto next = queues[static_cast<std::size_t>(who)]->next()) {
        all.push_back(next->id);
        any = true;
      }
    }
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, numbers(count));
  EXPECT_EQ(chunks.front(), count / (2 * processes));
  EXPECT_EQ(chunks.back(), 1);
  EXPECT_LT(chunks.size(), count / 4U) << "chunks are larger than one job for most of the way";
}

}  // namespace
}  // namespace limpid::testing
