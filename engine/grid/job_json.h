// A job as JSON: in a list of jobs that a user wrote, and in a store's manifest.
#pragma once

#include "engine/grid/json_field.h"
#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// All fields in canonical order; the same options give the same text:
/// {"objective": "mixed4a:11", "watch": [texts, where there are any], ...} and the rows of option_table.h that
/// are recorded always, or where they have an effect and are not as usual, by their keys: "size" as [height, width], a file as
/// {"file", "sha256"}, colours as {"matrix": rows, "mean"}, an empty list of transforms as "none".
nlohmann::ordered_json job_to_json(const RenderOptions& job);

/// Whether a job must have an objective: one whose gradients come from elsewhere need not.
enum class ObjectiveField { required, optional };

/// Reads a job as a user may write it: "objective" is required, unless `objective` says otherwise, and may be any text `parse_objective` takes;
/// a field left out is that of `defaults` (but another "param" has its own "learning_rate"); "size" may be
/// one number; "transforms" may be true, the default list, or false, none; "redirected_relu" true, 17
/// updates, or false, none; "preset", one of `preset_names`, is what the fields beside it depart from. What a preset
/// or `defaults` say of what a preset may say is left out where it has no effect on the job. Throws
/// Error{input} naming file, field and what was expected for an unknown field, a wrong type or a value out of
/// range, and for an objective the model does not have; and what `files`, which reads what objectives name,
/// throws.
RenderOptions job_from_json(const JsonField& json, const Model& model, const RenderOptions& defaults = {},
                            ObjectiveFiles* files = nullptr,
                            ObjectiveField objective = ObjectiveField::required);

}  // namespace limpid
