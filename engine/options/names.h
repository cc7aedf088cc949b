// The names of everything about a picture that is chosen by name: on command lines, in lists of jobs, in
// records.
#pragma once

#include "engine/image/fit_image.h"
#include "engine/image/image_form.h"
#include "kernels/core/names.h"
#include "kernels/ops/optimiser.h"
#include "kernels/ops/pool_gradient.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/squash.h"

namespace limpid {

template <>
inline constexpr std::array<std::string_view, 6> kNames<Parameterisation> = {"spectral", "pixel", "pyramid",
                                                                             "cppn",     "maco",  "decoder"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Squash> = {"sigmoid", "clip"};
template <>
inline constexpr std::array<std::string_view, 4> kNames<Optimiser> = {"adam", "nadam", "ascent", "momentum"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<RateSchedule> = {"constant", "cosine"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<EpsilonForm> = {"corrected", "uncorrected"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<PoolGradient> = {"max", "average", "l2"};
template <>
inline constexpr std::array<std::string_view, 4> kNames<ReluGradient> = {"plain", "redirected", "leaky",
                                                                         "unmasked"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<Fit> = {"crop", "pad", "stretch"};

}  // namespace limpid
