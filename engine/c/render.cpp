#include "engine/optimize/render.h"

#include <array>
#include <string>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/options.h"
#include "engine/c/tensor.h"
#include "engine/grid/job_files.h"
#include "engine/grid/job_json.h"
#include "engine/options/image_options.h"

namespace {

using limpid::JsonField;
using limpid::c::guarded;
using limpid::c::require;

limpid::ComputeOptions compute_of(const char* text) {
  limpid::ComputeOptions compute;
  if (text == nullptr) return compute;
  const auto json = JsonField::parse(text, "compute");
  JsonField(json, "compute", "").for_each_member([&](const std::string& name, const JsonField& field) {
    if (!limpid::c::read_compute(name, field, compute)) field.reject("it is device, precision or threads");
  });
  return compute;
}

/// Files of jobs are read by the program, which knows the formats of pictures.
void refuse_files(limpid::RenderOptions& job) {
  limpid::rename_files(job, [](const std::string& name) -> std::string {
    limpid::fail_usage("the job names the file '{}', and a render from C reads none: leave it out", name);
  });
}

void copy(const limpid::Image& image, const limpid::TensorView<float>& picture) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c)
        *picture.at(0, c, y, x) = image.rgb[static_cast<std::size_t>((y * image.width + x) * 3 + c)];
    }
  }
}

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
    refuse_files(options);
    options.compute = compute_of(compute);
    const auto [height, width] = limpid::output_size(options).value_or(
        std::array<int, 2>{options.height, limpid::picture_width(options)});
    const limpid::Extents expected{1, 3, height, width};
    if (view.extents != expected) {
      limpid::fail_usage("the picture is {}x{}x3, and a tensor of {}x{}x{} was given", expected[2],
                         expected[3], view.extents[2], view.extents[3], view.extents[1]);
    }
    const auto step = [&](const limpid::RenderProgress& now) {
      cancelled = progress != nullptr && progress(user, now.step, now.steps, now.objective) != 0;
      return !cancelled;
    };
    copy(limpid::render(*network->model, options, step).snapshots.back().image, view);
  });
  return status == LIMPID_OK && cancelled
             ? limpid::c::failed(LIMPID_CANCELLED, "the callback ended the render")
             : status;
}
