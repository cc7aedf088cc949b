#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/job_files.h"
#include "engine/c/options.h"
#include "engine/c/tensor.h"
#include "engine/job/job_options_json.h"
#include "engine/pictures/picture_files.h"

namespace {

using limpid::TensorView;
using limpid::c::guarded;
using limpid::c::require;

/// What a step of a job gives out, and its status: a job that was cancelled says so.
template <class Step>
limpid_status stepped(limpid_job* job, int32_t* steps_done, double* objective, const Step& step) {
  const limpid_status status = guarded([&] {
    require(job, "job");
    const int done = step(*job->job);
    if (steps_done != nullptr) *steps_done = done;
    if (objective != nullptr) *objective = job->job->objective();
  });
  return status == LIMPID_OK && job->job->cancelled()
             ? limpid::c::failed(LIMPID_CANCELLED, "the job was cancelled")
             : status;
}

}  // namespace

limpid_status limpid_job_create(const limpid_network* network, const char* options, const char* compute,
                                limpid_job** job) {
  return guarded([&] {
    require(job, "job");
    *job = nullptr;
    require(network, "network");
    require(options, "options");
    const auto json = limpid::JsonField::parse(options, "the job");
    limpid::JobOptions read = limpid::job_options_from_json({json, "the job", ""}, *network->model);
    read.files = limpid::c::load_files(read.render, *network->model);
    read.render.compute = limpid::c::compute_of(compute);
    *job = new limpid_job{std::make_unique<limpid::RenderJob>(network->model, read)};
  });
}

limpid_status limpid_job_restore(const limpid_network* network, const void* bytes, size_t count,
                                 const char* compute, limpid_job** job) {
  return guarded([&] {
    require(job, "job");
    *job = nullptr;
    require(network, "network");
    require(bytes, "bytes");
    limpid::PictureFiles files;
    *job = new limpid_job{limpid::RenderJob::restore(network->model,
                                                     std::span(static_cast<const std::byte*>(bytes), count),
                                                     limpid::c::compute_of(compute), &files)};
  });
}

void limpid_job_release(limpid_job* job) {
  delete job;
}

limpid_status limpid_job_step(limpid_job* job, int32_t count, int32_t* steps_done, double* objective) {
  return stepped(job, steps_done, objective, [&](limpid::RenderJob& render) { return render.step(count); });
}

limpid_status limpid_job_shape(limpid_job* job, int64_t* shape) {
  return guarded([&] {
    require(job, "job");
    require(shape, "shape");
    const auto extents = limpid::c::picture_shape(job->job->options());
    std::copy(extents.begin(), extents.end(), shape);
  });
}

limpid_status limpid_job_image(limpid_job* job, DLTensor* picture) {
  return guarded([&] {
    require(job, "job");
    const TensorView<float> view = limpid::c::picture_of(picture, "picture");
    limpid::c::check_picture(view, limpid::c::picture_shape(job->job->options()));
    limpid::c::copy_picture(job->job->image(), view);
  });
}

limpid_status limpid_job_parameters_shape(limpid_job* job, int64_t* shape) {
  return guarded([&] {
    require(job, "job");
    require(shape, "shape");
    const limpid::Extents extents = job->job->parameter_extents();
    std::copy_n(extents.begin(), 3, shape);
  });
}

limpid_status limpid_job_parameters(limpid_job* job, DLTensor* parameters) {
  return guarded([&] {
    require(job, "job");
    job->job->parameters(limpid::c::parameters_of(parameters, "parameters"));
  });
}

limpid_status limpid_job_set_parameters(limpid_job* job, const DLTensor* parameters) {
  return guarded([&] {
    require(job, "job");
    job->job->set_parameters(limpid::c::parameters_of(parameters, "parameters"));
  });
}

limpid_status limpid_job_set(limpid_job* job, const char* changes) {
  return guarded([&] {
    require(job, "job");
    require(changes, "changes");
    job->job->set(job->job->parse_steering(changes, "the changes"));
  });
}

limpid_status limpid_job_describe(limpid_job* job, char** json) {
  return guarded([&] {
    require(json, "json");
    *json = nullptr;
    require(job, "job");
    *json = limpid::c::given_out(job->job->describe());
  });
}

limpid_status limpid_job_cancel(limpid_job* job) {
  return guarded([&] {
    require(job, "job");
    job->job->cancel();
  });
}

limpid_status limpid_job_save(limpid_job* job, void** bytes, size_t* count) {
  return guarded([&] {
    require(bytes, "bytes");
    *bytes = nullptr;
    require(count, "count");
    require(job, "job");
    const std::vector<std::byte> state = job->job->save();
    *bytes = limpid::c::given_out(state);
    *count = state.size();
  });
}

limpid_status limpid_job_target_shape(limpid_job* job, int32_t target, int64_t* shape) {
  return guarded([&] {
    require(job, "job");
    require(shape, "shape");
    const limpid::Extents extents = job->job->target_extents(target);
    for (std::size_t i = 0; i < extents.size(); ++i) shape[i] = extents[i];
  });
}

limpid_status limpid_job_activations(limpid_job* job, int32_t target, DLTensor* values) {
  return guarded([&] {
    require(job, "job");
    job->job->activations(target, limpid::c::view_of(values, "values"));
  });
}

limpid_status limpid_job_step_with(limpid_job* job, const DLTensor* const* cotangents, size_t count,
                                   int32_t* steps_done, double* objective) {
  return stepped(job, steps_done, objective, [&](limpid::RenderJob& render) {
    return render.step_with(limpid::c::views_of<TensorView<const float>>(cotangents, count, "cotangents"));
  });
}
