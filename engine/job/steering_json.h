// Changes of a job as JSON.
#pragma once

#include "engine/grid/json_field.h"
#include "engine/job/steering.h"

namespace limpid {

/// {"objective": text, "learning_rate": X, "transforms": text, "noise": X, "view_strength": X}, each or none. `held`
/// holds the photos and vectors that the text may name. Throws Error{input} naming the field, also for one that a job
/// has and that cannot be changed while it runs.
Steering steering_from_json(const JsonField& json, const Model& model, const Objective& held);

/// What steering_from_json reads back as the same changes.
JsonField::Json to_json(const Steering& steering);

}  // namespace limpid
