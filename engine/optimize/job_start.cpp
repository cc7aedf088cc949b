#include "engine/optimize/job_start.h"

#include "engine/image/network_input.h"
#include "engine/image/view_strength.h"
#include "kernels/core/error.h"
#include "kernels/ops/parameter_update.h"

namespace limpid {

JobStart::JobStart(Backend& backend, const Stream& stream, const LaneSpec& spec, const LaneStep& step,
                   const StepBinder& binder, LanePictures& pictures)
    : backend_(backend),
      stream_(stream),
      spec_(spec),
      binder_(binder),
      images_(*step.images),
      memory_(binder, step),
      pictures_(pictures),
      parameters_per_image_(images_.layout().total()) {}

void JobStart::fix_photos(int slot, const std::vector<std::shared_ptr<const Image>>& photos) const {
  int picture = slot * spec_.pictures() + spec_.images;
  const std::vector<float> everywhere(static_cast<std::size_t>(spec_.height * spec_.width), 1.0F);
  for (const std::shared_ptr<const Image>& photo : photos) {
    if (photo->height != spec_.height || photo->width != spec_.width) {
      fail_usage(
          "the photo of an objective is {}x{} (height x width) and the picture {}x{}: make them the same",
          photo->height, photo->width, spec_.height, spec_.width);
    }
    fix(picture++, *photo, everywhere, true);
  }
}

/// Keeps a picture's colours under a mask, and, where it is to be `opaque`, an alpha of 1 everywhere.
void JobStart::fix(int picture, const Image& pixels, const std::vector<float>& mask, bool opaque) const {
  const auto p = static_cast<std::size_t>(picture);
  const int fixed_planes = spec_.image.picture_planes(), mask_planes = spec_.mask_planes();
  std::vector<float> planes(static_cast<std::size_t>(fixed_planes) * mask.size(), 1.0F);
  write_picture(pixels, {1, {0, 0, 0}, {0, 1, 2}},
                {planes.data(), 1, fixed_planes, spec_.height, spec_.width}, 0);
  memory_.fixed.upload(stream_, p * planes.size(), planes);
  std::vector<float> masks = mask;
  for (int plane = 1; plane < mask_planes; ++plane) {
    if (plane < 3) {
      masks.insert(masks.end(), mask.begin(), mask.end());
    } else {
      masks.resize(masks.size() + mask.size(), opaque ? 1.0F : 0.0F);
    }
  }
  memory_.mask.upload(stream_, p * masks.size(), masks);
}

void JobStart::start_picture(int picture, const SlotJob& job, int number) const {
  const auto p = static_cast<std::size_t>(picture);
  memory_.keys.upload(stream_, p, key_of(job, number, 0));
  set_views(picture, job);
  // What is compared with a photo is seen as the photo is.
  memory_.follow.upload(stream_, p,
                        static_cast<std::int32_t>(spec_.goals.photos > 0 ? picture - number : picture));
  set_update(picture, job, 0);
  memory_.momentum.upload(stream_, p, 1.0F);
  memory_.non_finite.upload(stream_, p, 0);
  memory_.first_moved.upload(stream_, p, 0);
  const auto first = p * static_cast<std::size_t>(parameters_per_image_);
  const std::vector<float> zeros(static_cast<std::size_t>(parameters_per_image_));
  memory_.first_moment.upload(stream_, first, std::span<const float>(zeros));
  memory_.second_moment.upload(stream_, first, std::span<const float>(zeros));
  start_parameters(picture, job);
  if (spec_.masked && number < spec_.images) start_mask(picture, job);
}

void JobStart::set_views(int picture, const SlotJob& job) const {
  if (spec_.staged) return;
  const auto p = static_cast<std::size_t>(picture);
  TransformList list = device_list(job.transforms, spec_.height, spec_.width);
  if (job.settle != 1) list.until = job.update.steps / 2;
  memory_.lists.upload(stream_, p, list);
  const auto behind = static_cast<std::size_t>(spec_.all_pictures());
  memory_.lists.upload(stream_, behind + p,
                       device_list(at_strength(job.transforms, job.settle), spec_.height, spec_.width));
  memory_.fill.upload(stream_, p, list.fill);
}

void JobStart::set_update(int picture, const SlotJob& job, int steps_done) const {
  const auto p = static_cast<std::size_t>(picture);
  memory_.rules.upload(stream_, p, job.update);
  memory_.rate.upload(stream_, p, scheduled_rate(job.update, static_cast<std::uint32_t>(steps_done)));
}

void JobStart::start_parameters(int picture, const SlotJob& job) const {
  float* const parameters = memory_.parameters.data();
  const std::int64_t first = picture * parameters_per_image_;
  if (job.init == nullptr) {
    images_.initialise(backend_, stream_, binder_, parameters + first, memory_.keys.data() + picture,
                       job.initial_deviation);
    const std::int64_t first_of_job = picture / spec_.pictures() * spec_.pictures() * parameters_per_image_;
    if (first != first_of_job) {
      images_.share_start(backend_, stream_, parameters + first_of_job, parameters + first);
    }
    return;
  }
  const std::vector<float> values = images_.encode(
      latent_of_photo(job.init->image, spec_.colours, spec_.image.grayscale, spec_.image.alpha));
  memory_.parameters.upload(stream_, static_cast<std::size_t>(first), std::span<const float>(values));
}

/// The photo itself where there is one, for an inverse rounds; else what the fresh parameters look like.
void JobStart::start_mask(int picture, const SlotJob& job) const {
  if (job.init == nullptr) pictures_.decode();
  fix(picture, job.init != nullptr ? job.init->image : pictures_.read(picture), job.mask->values, false);
}

}  // namespace limpid
