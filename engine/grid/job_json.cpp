#include "engine/grid/job_json.h"

#include <limits>

#include "engine/grid/image_json.h"
#include "engine/image/image_options.h"
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
  if (field.value().is_boolean()) return preset_transforms(field.boolean() ? "limpid" : "none");
  if (!field.value().is_string()) field.fail("a list of transforms as a string, true or false");
  try {
    return parse_transforms(field.string());
  } catch (const Error& error) {
    field.reject(error.what());
  }
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
  return json;
}

RenderOptions job_from_json(const JsonField& json, const Model& model, const RenderOptions& defaults,
                            ObjectiveFiles* files) {
  RenderOptions job = defaults;
  job.objective = read_objective(json.member("objective"), model, files, parse_objective);
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
    } else if (name == "learning_rate") {
      job.learning_rate = field.real(kSmallest, kLargest);
    } else if (name == "param") {
      job.parameterisation = read_parameterisation(field);
    } else if (name == "decay") {
      job.decay_power = field.real(0, kLargest);
    } else if (name == "decorrelate") {
      job.decorrelate_colour = field.boolean();
    } else if (name == "redirected_relu") {
      job.redirected_relu = field.boolean();
    } else if (name == "transforms") {
      job.transforms = read_transforms(field);
    } else if (!read_image_field(name, field, job) && name != "objective") {
      refuse_unknown(field);
    }
  });
  // A kind of its own has a rate of its own.
  if (!json.value().contains("learning_rate") && job.parameterisation != defaults.parameterisation) {
    job.learning_rate = default_learning_rate(job.parameterisation);
  }
  return job;
}

}  // namespace limpid
