// Jobs as JSON: nothing lost on the way there and back, and one line for whatever is wrong.
#include "engine/grid/job_json.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "engine/optimize/presets.h"
#include "engine/options/image_options.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

using Json = JsonField::Json;

const RenderOptions kStandard;

RenderOptions read(const std::string& text, const RenderOptions& defaults = kStandard) {
  static const Model model = narrow_model("bvlc_googlenet");
  const Json json = JsonField::parse(text, "jobs.json");
  return job_from_json({json, "jobs.json", "jobs[3]"}, model, defaults);
}

TEST(JobJson, EveryFieldComesBack) {
  RenderOptions job;
  job.objective = ObjectiveTerm{TermKind::channel, "conv2d1", true, 1, Position{2, 3}, -1};
  job.seed = UINT64_MAX;
  job.height = 97;
  job.width = 131;
  job.steps = 33;
  job.update.learning_rate = 0.1F;
  job.parameters = Pixel{};
  job.colour.decorrelate = false;
  job.gradient.relu_updates = 5;
  job.update.optimiser = Optimiser::nadam;
  job.update.schedule = RateSchedule::cosine;
  job.update.warmup_steps = 7;
  job.update.epsilon_form = EpsilonForm::uncorrected;
  job.update.normalise_gradient = true;
  job.gradient.pool = PoolGradient::l2;
  job.patience = 12;
  job.restarts = 4;
  job.view.transforms = parse_transforms("pad(3,reflect) scale(0.7..1.7) blur(0..1.5)");
  const Json json = job_to_json(job);
  EXPECT_EQ(json.dump(),
            R"({"objective":"-conv2d1:1:pre@2,3","seed":18446744073709551615,"size":[97,131],"steps":33,)"
            R"("learning_rate":0.1,"param":"pixel","decay":1.0,"decorrelate":false,"redirected_relu":5,)"
            R"json("transforms":"pad(3,reflect) scale(0.7..1.7) blur(0..1.5)","optimiser":"nadam",)json"
            R"("schedule":"cosine","warmup":7,"epsilon_form":"uncorrected","normalise_gradient":true,)"
            R"("pool_gradient":"l2","patience":12,"restarts":4})");

  const RenderOptions back = read(json.dump());
  EXPECT_EQ(back.update.learning_rate, job.update.learning_rate);
  EXPECT_EQ(back.view.transforms, job.view.transforms);
  EXPECT_EQ(job_to_json(back), json);
}

TEST(JobJson, TheImageSideComesBack) {
  RenderOptions job;
  job.objective = ObjectiveTerm{TermKind::channel, "conv2d1", false, 1, {}, 1};
  job.colour.basis = std::make_shared<const ColourBasis>(
      ColourBasis{{{{1, 0.1F, 0}, {0, 1, 0}, {0, 0, 0.5F}}}, {0.5F, 0.4F, 0.3F}});
  job.colour.squash = Squash::clip;
  job.start.deviation = 0.3F;
  job.start.photo = std::make_shared<const Photo>(Photo{"a.jpg", "12ab", {}});
  job.start.mask = std::make_shared<const Mask>(Mask{"m.png", "34cd", 0, 0, {}});
  job.parameters = Spectral{.decay_power = 1.3F, .shared = {4, 16, 8}};
  const Json json = job_to_json(job);
  const std::string text = json.dump();
  EXPECT_TRUE(text.ends_with(
      R"("colours":{"matrix":[[1.0,0.1,0.0],[0.0,1.0,0.0],[0.0,0.0,0.5]],"mean":[0.5,0.4,0.3]},)"
      R"("squash":"clip","shared":[4,16,8],"init":{"file":"a.jpg","sha256":"12ab"},)"
      R"("mask":{"file":"m.png","sha256":"34cd"}})"))
      << text;
  RenderOptions noise = job;
  noise.start.photo = nullptr;
  EXPECT_EQ(job_to_json(noise).at("sd"), 0.3) << "a photo has no use for it";
  const RenderOptions back = read(text);
  EXPECT_EQ(job_to_json(back), json);
  EXPECT_EQ(back.colour.basis->matrix, job.colour.basis->matrix);
  EXPECT_EQ(back.parameters, job.parameters);
  const RenderOptions gray =
      read(R"({"objective": "conv2d0:1", "gray": true, "init": "b.png", "fit": "pad"})");
  EXPECT_EQ(gray.start.fit, Fit::pad);
  EXPECT_NE(job_to_json(gray).dump().find(R"("fit":"pad")"), std::string::npos);
  EXPECT_TRUE(gray.colour.grayscale);
  EXPECT_EQ(gray.start.photo->file, "b.png");
  RenderOptions alpha = read(R"({"objective": "conv2d0:1 - 2*alpha", "alpha": true})");
  EXPECT_TRUE(alpha.colour.alpha);
  EXPECT_TRUE(job_to_json(alpha).at("alpha").get<bool>());
  alpha.colour.alpha = false;
  EXPECT_FALSE(job_to_json(alpha).contains("alpha")) << "as it was before pictures had one";
}

TEST(JobJson, WhatIsLeftOutIsTheDefault) {
  RenderOptions defaults;
  defaults.steps = 64;
  defaults.height = defaults.width = 96;
  defaults.view.transforms = {};
  const RenderOptions job = read(R"({"objective": "conv2d0:1"})", defaults);
  EXPECT_EQ(job.objective.terms.front().channel, 1);
  EXPECT_EQ(job.steps, 64);
  EXPECT_EQ(job.height, 96);
  EXPECT_EQ(job.view.transforms, Transforms{});
}

TEST(JobJson, ShortForms) {
  const RenderOptions job = read(R"({"objective": "conv2d0:1", "size": 100, "transforms": true})");
  EXPECT_EQ(job.height, 100);
  EXPECT_EQ(job.width, 100);
  EXPECT_EQ(job.view.transforms, default_transforms());
  EXPECT_EQ(read(R"({"objective": "conv2d0:1", "transforms": false})").view.transforms, Transforms{});
  EXPECT_EQ(read(R"({"objective": "conv2d0:1", "transforms": "none"})").view.transforms, Transforms{});
  EXPECT_EQ(read(R"({"objective": "conv2d0:1", "redirected_relu": false})").gradient.relu_updates, 0);
  EXPECT_EQ(read(R"({"objective": "conv2d0:1", "redirected_relu": true})").gradient.relu_updates, 17);
}

TEST(JobJson, APresetIsWhatTheOtherFieldsDepartFrom) {
  const RenderOptions job = read(R"({"objective": "conv2d0:1", "steps": 7, "preset": "lucid", "seed": 3})");
  EXPECT_EQ(job.steps, 7);
  EXPECT_EQ(job.height, 128);
  EXPECT_EQ(job.update.epsilon_form, EpsilonForm::uncorrected);
  EXPECT_EQ(job.view.transforms.style, ViewStyle::lucid);
  const RenderOptions pixels = read(R"({"objective": "conv2d0:1", "preset": "captum", "param": "pixel"})");
  EXPECT_EQ(pixels.update.learning_rate, 0.025F);
  EXPECT_EQ(pixels.start.deviation, std::nullopt);
  EXPECT_EQ(learning_rate(read(R"({"objective": "conv2d0:1", "preset": "lucid", "param": "cppn"})")), 0.005F);
  for (const std::string& name : preset_names()) {
    RenderOptions options;
    apply_preset(name, options);
    options.objective = job.objective;
    const std::string text = job_to_json(options).dump();
    EXPECT_EQ(text.find("preset"), std::string::npos);
    EXPECT_EQ(job_to_json(read(text)).dump(), text);
    RenderOptions named = read(fmt::format(R"({{"objective": "conv2d0:1", "preset": "{}"}})", name));
    EXPECT_EQ(job_to_json(named).dump(), text) << name;
  }
}

TEST(JobJson, WhatIsWrongIsNamed) {
  const std::vector<std::array<std::string, 3>> cases = {
      {R"({"objective": "conv2d0:1", "sede": 3})", "jobs[3].sede", "no field of this name"},
      {R"({"objective": "conv2d0:1", "seed": "a"})", "jobs[3].seed", R"(found "a")"},
      {R"({"objective": "conv2d0:1", "seed": -1})", "jobs[3].seed", "from 0 to 18446744073709551615"},
      {R"({"objective": "conv2d0:1", "seed": 18446744073709551616})", "jobs[3].seed", "a whole number"},
      {R"({"objective": "conv2d0:1", "thresholds": [2]})", "jobs[3].thresholds", "no field of this name"},
      {R"({"objective": "conv2d0:1", "amplitude": -1e38})", "jobs[3].amplitude", "found -1e+38"},
      {R"({"objective": "conv2d0:1", "images": 65})", "jobs[3].images", "from 1 to 64"},
      {R"({"objective": "conv2d0:1", "steps": 0})", "jobs[3].steps", "a whole number from 1"},
      {R"({"objective": "conv2d0:1", "steps": 1.5})", "jobs[3].steps", "found 1.5"},
      {R"({"objective": "conv2d0:1", "steps": 18446744073709551615})", "jobs[3].steps", "a whole number"},
      {R"({"objective": "conv2d0:1", "size": [96]})", "jobs[3].size", "[height, width]"},
      {R"({"objective": "conv2d0:1", "size": [96, 0]})", "jobs[3].size[1]", "found 0"},
      {R"({"objective": "conv2d0:1", "size": 100000})", "jobs[3].size", "from 1 to 8192"},
      {R"({"objective": "conv2d0:1", "learning_rate": 0})", "jobs[3].learning_rate", "a number above 0"},
      {R"({"objective": "conv2d0:1", "learning_rate": 1e60})", "jobs[3].learning_rate", "a number from"},
      {R"({"objective": "conv2d0:1", "param": "cube"})", "jobs[3].param", "cppn, maco or decoder"},
      {R"({"objective": "conv2d0:1", "optimiser": "sgd"})", "jobs[3].optimiser",
       "adam, nadam, ascent or momentum"},
      {R"({"objective": "conv2d0:1", "schedule": 1})", "jobs[3].schedule", "constant or cosine"},
      {R"({"objective": "conv2d0:1", "warmup": -1})", "jobs[3].warmup", "a whole number from 0"},
      {R"({"objective": "conv2d0:1", "epsilon_form": "tf"})", "jobs[3].epsilon_form", "uncorrected"},
      {R"({"objective": "conv2d0:1", "redirected_relu": -1})", "jobs[3].redirected_relu", "from 0"},
      {R"({"objective": "conv2d0:1", "preset": "lucidd"})", "jobs[3].preset",
       R"("lucid", "lucent", "captum")"},
      {R"({"objective": "conv2d0:1", "preset": 3})", "jobs[3].preset", "found 3"},
      {R"({"objective": "conv2d0:1", "relu_gradient": "open"})", "jobs[3].relu_gradient", "leaky"},
      {R"({"objective": "conv2d0:1", "amplitude": 0})", "jobs[3].amplitude", "a number above 0"},
      {R"json({"objective": "conv2d0:1", "transforms": "lucid: flip"})json", "jobs[3].transforms",
       "at character 8: expected a transform (pad, jitter, scale, rotate)"},
      {R"({"objective": "conv2d0:1", "pool_gradient": "min"})", "jobs[3].pool_gradient", "average"},
      {R"({"objective": "conv2d0:1", "patience": 0.5})", "jobs[3].patience", "a whole number"},
      {R"({"objective": "conv2d0:1", "restarts": 0})", "jobs[3].restarts", "from 1"},
      {R"({"objective": "conv2d0:1", "squash": "tanh"})", "jobs[3].squash", "sigmoid or clip"},
      {R"({"objective": "conv2d0:1", "sd": -1})", "jobs[3].sd", "a number from 0"},
      {R"({"objective": "conv2d0:1", "shared": 4})", "jobs[3].shared", "a list of numbers"},
      {R"({"objective": "conv2d0:1", "shared": [4, 0]})", "jobs[3].shared[1]", "from 1"},
      {R"({"objective": "conv2d0:1", "colours": [1]})", "jobs[3].colours", "an object"},
      {R"({"objective": "conv2d0:1", "colours": {"matrix": [[1, 0]]}})", "jobs[3].colours.matrix", "rows"},
      {R"({"objective": "conv2d0:1", "init": {"file": "a"}})", "jobs[3].init", "'sha256' is missing"},
      {R"({"objective": "conv2d0:1", "decay": null})", "jobs[3].decay", "found null"},
      {R"({"objective": "conv2d0:1", "decorrelate": 1})", "jobs[3].decorrelate", "true or false"},
      {R"({"objective": "conv2d0:1", "transforms": 3})", "jobs[3].transforms", "true or false"},
      {R"json({"objective": "conv2d0:1", "transforms": "jitter(4) roll(2)"})json", "jobs[3].transforms",
       "at character 11: expected a transform"},
      {R"({"objective": 3})", "jobs[3].objective", "a string"},
      {R"({"objective": "conv2d0:9"})", "jobs[3].objective", "channels are 0 to 1"},
      {R"({"seed": 3})", "jobs[3]", "'objective' is missing"},
      {R"([])", "jobs[3]", "an object"},
  };
  for (const auto& [text, path, expected] : cases) {
    SCOPED_TRACE(text);
    expect_input_error({"jobs.json: " + path + ": ", expected}, [&, &json = text] { read(json); });
  }
}

TEST(JobJson, NoJsonIsPlaced) {
  expect_input_error({"jobs.json: line 2, column 5"}, [] { JsonField::parse("[\n  1 2]", "jobs.json"); });
  expect_input_error({"jobs.json: line 1"}, [] { JsonField::parse("", "jobs.json"); });
  expect_input_error({"jobs.json"}, [] { JsonField::parse("1e999", "jobs.json"); });
}

}  // namespace
}  // namespace limpid::testing
