#include "kernels/core/thread_team.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "kernels/core/parallel.h"

namespace limpid {
namespace {

using std::chrono::microseconds;

class Team : public ::testing::TestWithParam<int> {};

TEST_P(Team, RunsATaskOncePerWorkerInEveryRound) {
  ThreadTeam team(GetParam());
  ASSERT_EQ(team.size(), GetParam());
  // Plain integers: `run` itself must order the rounds, as the sanitizers check.
  std::vector<int> calls(static_cast<std::size_t>(team.size()));
  constexpr int kRounds = 3000;
  for (int round = 1; round <= kRounds; ++round) {
    team.run([&](int worker) { ++calls[static_cast<std::size_t>(worker)]; });
    for (const int count : calls) ASSERT_EQ(count, round);
  }
}

TEST_P(Team, EachWorkerHasItsOwnThreadAndTheFirstIsTheCaller) {
  ThreadTeam team(GetParam());
  std::vector<std::thread::id> ids(static_cast<std::size_t>(team.size()));
  team.run([&](int worker) { ids[static_cast<std::size_t>(worker)] = std::this_thread::get_id(); });
  EXPECT_EQ(ids[0], std::this_thread::get_id());
  EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), ids.size());
}

TEST_P(Team, WakesFromSleepAndWaitsForSlowWorkers) {
  // Long enough for both sides to leave the spin and sleep.
  ThreadTeam team(GetParam());
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(microseconds(500));
    std::atomic<int> done = 0;
    team.run([&](int worker) {
      if (worker != 0) std::this_thread::sleep_for(microseconds(500));
      ++done;
    });
    ASSERT_EQ(done, team.size());
  }
}

/// What a child of fork() returns: 0 where `body` did not fail a check, and came to an end.
template <class Body>
int status_of_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    body();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

/// The address sanitizer of g++ 12 has locks while a thread starts, which a child forked meanwhile waits for.
void let_threads_start([[maybe_unused]] ThreadTeam& team) {
#ifdef __SANITIZE_ADDRESS__
  team.run([](int) {});
#endif
}

TEST_P(Team, WorksInAChildOfFork) {
  ThreadTeam team(GetParam());
  let_threads_start(team);
  const auto runs = [&] {
    for (int round = 0; round < 20; ++round) {
      std::vector<int> calls(static_cast<std::size_t>(team.size()));
      std::vector<std::thread::id> ids(calls.size());
      team.run([&](int worker) {
        ++calls[static_cast<std::size_t>(worker)];
        ids[static_cast<std::size_t>(worker)] = std::this_thread::get_id();
      });
      for (const int count : calls) ASSERT_EQ(count, 1);
      ASSERT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), ids.size());
    }
  };
  for (const bool used : {false, true}) {
    if (used) runs();
    EXPECT_EQ(status_of_child(runs), 0);
    EXPECT_EQ(status_of_child([&] { EXPECT_EQ(status_of_child(runs), 0); }), 0) << "a grandchild";
    EXPECT_EQ(status_of_child([&] { ThreadTeam(GetParam()).run([](int) {}); }), 0)
        << "a team of the child's own";
  }
  runs();
}

TEST_P(Team, EndsInAChildOfFork) {
  auto team = std::make_unique<ThreadTeam>(GetParam());
  let_threads_start(*team);
  EXPECT_EQ(status_of_child([&] { team = nullptr; }), 0);
  EXPECT_EQ(status_of_child([&] {
              team->run([](int) {});
              team = nullptr;
            }),
            0);
}

TEST_P(Team, EndsWhileIdleAwakeOrAsleep) {
  for (int round = 0; round < 50; ++round) {
    ThreadTeam unused(GetParam());
  }
  for (const int idle : {0, 5, 500}) {
    ThreadTeam team(GetParam());
    std::atomic<int> done = 0;
    team.run([&](int) { ++done; });
    std::this_thread::sleep_for(microseconds(idle));
    EXPECT_EQ(done, team.size());
  }
}

TEST_P(Team, ParallelForCoversEveryIndexOnce) {
  ThreadTeam team(GetParam());
  const Stream stream{&team, nullptr};
  for (const std::int64_t count : {0, 1, 2, 3, 4, 5, 7, 64, 1001}) {
    std::vector<int> visits(static_cast<std::size_t>(count)), by(visits.size());
    parallel_for_worker(stream, count, [&](std::int64_t i, int worker) {
      ++visits[static_cast<std::size_t>(i)];
      by[static_cast<std::size_t>(i)] = worker;
    });
    EXPECT_EQ(visits, std::vector<int>(visits.size(), 1));
    for (const int worker : by) EXPECT_LT(worker, team.size());
  }
}

/// One thread is held up by its first index; the others take the rest of its range.
TEST_P(Team, ThreadsHelpOneThatIsHeldUp) {
  ThreadTeam team(GetParam());
  if (team.size() == 1) GTEST_SKIP() << "one thread has nobody to help it";
  constexpr std::int64_t kCount = 800;
  std::atomic<std::int64_t> done = 0;
  std::vector<int> by(kCount);
  parallel_for_worker(Stream{&team, nullptr}, kCount, [&](std::int64_t i, int worker) {
    by[static_cast<std::size_t>(i)] = worker;
    const std::int64_t chunk = kCount / team.size() / 8;
    // Index 0 waits until all but its own chunk are done: only others can do them.
    while (i == 0 && done < kCount - chunk - 1) std::this_thread::yield();
    ++done;
  });
  EXPECT_EQ(done, kCount);
  EXPECT_NE(by[static_cast<std::size_t>(kCount / team.size() - 1)], by[0]);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Team, ::testing::Range(1, 6));

TEST(StreamWithoutTeam, IsTheCallingThread) {
  const Stream stream;
  EXPECT_EQ(stream.threads(), 1);
  std::int64_t sum = 0;
  parallel_for(stream, 10, [&](std::int64_t i) { sum += i; });
  EXPECT_EQ(sum, 45);
}

}  // namespace
}  // namespace limpid
