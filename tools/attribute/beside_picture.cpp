#include "tools/attribute/beside_picture.h"

#include <vector>

#include "engine/image/fit_image.h"
#include "engine/image/side_by_side.h"
#include "engine/optimize/presets.h"
#include "tools/job_pictures.h"

namespace limpid {

Image beside_visualization(const Model& model, const Image& photo, const Image& attribution,
                           const Objective& objective, const ComputeOptions& compute, bool quiet) {
  RenderOptions options;
  apply_preset("limpid", options);
  options.objective = objective;
  options.height = photo.height;
  options.width = photo.width;
  const std::vector<JobResult> made =
      run_few_jobs(model, {options}, compute, "of " + to_string(objective), quiet);
  return side_by_side({photo, fit_image(attribution, photo.height, photo.width, Fit::stretch),
                       made[0].snapshots.back().image});
}

}  // namespace limpid
