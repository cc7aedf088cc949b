#include "tests/job/job_use.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/image/decoder_file.h"
#include "kernels/core/error.h"
#include "kernels/core/names.h"
#include "weights/synthetic.h"

namespace limpid::test {

std::shared_ptr<const Model> job_model() {
  static const auto instance = std::make_shared<const Model>(synthetic_model("inception5h", 1));
  return instance;
}

JobOptions small_job(const std::string& objective) {
  JobOptions options;
  RenderOptions& render = options.render;
  render.objective = parse_objective(objective, *job_model());
  render.height = 40;
  render.width = 48;
  render.steps = 8;
  render.compute = {"cpu", Precision::fp32, 1};
  return options;
}

Outcome outcome_of(RenderJob& job) {
  const Image image = job.image();
  return {image.rgb, image.alpha, job.curve(), job.save()};
}

Steering steering(const RenderJob& job, const std::string& json) {
  return job.parse_steering(json, "the change");
}

std::vector<NamedJob> every_job() {
  std::vector<NamedJob> all;
  for (const auto& [kind, kind_name] : enumerators<Parameterisation>()) {
    for (const auto& [optimiser, optimiser_name] : enumerators<Optimiser>()) {
      JobOptions options = small_job();
      options.render.parameters = parameters_of(kind);
      if (auto* decoded = std::get_if<Decoded>(&options.render.parameters)) {
        decoded->decoder = read_decoder(LIMPID_FIXTURES "/decoder.h5");
        options.render.height = decoded->decoder->height();
        options.render.width = decoded->decoder->width();
      }
      options.render.update.optimiser = optimiser;
      all.push_back({fmt::format("{}_{}", kind_name, optimiser_name), options});
    }
  }
  const auto add = [&](const char* name, const std::function<void(RenderOptions&)>& change,
                       const std::string& objective = "mixed3b:11") {
    JobOptions options = small_job(objective);
    change(options.render);
    all.push_back({name, options});
  };
  add("cosine", [](RenderOptions& o) {
    o.update.schedule = RateSchedule::cosine;
    o.update.warmup_steps = 2;
  });
  add("plain_after_3", [](RenderOptions& o) { o.gradient.relu_updates = 3; });
  add(
      "two_images_shared",
      [](RenderOptions& o) {
        o.images = 2;
        o.parameters = Spectral{.shared = {4}};
      },
      "mixed3b:11 - 0.1*diversity(mixed3a)");
  add("alpha", [](RenderOptions& o) { o.colour.alpha = true; });
  add("watched", [](RenderOptions& o) { o.watch = {parse_watched("tv", *job_model())}; });
  add("draws", [](RenderOptions& o) { o.view.draws = 2; });
  add("lucid_views", [](RenderOptions& o) {
    o.view.transforms = parse_transforms("lucid: pad(6) jitter(3) scale(0.9..1.1) rotate(-10..10)");
  });
  add("plateau", [](RenderOptions& o) {
    o.patience = 2;
    o.update.learning_rate = 5;
  });
  return all;
}

}  // namespace limpid::test
