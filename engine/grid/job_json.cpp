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

Json augmentation_to_json(const Augmentation& augmentation) {
  if (!augmentation.enabled) return false;
  Json json;
  json["fill"] = shortest(augmentation.fill);
  json["jitter_before"] = augmentation.jitter_before;
  json["scale"] = {shortest(augmentation.scale_min), shortest(augmentation.scale_max)};
  json["rotate"] = augmentation.rotate_degrees;
  json["jitter_after"] = augmentation.jitter_after;
  return json;
}

int read_int(const JsonField& field, int least, int most = kMost) {
  return static_cast<int>(field.integer(least, most));
}

[[noreturn]] void refuse_unknown(const JsonField& field) {
  field.reject("there is no field of this name");
}

Augmentation read_augmentation(const JsonField& json, Augmentation augmentation) {
  if (json.value().is_boolean()) {
    augmentation.enabled = json.boolean();
    return augmentation;
  }
  if (!json.value().is_object()) json.fail("true, false or an object");
  augmentation.enabled = true;
  json.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == "fill") {
      augmentation.fill = field.real(-kLargest, kLargest);
    } else if (name == "jitter_before") {
      augmentation.jitter_before = read_int(field, 0);
    } else if (name == "scale") {
      if (!field.value().is_array() || field.size() != 2) field.fail("[least, largest]");
      augmentation.scale_min = field.element(0).real(kSmallest, kLargest);
      augmentation.scale_max = field.element(1).real(augmentation.scale_min, kLargest);
    } else if (name == "rotate") {
      augmentation.rotate_degrees = read_int(field, 0, 180);
    } else if (name == "jitter_after") {
      augmentation.jitter_after = read_int(field, 0);
    } else {
      refuse_unknown(field);
    }
  });
  return augmentation;
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

Objective read_objective(const JsonField& field, const Model& model) {
  const std::string text = field.string();
  try {
    return parse_objective(text, model);
  } catch (const Error& error) {
    field.reject(error.what());
  }
}

}  // namespace

Json job_to_json(const RenderOptions& job) {
  Json json;
  json["objective"] = to_string(job.objective);
  json["seed"] = job.seed;
  json["size"] = {job.height, job.width};
  json["steps"] = job.steps;
  json["learning_rate"] = shortest(job.learning_rate);
  json["param"] = name_of(job.parameterisation);
  json["decay"] = shortest(job.decay_power);
  json["decorrelate"] = job.decorrelate_colour;
  json["redirected_relu"] = job.redirected_relu;
  json["transforms"] = augmentation_to_json(job.augmentation);
  add_image_fields(json, job);
  return json;
}

RenderOptions job_from_json(const JsonField& json, const Model& model, const RenderOptions& defaults) {
  RenderOptions job = defaults;
  job.objective = read_objective(json.member("objective"), model);
  json.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == "seed") {
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
      job.augmentation = read_augmentation(field, job.augmentation);
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
