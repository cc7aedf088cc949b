#include <algorithm>
#include <cstdint>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/tensor.h"
#include "engine/grid/describe_options.h"
#include "engine/grid/job_json.h"
#include "engine/options/image_options.h"

namespace {

using limpid::JsonField;
using limpid::c::guarded;
using limpid::c::require;

}  // namespace

limpid_status limpid_render_options(char** json) {
  return guarded([&] {
    require(json, "json");
    *json = nullptr;
    *json = limpid::c::given_out(limpid::describe_options().dump());
  });
}

limpid_status limpid_render_shape(const limpid_network* network, const char* job, int64_t* shape) {
  return guarded([&] {
    require(network, "network");
    require(job, "job");
    require(shape, "shape");
    const auto json = JsonField::parse(job, "the job");
    const auto extents =
        limpid::c::picture_shape(limpid::job_from_json({json, "the job", ""}, *network->model));
    std::copy(extents.begin(), extents.end(), shape);
  });
}

limpid_status limpid_render_size(const limpid_network* network, const char* job, int32_t* height,
                                 int32_t* width) {
  return guarded([&] {
    require(network, "network");
    require(job, "job");
    require(height, "height");
    require(width, "width");
    const auto json = JsonField::parse(job, "the job");
    const auto size = limpid::picture_size(limpid::job_from_json({json, "the job", ""}, *network->model));
    *height = size[0];
    *width = size[1];
  });
}
