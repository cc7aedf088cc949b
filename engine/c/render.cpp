#include "engine/optimize/render.h"

#include <string>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/job_files.h"
#include "engine/c/options.h"
#include "engine/c/tensor.h"
#include "engine/grid/job_json.h"

namespace {

using limpid::JsonField;
using limpid::c::guarded;
using limpid::c::require;

}  // namespace

limpid_status limpid_render(const limpid_network* network, const char* job, const char* compute,
                            limpid_progress progress, void* user, DLTensor* picture) {
  bool cancelled = false;
  const limpid_status status = guarded([&] {
    require(network, "network");
    require(job, "job");
    const limpid::TensorView<float> view = limpid::c::picture_of(picture, "picture");
    const auto json = JsonField::parse(job, "the job");
    limpid::RenderOptions options = limpid::job_from_json({json, "the job", ""}, *network->model);
    limpid::c::load_files(options, *network->model);
    options.compute = limpid::c::compute_of(compute);
    limpid::c::check_picture(view, limpid::c::picture_shape(options));
    const auto step = [&](const limpid::RenderProgress& now) {
      cancelled = progress != nullptr && progress(user, now.step, now.steps, now.objective) != 0;
      return !cancelled;
    };
    limpid::c::copy_picture(limpid::render(*network->model, options, step).snapshots.back().image, view);
  });
  return status == LIMPID_OK && cancelled
             ? limpid::c::failed(LIMPID_CANCELLED, "the callback ended the render")
             : status;
}
