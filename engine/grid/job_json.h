// A job as JSON: in a list of jobs that a user wrote, and in a store's manifest.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/limpid.hpp"

namespace limpid {

/// Where a JSON value stands, for messages: the file and the path of the field in it ("jobs[3]").
struct JsonPlace {
  std::string file;
  std::string path;
};

/// All fields in canonical order; the same options give the same text:
/// {"objective": "mixed4a:11", "seed": 0, "size": [height, width], "steps": 512, "learning_rate": 0.05,
///  "param": "spectral" | "pixel", "decay": 1.0, "decorrelate": true, "redirected_relu": true,
///  "transforms": {"fill", "jitter_before", "scale": [min, max], "rotate", "jitter_after"} | false}.
/// `thresholds` and `compute` are no part of a job.
nlohmann::ordered_json job_to_json(const RenderOptions& job);

/// Reads a job as a user may write it: "objective" is required and may be any text `parse_objective` takes;
/// a field left out is that of `defaults`; "size" may be one number; "transforms" may be true or hold some of
/// its fields. Throws Error{input} naming file, field and what was expected for an unknown field, a wrong
/// type or a value out of range, and for an objective the model does not have.
RenderOptions job_from_json(const nlohmann::ordered_json& json, const Model& model, const JsonPlace& place,
                            const RenderOptions& defaults = {});

/// Reads what `job_to_json` wrote. The objective is canonical there, so that no model is needed; whether a
/// model has its channel is not checked. Throws as `job_from_json` does.
RenderOptions stored_job_from_json(const nlohmann::ordered_json& json, const JsonPlace& place);

}  // namespace limpid
