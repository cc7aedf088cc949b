// The image side of a job's options: what a lane takes from them, and whether they can be.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/image/colours.h"
#include "engine/image/parameterisation.h"
#include "engine/limpid.hpp"

namespace limpid {

/// Names of what can be optimised, as options and records have them.
inline constexpr std::array<std::pair<Parameterisation, std::string_view>, 5> kParameterisations = {{
    {Parameterisation::spectral, "spectral"},
    {Parameterisation::pixel, "pixel"},
    {Parameterisation::pyramid, "pyramid"},
    {Parameterisation::cppn, "cppn"},
    {Parameterisation::maco, "maco"},
}};

std::string_view name_of(Parameterisation kind);
std::optional<Parameterisation> parameterisation_named(std::string_view name);

/// What peers optimise that kind with: 0.05, a CPPN 0.005 and MACO 1 (lucid, xplique).
float default_learning_rate(Parameterisation kind);

/// Of the normal values a job starts from: what was asked for, or 0.01, MACO 1.
float initial_deviation(const RenderOptions& options);

/// What the options say of parameters.
ImageForm image_form(const RenderOptions& options);

/// Throws Error{usage} for too many terms that images share, and for one out of range or there twice.
void check_shared_divisors(const std::vector<int>& divisors, int height, int width);

/// Throws Error{usage} for numbers out of range, for a photo or a mask of another size than the picture, and
/// for options that contradict each other.
void check_image_options(const RenderOptions& options);

}  // namespace limpid
