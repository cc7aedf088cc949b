// A job that is watched, without a server: what viewers cost, what they may ask for, and the log that makes the same bytes.
#include "tools/watch/watched_job.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "engine/job/job_options_json.h"
#include "engine/options/image_options.h"
#include "engine/pictures/picture_files.h"
#include "engine/pictures/png.h"
#include "kernels/core/error.h"
#include "tests/job/job_use.h"
#include "tests/weights/support.h"
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
  AttachedPictures pictures;
  const SteeringLog log =
      read_steering_log(text, "log.json", *job_model(), {"cpu", Precision::fp32, 1}, files, pictures);
  const Replayed made =
      replay(log, "log.json", job_model(), pictures, [](const RenderJob&, int) { return true; });
  EXPECT_EQ(made.job->steps_done(), log.back().steps_done);
  EXPECT_EQ(made.earlier.size() + 1, log.size());
  return made.job->image().rgb;
}

/// A picture file of the job's size, white where x is at least `from`.
std::string white_from(int from) {
  Image image{40, 48, {}};
  for (int i = 0; i < 40 * 48; ++i) image.rgb.insert(image.rgb.end(), 3, i % 48 >= from ? 1.0F : 0.0F);
  return encode_png(image);
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

TEST(WatchedJob, GoesOnToAnotherLayerFromThePicture) {
  WatchedJob watched(job_model(), watched_job(8));
  go_on(watched, 2);
  EXPECT_EQ(watched.answer(WatchAction::set, R"({"learning_rate": 0.2, "view_strength": 0.5})").error, "");
  const std::vector<float> before = watched.job().image().rgb;
  EXPECT_NE(watched.answer(WatchAction::set, R"({"objective": "mixed4a:5"})").error, "");
  EXPECT_EQ(watched.answer(WatchAction::begin, R"({"objective": "mixed4a:5"})").error, "");
  EXPECT_EQ(watched.job().image().rgb, before);
  EXPECT_EQ(to_string(watched.job().options().objective), "mixed4a:5");
  EXPECT_EQ(watched.answer(WatchAction::pin, "").step, 2);
  go_on(watched, 3);
  EXPECT_EQ(watched.board().status().step, 5);
  const WatchAnswer result = watched.answer(WatchAction::result, "");
  EXPECT_EQ(result.step, 5);
  ASSERT_EQ(result.log["earlier"].size(), 1U);
  EXPECT_EQ(result.log["earlier"][0]["steps_done"], 2);
  EXPECT_EQ(result.log["steps_done"], 3);
  EXPECT_EQ(result.log["job"]["learning_rate"], 0.2);
  EXPECT_EQ(result.log["steering"][0]["set"]["view_strength"], 0.5);
  EXPECT_EQ(replayed(result.log.dump()), result.image->rgb);
  EXPECT_FALSE(result.attached);

  // Back into the first job's layer, and to where the second began.
  EXPECT_EQ(watched.answer(WatchAction::begin, R"({"objective": "mixed3b:11"})").error, "");
  EXPECT_EQ(watched.answer(WatchAction::rewind, R"({"pin": 1})").step, 2);
  EXPECT_EQ(watched.job().image().rgb, before);
  EXPECT_EQ(watched.answer(WatchAction::result, "").log["earlier"].size(), 1U);
  go_on(watched, 3);
  EXPECT_EQ(watched.job().image().rgb, result.image->rgb);
}

TEST(WatchedJob, APictureNamesTheJobItIsOf) {
  WatchedJob watched(job_model(), watched_job(8));
  go_on(watched, 1);
  EXPECT_EQ(watched.answer(WatchAction::set, R"({"learning_rate": 0.2})").error, "");
  const PictureTexts origin = {{"Command", "limpid render mixed3b:11"}};
  const auto texts = [&] {
    const PictureTexts all = steered_texts(origin, watched.answer(WatchAction::result, "").log);
    return std::map<std::string, std::string>(all.begin(), all.end());
  };
  const auto one = texts();
  EXPECT_EQ(one.at("Command"), "limpid render mixed3b:11");
  EXPECT_EQ(one.at("Step"), "1");
  EXPECT_NE(one.at("Steering").find("learning_rate"), std::string::npos);
  EXPECT_EQ(one.size(), 3U);

  EXPECT_EQ(watched.answer(WatchAction::photo, white_from(24)).error, "");
  EXPECT_EQ(watched.answer(WatchAction::begin, R"({"objective": "mixed3a:5"})").error, "");
  go_on(watched, 2);
  const auto several = texts();
  EXPECT_EQ(several.at("Begun by"), "limpid render mixed3b:11");
  EXPECT_EQ(several.size(), 2U);
  const JsonField::Json jobs = JsonField::Json::parse(several.at("Jobs"));
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0]["steering"][0]["set"]["learning_rate"], 0.2);
  EXPECT_EQ(jobs[2]["job"]["objective"], "mixed3a:5");
  EXPECT_EQ(jobs[2]["steps_done"], 2);
  EXPECT_FALSE(jobs[2].contains("pictures"));
  EXPECT_TRUE(watched.answer(WatchAction::result, "").attached);
}

TEST(WatchedJob, APhotoThatIsDroppedHasNoNameOfAFile) {
  JobOptions options = watched_job(8);
  options.render.start.photo = std::make_shared<const Photo>(
      Photo{"photo-1.png", std::string(64, 'a'), decode_png(white_from(8), "photo")});
  WatchedJob watched(job_model(), options);
  EXPECT_FALSE(watched.answer(WatchAction::result, "").attached);
  EXPECT_EQ(watched.answer(WatchAction::photo, white_from(24)).error, "");
  const JsonField::Json log = watched.answer(WatchAction::result, "").log;
  EXPECT_NE(log["earlier"].dump().find("\"photo-1.png\""), std::string::npos);
  EXPECT_EQ(log["job"].dump().find("\"photo-1.png\""), std::string::npos);
  EXPECT_TRUE(log["pictures"].contains("photo-2.png"));
  EXPECT_EQ(log["pictures"].size(), 1U);
}

TEST(WatchedJob, APictureThatIsRefusedIsNotKept) {
  JobOptions options = watched_job(8);
  options.render.parameters = parameters_of(Parameterisation::cppn);
  WatchedJob watched(job_model(), options);
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = descriptors();
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(watched.answer(WatchAction::photo, white_from(24)).error, "");
    EXPECT_NE(watched.answer(WatchAction::mask, white_from(24)).error, "");
  }
  EXPECT_EQ(descriptors(), before);
}

TEST(WatchedJob, AFileThatWasNamedAtTheBeginCanBeNamedAgain) {
  const testing::TemporaryFolder temporary;
  const std::string photo = (temporary / "a.png").string(), objective = "match(" + photo + ", mixed3b)";
  std::ofstream(photo) << white_from(16);
  JsonField::Json json = to_json(watched_job(8));
  json["objective"] = objective;
  PictureFiles files;
  WatchedJob watched(job_model(),
                     read_job({json, "the job", ""}, *job_model(), {"cpu", Precision::fp32, 1}, files));
  const auto begin = [&](const std::string& text) {
    return watched.answer(WatchAction::begin, JsonField::Json{{"objective", text}}.dump()).error;
  };
  EXPECT_EQ(begin("mixed3a:5"), "");
  EXPECT_EQ(begin(objective), "");
  go_on(watched, 1);
  const WatchAnswer result = watched.answer(WatchAction::result, "");
  EXPECT_EQ(replayed(result.log.dump()), result.image->rgb);

  // What is painted and dropped is no file that an objective could name.
  EXPECT_EQ(watched.answer(WatchAction::photo, white_from(24)).error, "");
  const std::string attached = watched.job().options().start.photo->file;
  EXPECT_EQ(begin("match(" + attached + ", mixed3b)"),
            "the job does not hold '" + attached + "': name it as the program begins");
}

TEST(WatchedJob, GoesOnFromAPhotoAndKeepsWhatIsPainted) {
  WatchedJob watched(job_model(), watched_job(8));
  go_on(watched, 1);
  EXPECT_EQ(watched.answer(WatchAction::photo, white_from(24)).error, "");
  const std::vector<float> photo = watched.job().image().rgb;
  for (int i = 0; i < 48; ++i)
    EXPECT_NEAR(photo[static_cast<std::size_t>(3 * i)], i >= 24 ? 1 : 0, 1 / 255.0);
  go_on(watched, 2);
  EXPECT_EQ(watched.answer(WatchAction::mask, white_from(24)).error, "");
  const std::vector<float> masked = watched.job().image().rgb;
  go_on(watched, 2);
  const WatchAnswer result = watched.answer(WatchAction::result, "");
  EXPECT_EQ(result.step, 5);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    const bool frozen = i / 3 % 48 >= 24;
    const bool moves = result.image->rgb[i] != masked[i];
    EXPECT_FALSE(frozen && moves) << i;
    moved += moves ? 1 : 0;
  }
  EXPECT_GT(moved, masked.size() / 4);
  EXPECT_EQ(result.log["earlier"].size(), 2U);
  EXPECT_EQ(result.log["pictures"].size(), 3U);  // The photo, the mask, and the picture as it was painted.
  EXPECT_EQ(replayed(result.log.dump()), result.image->rgb);

  EXPECT_EQ(watched.answer(WatchAction::mask, white_from(48)).error, "");
  EXPECT_EQ(watched.job().options().start.mask, nullptr);
  go_on(watched, 2);
  EXPECT_NE(watched.job().image().rgb[3 * 47], masked[3 * 47]);
  const WatchAnswer freed = watched.answer(WatchAction::result, "");
  EXPECT_EQ(replayed(freed.log.dump()), freed.image->rgb);
}

TEST(WatchedJob, APageChoosesNoFilesAndNothingElse) {
  WatchedJob watched(job_model(), watched_job(8));
  const auto error = [&](WatchAction action, const std::string& body) {
    return watched.answer(action, body).error;
  };
  EXPECT_EQ(error(WatchAction::begin, R"x({"objective": "match(/etc/hostname, mixed3b)"})x"),
            "the job does not hold '/etc/hostname': name it as the program begins");
  EXPECT_NE(error(WatchAction::begin, R"({"init": "/etc/hostname"})").find("init: "), std::string::npos);
  EXPECT_NE(error(WatchAction::begin, R"({"steps": 100000})"), "");
  EXPECT_NE(error(WatchAction::begin, R"({"objective": "mixed9z:1"})"), "");
  EXPECT_NE(error(WatchAction::photo, "no picture"), "");
  EXPECT_NE(error(WatchAction::mask, ""), "");
  EXPECT_EQ(error(WatchAction::mask, white_from(48)), "");  // Nothing was frozen.
  const WatchAnswer result = watched.answer(WatchAction::result, "");
  EXPECT_FALSE(result.log.contains("earlier"));
  EXPECT_FALSE(result.log.contains("pictures"));

  JobOptions two = watched_job(8);
  two.render.images = 2;
  WatchedJob pair(job_model(), two);
  EXPECT_EQ(pair.answer(WatchAction::mask, white_from(24)).error,
            "a mask is painted on one opaque picture, and the job has 2");
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
  EXPECT_NE(with("pictures", {{"a.png", "no base64"}}).find("log.json: pictures.a.png: "), std::string::npos);
  EXPECT_NE(with("earlier", JsonField::Json::array({log, 1})).find("log.json: earlier[1]"),
            std::string::npos);
  EXPECT_NE(with("steps_done", 5).find("log.json: steps_done: "), std::string::npos);
  EXPECT_NE(with("steering", JsonField::Json::parse(R"([{"step": 0, "set": {"learning_rate": -1}}])"))
                .find("steering[0]"),
            std::string::npos);
}

}  // namespace
}  // namespace limpid
