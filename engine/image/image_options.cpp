#include "engine/image/image_options.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/image/check_image.h"
#include "engine/image/fit_files.h"
#include "engine/limits.h"
#include "engine/objective/terms.h"
#include "engine/options/names.h"
#include "kernels/core/error.h"
#include "kernels/ops/shared_levels.h"

namespace limpid {
namespace {

void check_mask(const RenderOptions& options) {
  const Mask& mask = *options.mask;
  check_extent(mask);
  if (!std::ranges::all_of(mask.values, [](float v) { return v >= 0 && v <= 1; })) {
    fail_usage("the mask '{}' must have values in [0, 1]", mask.file);
  }
}

void check_init(const RenderOptions& options) {
  const Image& photo = options.init->image;
  check_image(photo, fmt::format("the photo '{}'", options.init->file));
  if (options.parameterisation != Parameterisation::spectral &&
      options.parameterisation != Parameterisation::pixel) {
    fail_usage(
        "a photo to start from needs the parameterisation spectral or pixel: others cannot show every "
        "picture");
  }
}

void check_start(const RenderOptions& options) {
  if (!options.initial_deviation) return;
  if (options.parameterisation == Parameterisation::cppn) {
    fail_usage("an initial deviation has no effect on a CPPN: its layers have their own");
  }
  if (options.parameterisation == Parameterisation::maco && *options.initial_deviation == 0) {
    fail_usage("phases that start alike (deviation 0) cannot be standardised");
  }
}

void check_shared(const RenderOptions& options) {
  if (options.parameterisation == Parameterisation::cppn ||
      options.parameterisation == Parameterisation::maco) {
    fail_usage("terms that images share go with the parameterisations spectral, pixel and pyramid, not {}",
               name_of(options.parameterisation));
  }
  if (options.images < 2) fail_usage("one image has nothing to share its terms with: --images 2 or more");
  if (options.normalise_gradient) {
    fail_usage("a gradient normalised image by image would pull the terms they share apart");
  }
  check_shared_divisors(options.shared, options.height, options.width);
}

void check_prior(const RenderOptions& options) {
  if (options.parameterisation != Parameterisation::maco) {
    fail_usage("magnitudes of a prior have an effect on the parameterisation maco alone");
  }
  const MagnitudePrior& prior = *options.prior;
  const auto values =
      std::size_t{3} * static_cast<std::size_t>(prior.height) * static_cast<std::size_t>(prior.width / 2 + 1);
  if (prior.height < 1 || prior.width < 1 || prior.magnitude.size() != values) {
    fail_usage("the prior '{}' has {} magnitudes, not those of {}x{} pixels: {}", prior.file,
               prior.magnitude.size(), prior.height, prior.width, values);
  }
  const bool good = std::all_of(prior.magnitude.begin(), prior.magnitude.end(),
                                [](float value) { return value >= 0 && std::isfinite(value); });
  if (!good) fail_usage("the prior '{}' has a magnitude that is negative or not finite", prior.file);
}

void check_alpha(const RenderOptions& options) {
  if (!options.alpha && measures_alpha({options.objective, options.watch})) {
    fail_usage("the objective has the term alpha and the picture none: --alpha gives it one");
  }
  if (options.alpha && options.parameterisation == Parameterisation::maco) {
    fail_usage("the parameterisation maco has no alpha; spectral, pixel, pyramid and cppn have one");
  }
}

void check_output_size(const RenderOptions& options) {
  if (options.output_height == 0 && options.output_width == 0) return;
  if (options.parameterisation != Parameterisation::cppn) {
    fail_usage("only the parameterisation cppn makes its final picture at another size than {}x{}",
               options.height, options.width);
  }
  if (options.mask != nullptr) fail_usage("a mask and an output size cannot be had together");
}

void check_colours(const RenderOptions& options) {
  if (options.colours == nullptr) return;
  if (options.grayscale || !options.decorrelate_colour) {
    fail_usage("a colour matrix has no effect on {}", options.grayscale ? "gray" : "plain colours");
  }
  for (const auto& row : options.colours->matrix) {
    for (const float value : row) {
      if (!std::isfinite(value)) fail_usage("the colour matrix must be finite, and holds {}", value);
    }
  }
  for (const float value : options.colours->mean) {
    if (!(value >= 0 && value <= 1)) fail_usage("the mean colour must lie in [0, 1], and holds {}", value);
  }
  inverse(colour_rule(options).matrix);
}

}  // namespace

float learning_rate(const RenderOptions& options) {
  const bool cppn = options.parameterisation == Parameterisation::cppn;
  const float standard = options.parameterisation == Parameterisation::maco ? 1.0F : cppn ? 0.005F : 0.05F;
  return options.learning_rate.value_or(standard);
}

std::array<int, 2> seen_size(const RenderOptions& options) {
  if (!options.network_size) return {options.height, options.width};
  const double factor = static_cast<double>(*options.network_size) / std::min(options.height, options.width);
  return {static_cast<int>(std::lround(factor * options.height)),
          static_cast<int>(std::lround(factor * options.width))};
}

Transforms seen_transforms(const RenderOptions& options) {
  Transforms transforms = options.transforms;
  if (options.network_size) transforms.seen = seen_size(options);
  return transforms;
}

float initial_deviation(const RenderOptions& options) {
  const float standard = options.parameterisation == Parameterisation::maco ? 1.0F : 0.01F;
  return options.initial_deviation.value_or(standard);
}

ImageForm image_form(const RenderOptions& options) {
  ImageForm form;
  form.kind = options.parameterisation;
  form.decay_power = options.decay_power;
  form.amplitude = options.amplitude;
  form.grayscale = options.grayscale;
  form.alpha = options.alpha;
  form.prior = options.prior;
  form.shared = options.shared;
  return form;
}

void check_shared_divisors(const std::vector<int>& divisors, int height, int width) {
  if (divisors.size() > kMostSharedLevels) {
    fail_usage("{} shared terms are too many: at most {}", divisors.size(), kMostSharedLevels);
  }
  for (auto divisor = divisors.begin(); divisor != divisors.end(); ++divisor) {
    if (*divisor < 1 || *divisor > std::max(height, width)) {
      fail_usage("shared term {} is out of range: 1 to the longer side of the picture, {}", *divisor,
                 std::max(height, width));
    }
    if (std::find(divisors.begin(), divisor, *divisor) != divisor) {
      fail_usage("shared term {} is there twice", *divisor);
    }
  }
}

void check_image_options(const RenderOptions& options) {
  const auto [seen_height, seen_width] = seen_size(options);
  if (std::max(seen_height, seen_width) > kLargestSide) {
    fail_usage("a picture of {}x{} would be seen at {}x{}: at most {} a side", options.height, options.width,
               seen_height, seen_width, kLargestSide);
  }
  check_start(options);
  if (!options.shared.empty()) check_shared(options);
  if (options.prior != nullptr) check_prior(options);
  check_alpha(options);
  check_output_size(options);
  check_colours(options);
  if (options.init != nullptr) check_init(options);
  if (options.mask != nullptr) check_mask(options);
}

}  // namespace limpid
