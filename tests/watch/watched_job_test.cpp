// A job that is watched, without a server: what viewers cost, what they may ask for, and the log that makes the same bytes.
#include "tools/watch/watched_job.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "kernels/core/error.h"
#include "tests/job/job_use.h"
#include "tools/watch/steering_log.h"

namespace limpid {
namespace {

using test::job_model;
using test::refusal;
using test::small_job;

JobOptions watched_job(int steps) {
  JobOptions options = small_job();
  options.steerable = true;
  options.render.steps = steps;
  options.render.view.transforms = parse_transforms("pad(4) jitter(8) scale(0.9..1.1) noise(0)");
  return options;
}

/// What the job's own thread does, so many updates long; nothing is asked meanwhile.
void go_on(WatchedJob& watched, int updates) {
  const std::string count = "{\"count\": " + std::to_string(updates) + "}";
  EXPECT_EQ(watched.answer(WatchAction::step, count).error, "");
  const int end = watched.job().steps_done() + updates;
  watched.run([&] { return watched.job().steps_done() >= end; });
}

std::vector<float> replayed(const std::string& text) {
  PictureFiles files;
  const SteeringLog log =
      read_steering_log(text, "log.json", *job_model(), {"cpu", Precision::fp32, 1}, files);
  RenderJob job(job_model(), log.options);
  replay(log, "log.json", job, [](const RenderJob&) { return true; });
  EXPECT_EQ(job.steps_done(), log.steps_done);
  return job.image().rgb;
}

TEST(WatchedJob, WithoutChangesIsTheJob) {
  RenderJob plain(job_model(), watched_job(4));
  plain.step(4);
  WatchedJob watched(job_model(), watched_job(4));
  watched.run([&] { return watched.job().over(); });
  EXPECT_EQ(watched.job().image().rgb, plain.image().rgb);
}

TEST(WatchedJob, TheLogMakesTheSameBytesAlsoAfterGoingBack) {
  WatchedJob watched(job_model(), watched_job(8));
  go_on(watched, 1);
  EXPECT_EQ(watched.answer(WatchAction::set, R"({"objective": "mixed3b:7 - 0.1*mixed3a:200"})").error, "");
  go_on(watched, 1);
  EXPECT_EQ(watched.answer(WatchAction::pin, "").error, "");
  const std::vector<float> pinned = watched.job().image().rgb;
  EXPECT_EQ(watched.answer(WatchAction::set, R"({"noise": 0.5, "learning_rate": 0.2})").error, "");
  go_on(watched, 2);
  const WatchAnswer dropped = watched.answer(WatchAction::result, "");
  EXPECT_EQ(replayed(dropped.log.dump()), dropped.image->rgb);

  EXPECT_EQ(watched.answer(WatchAction::rewind, R"({"pin": 1})").error, "");
  EXPECT_EQ(watched.job().steps_done(), 2);
  EXPECT_EQ(watched.job().image().rgb, pinned);
  EXPECT_EQ(watched.answer(WatchAction::set, R"({"view_strength": 0.25})").error, "");
  go_on(watched, 2);
  const WatchAnswer branch = watched.answer(WatchAction::result, "");
  EXPECT_NE(branch.image->rgb, dropped.image->rgb);
  ASSERT_EQ(branch.log["steering"].size(), 2U);
  EXPECT_EQ(branch.log["steering"][1]["step"], 2);
  EXPECT_EQ(replayed(branch.log.dump()), branch.image->rgb);

  // A log without its last change makes another picture: the comparison above can fail.
  JsonField::Json less = branch.log;
  less["steering"].erase(1);
  EXPECT_NE(replayed(less.dump()), branch.image->rgb);
}

TEST(WatchedJob, APauseFreezesAndStepsAreCounted) {
  WatchedJob watched(job_model(), watched_job(100));
  std::atomic<bool> stop = false;
  std::thread runs([&] { watched.run([&] { return stop.load(); }); });
  const int paused_at = watched.ask(WatchAction::pause).step;
  EXPECT_EQ(watched.ask(WatchAction::pin).step, paused_at);
  EXPECT_TRUE(watched.board().status().paused);
  EXPECT_EQ(watched.ask(WatchAction::step, R"({"count": 2})").error, "");
  while (watched.board().status().step < paused_at + 2)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(watched.ask(WatchAction::pause).step, paused_at + 2);
  stop = true;
  runs.join();
  EXPECT_EQ(watched.ask(WatchAction::run).error, "the program has ended");
}

TEST(WatchedJob, CopiesAPictureOnlyForWhoAskedForIt) {
  WatchedJob watched(job_model(), watched_job(8));
  go_on(watched, 1);
  EXPECT_EQ(watched.mailbox().newest(), nullptr);
  watched.mailbox().want();
  go_on(watched, 1);
  const auto frame = watched.mailbox().newest();
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->number, 1);
  // Who took it and never comes again has no other made.
  go_on(watched, 3);
  EXPECT_EQ(watched.mailbox().newest(), frame);
  watched.mailbox().want();
  go_on(watched, 1);
  EXPECT_EQ(watched.mailbox().newest()->number, 2);
  EXPECT_EQ(watched.mailbox().newest()->step, 6);
  EXPECT_EQ(watched.mailbox().newest()->image.rgb, watched.job().image().rgb);
}

TEST(WatchedJob, TellsEachViewerWhatIsNew) {
  using std::chrono::milliseconds;
  WatchedJob watched(job_model(), watched_job(8));
  go_on(watched, 2);
  watched.answer(WatchAction::pin, "");
  WatchBoard::Mark mark;
  const WatchNews first = watched.board().wait(mark, milliseconds(0));
  ASSERT_NE(first.controls, nullptr);
  EXPECT_TRUE(first.restarts);
  EXPECT_EQ(first.status.step, 2);
  EXPECT_EQ(first.points.back().step, 2);
  go_on(watched, 1);
  const WatchNews second = watched.board().wait(mark, milliseconds(0));
  EXPECT_EQ(second.controls, nullptr);
  EXPECT_FALSE(second.restarts);
  ASSERT_EQ(second.points.size(), 1U);
  EXPECT_EQ(second.points[0].value, watched.job().curve()[2]);
  watched.answer(WatchAction::rewind, R"({"pin": 1})");
  const WatchNews back = watched.board().wait(mark, milliseconds(0));
  EXPECT_TRUE(back.restarts);
  EXPECT_EQ(back.points.back().step, 2);
}

TEST(WatchedJob, SaysWhatItRefusesAndGoesOn) {
  WatchedJob watched(job_model(), watched_job(8));
  const auto error = [&](WatchAction action, const char* body) { return watched.answer(action, body).error; };
  EXPECT_EQ(
      error(WatchAction::set, R"({"seed": 1})"),
      "the change: seed: it cannot change while a job runs: objective, learning_rate, transforms, noise and "
      "view_strength can");
  EXPECT_NE(error(WatchAction::set, R"({"objective": "mixed4a:1"})"), "");
  EXPECT_NE(error(WatchAction::set, "{"), "");
  EXPECT_NE(error(WatchAction::step, R"({"count": 0})"), "");
  EXPECT_NE(error(WatchAction::step, R"({"count": 1, "more": 1})"), "");
  EXPECT_EQ(error(WatchAction::rewind, R"({"pin": 3})"), "there is no snapshot 3");
  EXPECT_TRUE(watched.job().log().empty());
  go_on(watched, 1);
}

TEST(SteeringLog, SaysWhatIsWrongWithALog) {
  WatchedJob watched(job_model(), watched_job(4));
  watched.answer(WatchAction::set, R"({"learning_rate": 0.1})");
  const JsonField::Json log = watched.answer(WatchAction::result, "").log;
  const auto with = [&](const char* name, const JsonField::Json& value) {
    JsonField::Json other = log;
    other[name] = value;
    return refusal([&] { replayed(other.dump()); });
  };
  EXPECT_NE(refusal([&] { replayed("{"); }).find("log.json"), std::string::npos);
  EXPECT_NE(with("weights", std::string(64, '0')).find("the log is of other weights"), std::string::npos);
  EXPECT_NE(with("steps_done", 5).find("log.json: steps_done: "), std::string::npos);
  EXPECT_NE(with("steering", JsonField::Json::parse(R"([{"step": 0, "set": {"learning_rate": -1}}])"))
                .find("steering[0]"),
            std::string::npos);
}

}  // namespace
}  // namespace limpid
