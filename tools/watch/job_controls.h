// What of a job can be changed on its page, as the changes so far left it.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "engine/grid/json_field.h"
#include "engine/job/render_job.h"
#include "tools/watch/attached_pictures.h"

namespace limpid {

struct JobControls {
  Objective objective;
  Transforms transforms;  ///< At full strength.
  float learning_rate = 0;
  float view_strength = 1;
  std::optional<float> noise =
      {};  ///< Deviation of the views' noise; none where they have none or one that varies.
};

JobControls controls_of(const RenderJob& job);

/// {"objective", "terms": [{"weight", "text"}], "learning_rate", "view_strength", "transforms", "noise", "height", "width",
/// "paints": whether a mask can be painted}: for the page.
JsonField::Json to_json(const JobControls& controls, const RenderOptions& options);

/// The job as JSON, to go on by another plan with what `changes` says: "objective", "transforms" and "learning_rate". All
/// else is as it is, with views at full strength. Throws Error{input} for other changes.
JsonField::Json changed_job(RenderJob& job, const JsonField& changes);

/// Names of the files that a job names.
std::set<std::string> files_of(RenderOptions options);

/// Throws Error{usage} where the objective names a file that is none of `held`: a page chooses none of this machine's.
void check_held_files(const Objective& asked, const std::set<std::string>& held);

}  // namespace limpid
