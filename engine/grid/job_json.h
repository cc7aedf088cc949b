// A job as JSON: in a list of jobs that a user wrote, and in a store's manifest.
#pragma once

#include "engine/grid/json_field.h"
#include "engine/limpid.hpp"

namespace limpid {

/// All fields in canonical order; the same options give the same text:
/// {"objective": "mixed4a:11", "seed": 0, "size": [height, width], "steps": 512, "learning_rate": 0.05,
///  "param": "spectral" | "pixel", "decay": 1.0, "decorrelate": true, "redirected_relu": 17,
///  "transforms": "pad(12,0.5) jitter(8)"}, which is "none" for an empty list,
/// and, where they are not as usual, "watch" (texts), "images", "draws", the fields of image_json.h and
/// "optimiser": "adam" | "nadam" | "ascent", "schedule": "constant" | "cosine", "warmup", "epsilon_form":
/// "corrected" | "uncorrected", "normalise_gradient", "relu_gradient": "redirected" | "leaky" | "unmasked",
/// "pool_gradient": "max" | "average" | "l2", "patience", "restarts". `thresholds` and `compute` are no part
/// of a job.
nlohmann::ordered_json job_to_json(const RenderOptions& job);

/// Reads a job as a user may write it: "objective" is required and may be any text `parse_objective` takes;
/// a field left out is that of `defaults` (but another "param" has its own "learning_rate"); "size" may be
/// one number; "transforms" may be true, the default list, or false, none; "redirected_relu" true, 17
/// updates, or false, none; "preset", one of `preset_names`, is what the fields beside it depart from. Throws
/// Error{input} naming file, field and what was expected for an unknown field, a wrong type or a value out of
/// range, and for an objective the model does not have; and what `files`, which reads what objectives name,
/// throws.
RenderOptions job_from_json(const JsonField& json, const Model& model, const RenderOptions& defaults = {},
                            ObjectiveFiles* files = nullptr);

}  // namespace limpid
