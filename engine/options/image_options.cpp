#include "engine/options/image_options.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

#include "engine/image/check_image.h"
#include "engine/image/decoder.h"
#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/ops/shared_levels.h"

namespace limpid {
namespace {

void check_mask(const RenderOptions& options) {
  const Mask& mask = *options.start.mask;
  check_extent(mask);
  if (!std::ranges::all_of(mask.values, [](float v) { return v >= 0 && v <= 1; })) {
    fail_usage("the mask '{}' must have values in [0, 1]", mask.file);
  }
}

void check_init(const RenderOptions& options) {
  const Image& photo = options.start.photo->image;
  check_image(photo, fmt::format("the photo '{}'", options.start.photo->file));
  if (options.kind() != Parameterisation::spectral && options.kind() != Parameterisation::pixel) {
    fail_usage(
        "a photo to start from needs the parameterisation spectral or pixel: others cannot show every "
        "picture");
  }
}

void check_start(const RenderOptions& options) {
  if (!options.start.deviation) return;
  if (options.kind() == Parameterisation::cppn) {
    fail_usage("an initial deviation has no effect on a CPPN: its layers have their own");
  }
  if (options.kind() == Parameterisation::maco && *options.start.deviation == 0) {
    fail_usage("phases that start alike (deviation 0) cannot be standardised");
  }
}

void check_shared(const RenderOptions& options) {
  if (options.images < 2) fail_usage("one image has nothing to share its terms with: --images 2 or more");
  if (options.update.normalise_gradient) {
    fail_usage("a gradient normalised image by image would pull the terms they share apart");
  }
  check_shared_divisors(shared_of(options.parameters), options.height, options.width);
}

void check_prior(const MagnitudePrior& prior) {
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
  if (!options.colour.alpha && measures_alpha({options.objective, options.watch})) {
    fail_usage("the objective has the term alpha and the picture none: --alpha gives it one");
  }
  if (options.colour.alpha && options.kind() == Parameterisation::maco) {
    fail_usage("the parameterisation maco has no alpha; spectral, pixel, pyramid and cppn have one");
  }
}

void check_decoded(const RenderOptions& options) {
  const Decoder* decoder = std::get<Decoded>(options.parameters).decoder.get();
  if (decoder == nullptr) fail_usage("pictures that a decoder makes need its file: --decoder FILE.h5");
  check_decoder(*decoder);
  if (options.colour.alpha || options.colour.grayscale)
    fail_usage("a decoder makes red, green and blue: it has no gray and no alpha");
  if (decoder->makes(options.height, options.width)) return;
  if (!decoder->is_dense()) {
    fail_usage("the decoder '{}' makes pictures of multiples of {}x{}, and {}x{} is none", decoder->file,
               decoder->height(), decoder->width(), options.height, options.width);
  }
  fail_usage("the decoder '{}' makes pictures of {}x{}, and not {}x{}: --size {}x{}", decoder->file,
             decoder->height(), decoder->width(), options.height, options.width, decoder->height(),
             decoder->width());
}

void check_colours(const RenderOptions& options) {
  if (options.colour.basis == nullptr) return;
  if (options.colour.grayscale || !options.colour.decorrelate) {
    fail_usage("a colour matrix has no effect on {}", options.colour.grayscale ? "gray" : "plain colours");
  }
  for (const auto& row : options.colour.basis->matrix) {
    for (const float value : row) {
      if (!std::isfinite(value)) fail_usage("the colour matrix must be finite, and holds {}", value);
    }
  }
  for (const float value : options.colour.basis->mean) {
    if (!(value >= 0 && value <= 1)) fail_usage("the mean colour must lie in [0, 1], and holds {}", value);
  }
  inverse(colour_rule(options).matrix);
}

}  // namespace

ColourRule colour_rule(const RenderOptions& options) {
  ColourRule rule;
  if (options.kind() == Parameterisation::decoder) {  // It has learnt colours behind a sigmoid.
    rule.squash = Squash::sigmoid;
    rule.matrix = kPlainColours;
    return rule;
  }
  rule.squash = options.colour.squash;
  if (options.colour.grayscale || !options.colour.decorrelate) {
    rule.matrix = kPlainColours;
    return rule;
  }
  if (options.colour.basis != nullptr) {
    for (std::size_t row = 0; row < 3; ++row) {
      std::copy_n(options.colour.basis->matrix[row].begin(), 3, rule.matrix.value[row]);
    }
  }
  if (options.colour.squash != Squash::clip) return rule;
  rule.offset = kMeanColour;
  if (options.colour.basis != nullptr) std::copy_n(options.colour.basis->mean.begin(), 3, rule.offset.value);
  return rule;
}

float learning_rate(const RenderOptions& options) {
  const float rate = std::visit([](const auto& kind) { return kind.kRate; }, options.parameters);
  return options.update.learning_rate.value_or(rate);
}

std::array<int, 2> seen_size(const RenderOptions& options) {
  if (!options.view.network_size) return {options.height, options.width};
  const double factor =
      static_cast<double>(*options.view.network_size) / std::min(options.height, options.width);
  return {static_cast<int>(std::lround(factor * options.height)),
          static_cast<int>(std::lround(factor * options.width))};
}

Transforms seen_transforms(const RenderOptions& options) {
  Transforms transforms = options.view.transforms;
  if (options.view.network_size) transforms.seen = seen_size(options);
  return transforms;
}

float initial_deviation(const RenderOptions& options) {
  const float deviation = std::visit([](const auto& kind) { return kind.kDeviation; }, options.parameters);
  return options.start.deviation.value_or(deviation);
}

std::optional<std::array<int, 2>> output_size(const RenderOptions& options) {
  const auto* cppn = std::get_if<Cppn>(&options.parameters);
  return cppn == nullptr ? std::nullopt : cppn->output_size;
}

std::array<int, 2> picture_size(const RenderOptions& options) {
  const auto [height, width] = output_size(options).value_or(std::array{options.height, options.width});
  return {height, width * options.images};
}

ImageForm image_form(const RenderOptions& options) {
  ImageForm form;
  form.parameters = options.parameters;
  form.grayscale = options.colour.grayscale;
  form.alpha = options.colour.alpha;
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
  if (!shared_of(options.parameters).empty()) check_shared(options);
  if (const auto* maco = std::get_if<Maco>(&options.parameters); maco != nullptr && maco->prior != nullptr) {
    check_prior(*maco->prior);
  }
  if (options.kind() == Parameterisation::decoder) check_decoded(options);
  check_alpha(options);
  if (output_size(options) && options.start.mask != nullptr) {
    fail_usage("a mask and an output size cannot be had together");
  }
  check_colours(options);
  if (options.start.photo != nullptr) check_init(options);
  if (options.start.mask != nullptr) check_mask(options);
}

}  // namespace limpid
