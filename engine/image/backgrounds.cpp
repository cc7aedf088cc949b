#include "engine/image/backgrounds.h"

#include "engine/image/image_kinds.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/initialise_parameters.h"

namespace limpid {
namespace {

constexpr float kDeviation = 0.5F;

ImageForm noise_form(bool grayscale) {
  ImageForm form;
  form.grayscale = grayscale;
  return form;
}

}  // namespace

StepPlanes draw_backgrounds(StepBuilder& step, const ImageForm& form, const ColourRule& colours, int batch,
                            int height, int width, int keys) {
  const auto noise = make_parameterisation(noise_form(form.grayscale), batch, height, width);
  const std::int64_t count = noise->layout().total();
  step.prefix("background ");
  const int values = step.scratch("values", static_cast<std::size_t>(batch * count) * sizeof(float));
  const StepPlanes rgb = step.scratch_planes("colours", batch, 3, height, width);
  step.add("values", {reads(keys), writes(values)}, [=](const StepOperands& m) {
    return InitialiseParameters{m.write<float>(values),   m.read<SlotKey>(keys), batch, count, kDeviation,
                                RandomPurpose::background};
  });
  const StepPlanes latent = noise->decode(step, values);
  step.add("colours", {reads(latent), writes(rgb)}, [=, matrix = colours.matrix](const StepOperands& m) {
    return ColourSquash{m.read(latent), m.write(rgb), matrix};
  });
  step.prefix("");
  return rgb;
}

}  // namespace limpid
