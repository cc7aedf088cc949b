// A job that is pulled as JSON.
#pragma once

#include "engine/grid/json_field.h"
#include "engine/job/job_options.h"

namespace limpid {

/// Reads a job as job_from_json does, with "steerable" and "targets" among its fields; "objective" may be left out where
/// there are targets. Throws what that does.
JobOptions job_options_from_json(const JsonField& json, const Model& model);

/// What job_options_from_json reads back as the same options, but for `files` and what is in files.
JsonField::Json to_json(const JobOptions& options);

}  // namespace limpid
