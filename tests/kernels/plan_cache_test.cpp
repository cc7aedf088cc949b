// The file of tuned convolution plans: round trip, damage, other cards and versions.
#include "kernels/conv/plan_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>

#include "kernels/conv/folder_lock.h"
#include "kernels/core/error.h"

namespace limpid::cuda::plan_cache_test {
namespace {

namespace fs = std::filesystem;

const PlanCacheScope kScope = {"NVIDIA H200", 90, 91900, 130100};

ConvRequest request(int batch) {
  ConvRequest r;
  r.layer = "mixed3a_3x3";
  r.shape = {96, 28, 28, 128, 28, 28, {3, 1, 1, 1}};
  r.batch = batch;
  r.dtype = DType::f16;
  return r;
}

CachedPlan plan(int engine) {
  return {{ConvProvider::cudnn, engine, {{2, 7}, {13, -1}}}, 131, 12.25, 3.5e-4};
}

std::string contents(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class PlanCacheFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "limpid_plan_cache_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    file_ = folder_ / "below" / "plans.json";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& text) {
    fs::create_directories(file_.parent_path());
    std::ofstream(file_) << text;
  }
  void save_one(const PlanCacheScope& scope, int batch, int engine) {
    PlanCache cache(file_, scope);
    cache.store(request(batch), plan(engine));
    cache.save();
  }

  fs::path folder_, file_;
};

TEST_F(PlanCacheFile, RoundTrip) {
  PlanCache cache(file_, kScope);
  EXPECT_FALSE(cache.find(request(1)));
  const CachedPlan hand = {{ConvProvider::stem_dgrad, 0, {}}, 0, 20, 1e-7};
  // The words of a descriptor use all 64 bits.
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  const CachedPlan product = {{ConvProvider::cublaslt, 66, {{0, kLeast}, {1, -1}, {7, 0}}}, 0, 5, 2e-4};
  cache.store(request(1), plan(41));
  cache.store(request(2), hand);
  const CachedPlan in_depth = {{ConvProvider::cudnn_in_depth, 12, {{2, 1}}}, 401408, 7, 3e-4};
  cache.store(request(4), product);
  cache.store(request(8), in_depth);
  cache.store(request(1), plan(10));
  cache.save();

  ::testing::internal::CaptureStderr();
  const PlanCache read(file_, kScope);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(read.find(request(1)), plan(10));
  EXPECT_EQ(read.find(request(2)), hand);
  EXPECT_EQ(read.find(request(8)), in_depth);
  EXPECT_EQ(read.find(request(4)), product);
  EXPECT_FALSE(read.find(request(3)));
  ConvRequest sliced = request(1);
  sliced.target_channels = 256;
  EXPECT_FALSE(read.find(sliced));
  // Nothing but the file is left behind.
  EXPECT_EQ(std::distance(fs::directory_iterator(file_.parent_path()), {}), 1);
}

TEST_F(PlanCacheFile, ServesSeveralCardsAndVersions) {
  const PlanCacheScope older = {kScope.gpu, 90, 91900, 120900}, other = {"NVIDIA L4", 89, 91900, 130100};
  save_one(older, 1, 1);
  save_one(other, 1, 2);
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(PlanCache(file_, kScope).find(request(1)));
  const std::string warning = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(warning.find("1 entries ignored, for they were tuned with other versions"), std::string::npos)
      << warning;
  EXPECT_EQ(std::count(warning.begin(), warning.end(), '\n'), 1);

  save_one(kScope, 1, 3);
  EXPECT_EQ(PlanCache(file_, kScope).find(request(1)), plan(3));
  EXPECT_EQ(PlanCache(file_, older).find(request(1)), plan(1));
  EXPECT_EQ(PlanCache(file_, other).find(request(1)), plan(2));
}

TEST_F(PlanCacheFile, DamageIsSaidInOneLineAndIgnored) {
  save_one(kScope, 1, 41);
  const std::string whole = contents(file_);
  std::string other_format = whole;
  other_format.replace(whole.find("\"format\": 2"), 11, "\"format\": 1");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{\"format\": 2}"), std::string("\x00\xff\xfe", 3),
        whole.substr(0, whole.size() / 2), other_format,
        "{\"format\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}"}) {
    write(text);
    ::testing::internal::CaptureStderr();
    EXPECT_FALSE(PlanCache(file_, kScope).find(request(1))) << text;
    const std::string warning = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(warning.begin(), warning.end(), '\n'), 1) << warning;
  }
}

TEST_F(PlanCacheFile, ADamagedEntryCostsOnlyItself) {
  save_one(kScope, 1, 41);
  save_one(kScope, 2, 42);
  std::string text = contents(file_);
  text.replace(text.find("\"engine\": 41"), 12, "\"engine\": {}");
  write(text);
  ::testing::internal::CaptureStderr();
  const PlanCache cache(file_, kScope);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("1 damaged entries ignored"), std::string::npos);
  EXPECT_FALSE(cache.find(request(1)));
  EXPECT_EQ(cache.find(request(2)), plan(42));
}

TEST_F(PlanCacheFile, WhatIsPassedOverIsRememberedWithItsReason) {
  PlanCache cache(file_, kScope);
  cache.store(request(1), plan(41));
  cache.refuse(request(1), plan(41).algorithm, "illegal address");
  cache.refuse(request(1), plan(41).algorithm, "once more");
  EXPECT_FALSE(cache.find(request(1))) << "nor is it taken";
  cache.save();
  const PlanCache read(file_, kScope);
  EXPECT_EQ(read.refusal(request(1), plan(41).algorithm), "illegal address");
  EXPECT_EQ(read.refusal(request(1), plan(42).algorithm), "");
  EXPECT_EQ(read.refusal(request(2), plan(41).algorithm), "");
  const PlanCacheScope newer = {kScope.gpu, 90, 92000, 130100};
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(PlanCache(file_, newer).refusal(request(1), plan(41).algorithm), "")
      << "another version may be sound";
  ::testing::internal::GetCapturedStderr();
}

/// A process that guesses must not undo what another measured meanwhile.
TEST_F(PlanCacheFile, MergingPrefersWhatWasMeasured) {
  PlanCache guesses(file_, kScope);
  CachedPlan guess = plan(7);
  guess.timed = false;
  guesses.store(request(1), guess);
  guesses.store(request(2), guess);
  PlanCache measured(file_, kScope);
  measured.store(request(1), plan(41));
  measured.refuse(request(2), guess.algorithm, "breaks");
  measured.save();
  EXPECT_TRUE(guesses.update());
  const PlanCache read(file_, kScope);
  EXPECT_EQ(read.find(request(1)), plan(41));
  EXPECT_FALSE(read.find(request(2)));
  EXPECT_EQ(read.refusal(request(2), guess.algorithm), "breaks");
  guesses.store(request(3), guess);
  guesses.save();
  EXPECT_EQ(PlanCache(file_, kScope).find(request(3)), guess);
  write("{\"format\": 3}");
  EXPECT_FALSE(guesses.update()) << "a newer program's file is left alone";
}

/// A process that hangs with the lock must not hang the others, which save as they end.
TEST_F(PlanCacheFile, IsSavedThoughAnotherProcessHangs) {
  fs::create_directories(file_.parent_path());
  const FolderLock others(file_, FolderLock::Wait::until_free);
  PlanCache cache(file_, kScope);
  cache.store(request(1), plan(1));
  EXPECT_TRUE(cache.update());
  EXPECT_EQ(PlanCache(file_, kScope).find(request(1)), plan(1));
}

TEST_F(PlanCacheFile, SignalsDoNotEndTheWaitForTheLock) {
  fs::create_directories(file_.parent_path());
  struct sigaction heard = {}, before = {};
  heard.sa_handler = [](int) {};  // Without SA_RESTART.
  ASSERT_EQ(sigaction(SIGUSR1, &heard, &before), 0);
  std::atomic<bool> begins = false, taken = false;
  std::thread waits;
  {
    const FolderLock first(file_, FolderLock::Wait::until_free);
    waits = std::thread([&] {
      begins = true;
      const FolderLock second(file_, FolderLock::Wait::until_free);
      taken = true;
    });
    while (!begins) std::this_thread::yield();
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      pthread_kill(waits.native_handle(), SIGUSR1);
    }
    EXPECT_FALSE(taken);
  }
  waits.join();
  EXPECT_TRUE(taken);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(PlanCacheFile, AFailedSaveLeavesNothingBehind) {
  fs::create_directories(file_);  // A folder where the file should be.
  PlanCache cache(file_, kScope);
  cache.store(request(1), plan(1));
  EXPECT_THROW(cache.save(), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(file_.parent_path()), {}), 1);
}

TEST(PlanCacheLocation, FollowsTheEnvironment) {
  setenv("HOME", "/home/someone", 1);
  unsetenv("XDG_CACHE_HOME");
  unsetenv("LIMPID_CACHE");
  EXPECT_EQ(default_plan_cache_file(), "/home/someone/.cache/limpid/plans.json");
  setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(default_plan_cache_file(), "/home/someone/.cache/limpid/plans.json");
  setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(default_plan_cache_file(), "/cache/limpid/plans.json");
  setenv("LIMPID_CACHE", "/elsewhere", 1);
  EXPECT_EQ(default_plan_cache_file(), "/elsewhere/plans.json");
  unsetenv("LIMPID_CACHE");
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  EXPECT_EQ(default_plan_cache_file(), "");
}

}  // namespace
}  // namespace limpid::cuda::plan_cache_test
