// Streams and events keep every order that tasks ask for.
#include "kernels/core/stream_assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace limpid {
namespace {

using Edges = std::vector<std::vector<int>>;

TEST(StreamAssignment, AChainIsOneStreamWithoutEvents) {
  const StreamAssignment result = assign_streams({{}, {0}, {1}, {2}});
  EXPECT_EQ(result.streams, 1);
  for (const AssignedTask& task : result.tasks) {
    EXPECT_EQ(task.stream, 0);
    EXPECT_TRUE(task.waits.empty());
  }
}

TEST(StreamAssignment, BranchesTakeStreamsAndGiveThemBack) {
  // A fork of three, a join, and another fork.
  const StreamAssignment result = assign_streams({{}, {0}, {0}, {0}, {1, 2, 3}, {4}, {4}});
  EXPECT_EQ(result.streams, 3);
  EXPECT_EQ(result.tasks[1].stream, 0);
  EXPECT_EQ(result.tasks[2].waits, std::vector<int>{0});
  EXPECT_EQ(result.tasks[4].waits, (std::vector<int>{2, 3}));
  EXPECT_NE(result.tasks[5].stream, result.tasks[6].stream);
}

TEST(StreamAssignment, NoTasks) {
  EXPECT_TRUE(assign_streams({}).tasks.empty());
}

/// What the order of streams and the events guarantee to be done before each task.
std::vector<std::vector<bool>> guaranteed(const StreamAssignment& assignment) {
  const std::size_t count = assignment.tasks.size();
  std::vector<std::vector<bool>> before(count, std::vector<bool>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const auto inherit = [&](std::size_t j) {
      before[i][j] = true;
      for (std::size_t k = 0; k < count; ++k) before[i][k] = before[i][k] || before[j][k];
    };
    for (const int wait : assignment.tasks[i].waits) inherit(static_cast<std::size_t>(wait));
    for (std::size_t j = i; j-- > 0;) {
      if (assignment.tasks[j].stream != assignment.tasks[i].stream) continue;
      inherit(j);
      break;
    }
  }
  return before;
}

TEST(StreamAssignment, GuaranteesWhatIsAskedAndSerialisesNothingElse) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    Edges after(40);
    std::vector<std::vector<bool>> wanted(after.size(), std::vector<bool>(after.size()));
    for (std::size_t i = 1; i < after.size(); ++i) {
      for (std::size_t parents = random() % 4; parents > 0; --parents) {
        const std::size_t j = random() % i;
        if (wanted[i][j]) continue;
        after[i].push_back(static_cast<int>(j));
        wanted[i][j] = true;
        for (std::size_t k = 0; k < j; ++k) wanted[i][k] = wanted[i][k] || wanted[j][k];
      }
    }
    EXPECT_EQ(guaranteed(assign_streams(after)), wanted) << trial;
  }
}

}  // namespace
}  // namespace limpid
