#include "tools/watch/job_controls.h"

#include <algorithm>
#include <utility>

#include "engine/grid/job_files.h"
#include "engine/image/transforms.h"
#include "engine/image/view_strength.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

std::optional<float> noise_of(const Transforms& transforms) {
  for (const Transform& transform : transforms.list) {
    if (transform.kind == TransformKind::noise &&
        transform.arguments.front().first == transform.arguments.front().last)
      return transform.arguments.front().first;
  }
  return std::nullopt;
}

/// The terms with their weights apart; none where a weight changes over the images, which a number does not say.
Json terms_of(const Objective& objective) {
  Json terms = Json::array();
  for (const ObjectiveTerm& term : objective.terms) {
    if (term.ramp != Ramp::none) return Json::array();
    ObjectiveTerm alone = term;
    alone.weight = 1;
    terms.push_back({{"weight", shortest(term.weight)}, {"text", to_string(alone)}});
  }
  return terms;
}

}  // namespace

JobControls controls_of(const RenderJob& job) {
  JobControls controls{job.options().objective, job.options().view.transforms, 0};
  RenderOptions rates = job.options();
  controls.noise = noise_of(controls.transforms);
  for (const SteeringRecord& record : job.log()) {
    const Steering& change = record.steering;
    if (change.objective) controls.objective = *change.objective;
    if (change.transforms) {
      controls.transforms = *change.transforms;
      controls.noise = noise_of(controls.transforms);
    }
    if (change.learning_rate) rates.update.learning_rate = change.learning_rate;
    if (change.view_strength) controls.view_strength = *change.view_strength;
    if (change.noise) {
      controls.noise = change.noise;
      controls.transforms = with_noise(controls.transforms, *change.noise);
    }
  }
  controls.learning_rate = learning_rate(rates);
  return controls;
}

Json to_json(const JobControls& controls, const RenderOptions& options) {
  const bool photos =
      options.kind() == Parameterisation::spectral || options.kind() == Parameterisation::pixel;
  Json json = {{"objective", to_string(controls.objective)},
               {"terms", terms_of(controls.objective)},
               {"learning_rate", shortest(controls.learning_rate)},
               {"view_strength", shortest(controls.view_strength)},
               {"transforms", to_string(controls.transforms)},
               {"noise", nullptr},
               {"height", options.height},
               {"width", options.width},
               {"paints", photos && options.images == 1 && !options.colour.alpha}};
  if (controls.noise) json["noise"] = shortest(*controls.noise);
  return json;
}

Json changed_job(RenderJob& job, const JsonField& changes) {
  Json json = Json::parse(job.describe())["job"];
  const JobControls controls = controls_of(job);
  json["objective"] = to_string(controls.objective);
  json["transforms"] = to_string(controls.transforms);
  json["learning_rate"] = shortest(controls.learning_rate);
  changes.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name != "objective" && name != "transforms" && name != "learning_rate")
      field.reject(
          "a picture does not go on with another one: objective, transforms and learning_rate can change");
    json[name] = field.value();
  });
  return json;
}

std::set<std::string> files_of(RenderOptions options) {
  std::set<std::string> files;
  rename_files(options, [&](const std::string& name) {
    files.insert(name);
    return name;
  });
  return files;
}

void check_held_files(const Objective& asked, const std::set<std::string>& held) {
  RenderOptions options;
  options.objective = asked;
  for (const std::string& file : files_of(options)) {
    if (!held.contains(file)) fail_usage("the job does not hold '{}': name it as the program begins", file);
  }
}

}  // namespace limpid
