// What is kept of a long way for its animation: how even, and how much.
#include "tools/watch/frame_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace limpid {
namespace {

/// Of 6 bytes; its value says which.
Image small_picture(int step) {
  return {1, 2, std::vector<float>(6, static_cast<float>(step % 256) / 255)};
}

std::vector<int> steps_after(std::size_t most_frames, std::size_t most_bytes, int last, int every = 1) {
  FrameHistory history(most_frames, most_bytes);
  for (int step = 0; step <= last; step += every) {
    history.add(step, small_picture(step));
    const FrameHistory::Kept kept = history.kept();
    EXPECT_LE(kept.frames.size(), most_frames);
    EXPECT_EQ(kept.steps.back(), step);
  }
  return history.kept().steps;
}

TEST(FrameHistory, IsEvenOverTheWholeWay) {
  constexpr int kMost = 12;
  for (const int last : {1, 11, 12, 13, 40, 95, 96, 97, 1000}) {
    const std::vector<int> steps = steps_after(kMost, 1 << 20, last);
    EXPECT_EQ(steps.front(), 0);
    EXPECT_EQ(steps.back(), last);
    EXPECT_GE(steps.size(), static_cast<std::size_t>(std::min(last + 1, kMost / 2))) << last;
    const int stride = steps[1];
    for (std::size_t i = 1; i + 1 < steps.size(); ++i) EXPECT_EQ(steps[i] - steps[i - 1], stride) << last;
    EXPECT_LE(last - steps[steps.size() - 2], stride) << last;
    // No wider than it must be.
    EXPECT_LE(stride, std::max(1, 4 * last / kMost)) << last;
  }
}

TEST(FrameHistory, KeepsThePicturesOfItsSteps) {
  FrameHistory history(12);
  for (int step = 0; step < 100; ++step) history.add(step, small_picture(step));
  const FrameHistory::Kept kept = history.kept();
  EXPECT_EQ(kept.height, 1);
  EXPECT_EQ(kept.width, 2);
  ASSERT_EQ(kept.frames.size(), kept.steps.size());
  for (std::size_t i = 0; i < kept.steps.size(); ++i)
    EXPECT_EQ(kept.frames[i], std::vector<std::uint8_t>(6, static_cast<std::uint8_t>(kept.steps[i]))) << i;
}

TEST(FrameHistory, HoldsNoMoreThanItsBytes) {
  // Of 6 bytes a picture: one that is alone larger than the limit, one, one and a bit, two, three.
  const std::vector<std::pair<std::size_t, std::size_t>> limits = {{5, 1}, {6, 1}, {11, 1}, {12, 2}, {18, 3}};
  for (const auto& [bytes, most] : limits) {
    FrameHistory history(100, bytes);
    for (int step = 0; step < 50; ++step) {
      history.add(step, small_picture(step));
      EXPECT_LE(history.kept().frames.size(), most) << bytes;
    }
    EXPECT_EQ(history.kept().steps.back(), 49);
  }
}

TEST(FrameHistory, ForgetsAWayThatWasLeft) {
  FrameHistory history(12);
  for (int step = 0; step < 50; ++step) history.add(step, small_picture(step));
  history.add(10, small_picture(77));
  const FrameHistory::Kept back = history.kept();
  EXPECT_EQ(back.steps.back(), 10);
  EXPECT_EQ(back.frames.back(), std::vector<std::uint8_t>(6, 77));
  EXPECT_TRUE(std::ranges::is_sorted(back.steps));
  history.add(0, small_picture(1));
  history.add(1, small_picture(1));
  history.add(2, small_picture(1));
  EXPECT_EQ(history.kept().steps, (std::vector<int>{0, 1, 2}));
}

}  // namespace
}  // namespace limpid
