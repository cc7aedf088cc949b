// What units respond to stimuli.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "engine/objective/objective.h"
#include "kernels/core/names.h"
#include "tools/probe/sweep.h"

namespace limpid {

/// What of a unit's map is its response, where the unit is of no position.
enum class TuningResponse {
  centre,  ///< The value in the middle.
  max,     ///< The largest.
  mean,
};

template <>
inline constexpr std::array<std::string_view, 3> kNames<TuningResponse> = {"centre", "max", "mean"};

struct TuningRequest {
  std::vector<ObjectiveTerm> units;  ///< Channels, or neurons.
  StimulusSet stimuli;
  TuningResponse response = TuningResponse::centre;
  int side = 224;  ///< Of the pictures.
  ComputeOptions compute;
};

/// Where a unit's response is largest.
struct TuningPeak {
  std::size_t stimulus = 0;
  double response = 0;  ///< To that stimulus, as it was measured.
  /// Of the sweeps; between them by the parabola through the response and its two neighbours along each.
  std::vector<double> values;
};

struct Tuning {
  std::vector<std::string> units;
  StimulusSet stimuli;
  double y = 0, x = 0;  ///< What they are drawn around, in pixels from the upper left corner.
  int side = 0;
  std::vector<std::vector<double>> responses;  ///< Of each unit, to each stimulus.

  /// None where the unit responds the same to all.
  std::optional<TuningPeak> peak(std::size_t unit) const;
};

/// All units from the same passes. Stimuli are drawn around the middle of the receptive field of the first unit's position
/// (without one: the middle of its map). Throws Error{usage} for a size that is too small or too large, and for a position outside
/// the map; Error{runtime} for a response that is not finite. `progress`, which may be empty, is called with how many stimuli are done
/// of how many.
Tuning measure_tuning(const std::shared_ptr<const Model>& model, const TuningRequest& request,
                      const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace limpid
