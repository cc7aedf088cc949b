#include "engine/grid/job_json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "engine/grid/image_json.h"
#include "engine/image/image_options.h"
#include "engine/optimize/presets.h"
#include "engine/optimize/update_names.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

constexpr int kMost = std::numeric_limits<int>::max();
/// Beyond what any render takes, and small enough that a count of bytes never overflows.
constexpr int kLargestSide = 1 << 16;
constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kSmallest = std::numeric_limits<float>::min();

int read_int(const JsonField& field, int least, int most = kMost) {
  return static_cast<int>(field.integer(least, most));
}

[[noreturn]] void refuse_unknown(const JsonField& field) {
  field.reject("there is no field of this name");
}

Transforms read_transforms(const JsonField& field) {
  if (field.value().is_boolean()) return field.boolean() ? default_transforms() : Transforms{};
  if (!field.value().is_string()) field.fail("a list of transforms as a string, true or false");
  try {
    return parse_transforms(field.string());
  } catch (const Error& error) {
    field.reject(error.what());
  }
}

/// What `named` makes of the text; `names` are those there are.
template <class Enum>
Enum read_name(const JsonField& field, std::optional<Enum> (*named)(std::string_view), const char* names) {
  const std::optional<Enum> found = field.value().is_string() ? named(field.string()) : std::nullopt;
  if (!found) field.fail(names);
  return *found;
}

/// A number of updates, or whether there are any: lists and stores made before it could be chosen have that.
int read_redirected_relu(const JsonField& field) {
  if (field.value().is_boolean()) return field.boolean() ? RenderOptions{}.redirected_relu : 0;
  return read_int(field, 0);
}

void read_preset(const JsonField& field, RenderOptions& job) {
  const std::vector<std::string> names = preset_names();
  const std::string name = field.value().is_string() ? field.string() : "";
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    field.fail(fmt::format("one of \"{}\"", fmt::join(names, "\", \"")));
  }
  apply_preset(name, job);
}

void read_size(const JsonField& field, RenderOptions& job) {
  if (field.value().is_number()) {
    job.height = job.width = read_int(field, 1, kLargestSide);
    return;
  }
  if (!field.value().is_array() || field.size() != 2) field.fail("a number or [height, width]");
  job.height = read_int(field.element(0), 1, kLargestSide);
  job.width = read_int(field.element(1), 1, kLargestSide);
}

/// `parse` is parse_objective or parse_watched.
Objective read_objective(const JsonField& field, const Model& model, ObjectiveFiles* files,
                         decltype(&parse_objective) parse) {
  const std::string text = field.string();
  try {
    return parse(text, model, files);
  } catch (const Error& error) {
    field.reject(error.what());
  }
}

/// Of what is updated how and for how long: the fields that are not as usual.
void add_update_fields(Json& json, const RenderOptions& job) {
  const RenderOptions usual;
  if (job.optimiser != usual.optimiser) json["optimiser"] = to_string(job.optimiser);
  if (job.schedule != usual.schedule) json["schedule"] = to_string(job.schedule);
  if (job.warmup_steps != usual.warmup_steps) json["warmup"] = job.warmup_steps;
  if (job.epsilon_form != usual.epsilon_form) json["epsilon_form"] = to_string(job.epsilon_form);
  if (job.normalise_gradient) json["normalise_gradient"] = true;
  if (job.relu_gradient != usual.relu_gradient) json["relu_gradient"] = to_string(job.relu_gradient);
  if (job.pool_gradient != usual.pool_gradient) json["pool_gradient"] = to_string(job.pool_gradient);
  if (job.patience != usual.patience) json["patience"] = job.patience;
  if (job.restarts != usual.restarts) json["restarts"] = job.restarts;
}

}  // namespace

Json job_to_json(const RenderOptions& job) {
  Json json;
  json["objective"] = to_string(job.objective);
  for (const Objective& watched : job.watch) json["watch"].push_back(to_string(watched));
  if (job.images != 1) json["images"] = job.images;
  if (job.draws != 1) json["draws"] = job.draws;
  json["seed"] = job.seed;
  json["size"] = {job.height, job.width};
  json["steps"] = job.steps;
  json["learning_rate"] = shortest(job.learning_rate);
  json["param"] = name_of(job.parameterisation);
  json["decay"] = shortest(job.decay_power);
  json["decorrelate"] = job.decorrelate_colour;
  json["redirected_relu"] = job.redirected_relu;
  json["transforms"] = to_string(job.transforms);
  add_image_fields(json, job);
  add_update_fields(json, job);
  return json;
}

RenderOptions job_from_json(const JsonField& json, const Model& model, const RenderOptions& defaults,
                            ObjectiveFiles* files) {
  RenderOptions job = defaults;
  job.objective = read_objective(json.member("objective"), model, files, parse_objective);
  // The fields beside it say otherwise, wherever they stand.
  const bool preset = json.value().contains("preset");
  if (preset) read_preset(json.member("preset"), job);
  const bool preset_rate = preset && job.learning_rate != RenderOptions{}.learning_rate;
  json.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == "watch") {
      job.watch.clear();
      for (std::size_t i = 0; i < field.size(); ++i) {
        job.watch.push_back(read_objective(field.element(i), model, files, parse_watched));
      }
    } else if (name == "images") {
      job.images = read_int(field, 1);
    } else if (name == "draws") {
      job.draws = read_int(field, 1);
    } else if (name == "seed") {
      job.seed = field.unsigned_integer();
    } else if (name == "size") {
      read_size(field, job);
    } else if (name == "steps") {
      job.steps = read_int(field, 1);
    } else if (name == "optimiser") {
      job.optimiser = read_name(field, optimiser_named, R"("adam", "nadam" or "ascent")");
    } else if (name == "learning_rate") {
      job.learning_rate = field.real(kSmallest, kLargest);
    } else if (name == "schedule") {
      job.schedule = read_name(field, schedule_named, R"("constant" or "cosine")");
    } else if (name == "warmup") {
      job.warmup_steps = read_int(field, 0);
    } else if (name == "epsilon_form") {
      job.epsilon_form = read_name(field, epsilon_form_named, R"("corrected" or "uncorrected")");
    } else if (name == "normalise_gradient") {
      job.normalise_gradient = field.boolean();
    } else if (name == "param") {
      job.parameterisation = read_parameterisation(field);
    } else if (name == "decay") {
      job.decay_power = field.real(0, kLargest);
    } else if (name == "decorrelate") {
      job.decorrelate_colour = field.boolean();
    } else if (name == "redirected_relu") {
      job.redirected_relu = read_redirected_relu(field);
    } else if (name == "relu_gradient") {
      job.relu_gradient = read_name(field, relu_gradient_named, R"("redirected", "leaky" or "unmasked")");
    } else if (name == "pool_gradient") {
      job.pool_gradient = read_name(field, pool_gradient_named, R"("max", "average" or "l2")");
    } else if (name == "patience") {
      job.patience = read_int(field, 0);
    } else if (name == "restarts") {
      job.restarts = read_int(field, 1);
    } else if (name == "transforms") {
      job.transforms = read_transforms(field);
    } else if (!read_image_field(name, field, job) && name != "objective" && name != "preset") {
      refuse_unknown(field);
    }
  });
  // A kind of its own has a rate of its own.
  if (!json.value().contains("learning_rate") && !preset_rate &&
      job.parameterisation != defaults.parameterisation) {
    job.learning_rate = default_learning_rate(job.parameterisation);
  }
  // A preset's start is that of a spectrum.
  if (preset && !json.value().contains("sd") && job.parameterisation != Parameterisation::spectral) {
    job.initial_deviation = defaults.initial_deviation;
  }
  return job;
}

}  // namespace limpid
