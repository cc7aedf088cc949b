#include "engine/grid/check_jobs.h"

#include <algorithm>
#include <map>
#include <string>

#include "engine/network/planner.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane_plan.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"

namespace limpid {

void check_jobs(const std::vector<RenderOptions>& jobs, const Model& model, bool keep_parameters) {
  std::map<std::string, int> least;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const RenderOptions& job = jobs[i];
    try {
      check_render_options(job);
      if (output_size(job)) fail_usage("tiles of a grid have no output size of their own");
      if (job.colour.alpha)
        fail_usage("tiles of a grid have three channels and no alpha: limpid render makes such pictures");
      // Their number is the decoder's to say, and a manifest names its file alone.
      if (keep_parameters && kind_of(job.parameters) == Parameterisation::decoder)
        fail_usage("a store does not keep the latents of a decoder: leave out --keep-parameters");
      for (const TargetRequest& target : shape_of({job.objective, job.watch}).targets) {
        const auto [found, inserted] = least.try_emplace(target.layer, 0);
        if (inserted) found->second = least_input_size(model, target.layer);
        const auto [height, width] = seen_size(job);
        if (std::min(height, width) < found->second) {
          fail_usage("a picture of {}x{} is too small: {} needs {} pixels each way", height, width,
                     target.layer, found->second);
        }
      }
    } catch (const Error& error) {
      throw Error(error.kind(), fmt::format("job {} ({}): {}", i, to_string(job.objective), error.what()));
    }
  }
}

}  // namespace limpid
