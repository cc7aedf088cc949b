// The image side of a job's options: what a lane takes from them, and whether they can be had together.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/image/colours.h"
#include "engine/image/image_form.h"
#include "engine/options/render_options.h"

namespace limpid {

/// What was asked for, or what peers optimise that kind of parameters with (its `kRate`).
float learning_rate(const RenderOptions& options);

/// Height and width of what the network sees where views are composed: of the picture, or in proportion with
/// `network_size` for the shorter side.
std::array<int, 2> seen_size(const RenderOptions& options);

/// The options' transforms, with the size that they end in where one was asked for.
Transforms seen_transforms(const RenderOptions& options);

/// Of the normal values a job starts from: what was asked for, or that of the kind of parameters.
float initial_deviation(const RenderOptions& options);

/// From latents to colours. A mean colour is added only where they are decorrelated and clipped (lucid).
ColourRule colour_rule(const RenderOptions& options);

/// Height and width of the final picture, where they are to be others than the render's.
std::optional<std::array<int, 2>> output_size(const RenderOptions& options);

/// Height and width of the final picture, of a job's images side by side.
std::array<int, 2> picture_size(const RenderOptions& options);

/// What the options say of parameters.
ImageForm image_form(const RenderOptions& options);

/// Throws Error{usage} for too many terms that images share, and for one out of range or there twice.
void check_shared_divisors(const std::vector<int>& divisors, int height, int width);

/// Throws Error{usage} for a photo or a mask without the values its size asks for, and
/// for options that contradict each other.
void check_image_options(const RenderOptions& options);

}  // namespace limpid
