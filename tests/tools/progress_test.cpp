#include "tools/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace limpid::testing {
namespace {

using namespace std::chrono_literals;

/// What a reporter prints for `steps` steps, one every `pace`.
std::string printed(ProgressStyle style, int steps, std::chrono::milliseconds pace, int columns = 80) {
  char* text = nullptr;
  std::size_t size = 0;
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(::open_memstream(&text, &size), std::fclose);
    ProgressReporter reporter(style, stream.get(), columns);
    auto now = ProgressReporter::Clock::time_point(1h);
    const double rate = 1000.0 / static_cast<double>(pace.count());
    for (int step = 1; step <= steps; ++step) reporter.report({step, steps, 1.5 * step, rate}, now += pace);
  }
  std::string result(text, size);
  std::free(text);
  return result;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

TEST(Progress, SilentPrintsNothing) {
  EXPECT_EQ(printed(ProgressStyle::silent, 100, 1s), "");
}

TEST(Progress, QuickWorkTakesALineATenth) {
  const auto output = lines(printed(ProgressStyle::lines, 512, 10ms));
  ASSERT_EQ(output.size(), 10U);
  EXPECT_EQ(output.front(), "step 52/512  objective 78  100 image-steps/s  ETA 0:05");
  EXPECT_EQ(output.back(), "step 512/512  objective 768  100 image-steps/s  ETA 0:00");
}

TEST(Progress, SlowWorkTakesALineEveryTenSeconds) {
  // 1000 steps of a second: a tenth is 100 s.
  const auto output = lines(printed(ProgressStyle::lines, 1000, 1s));
  EXPECT_GE(output.size(), 95U);
  EXPECT_LE(output.size(), 110U);
}

TEST(Progress, FewStepsTakeALineEach) {
  EXPECT_EQ(lines(printed(ProgressStyle::lines, 3, 1ms)).size(), 3U);
}

TEST(Progress, BarIsRedrawnInPlaceAndEndsItsLine) {
  const std::string output = printed(ProgressStyle::bar, 100, 50ms);
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1);
  EXPECT_EQ(output.back(), '\n');
  EXPECT_EQ(output.front(), '\r');
  // Ten frames a second at most: every other step.
  EXPECT_LE(std::count(output.begin(), output.end(), '\r'), 52);
  EXPECT_NE(output.find("step 100/100"), std::string::npos);
}

TEST(Progress, BarFitsTheTerminal) {
  for (const int columns : {1, 20, 60, 80, 200}) {
    std::istringstream frames(printed(ProgressStyle::bar, 10, 1s, columns));
    for (std::string frame; std::getline(frames, frame, '\r');) {
      const std::size_t visible = frame.find("\x1b[K");
      EXPECT_LE(visible == frame.npos ? 0 : visible, static_cast<std::size_t>(columns)) << frame;
    }
  }
}

TEST(Progress, JsonHasAnObjectForEveryStep) {
  const auto output = lines(printed(ProgressStyle::json, 20, 1ms));
  ASSERT_EQ(output.size(), 20U);
  const auto event = nlohmann::json::parse(output[4]);
  EXPECT_EQ(event.at("event"), "step");
  EXPECT_EQ(event.at("step"), 5);
  EXPECT_EQ(event.at("steps"), 20);
  EXPECT_EQ(event.at("objective"), 7.5);
  EXPECT_EQ(event.at("image_steps_per_second"), 1000.0);
}

TEST(Progress, TimeLeft) {
  EXPECT_EQ(format_time_left({0, 10, 0, 0}), "-:--");
  EXPECT_EQ(format_time_left({10, 10, 0, 1}), "0:00");
  EXPECT_EQ(format_time_left({0, 61, 0, 1}), "1:01");
  EXPECT_EQ(format_time_left({0, 3723, 0, 1}), "1:02:03");
  EXPECT_EQ(format_time_left({0, 1'000'000, 0, 1e-9}), "99:59:59");
}

}  // namespace
}  // namespace limpid::testing
