// Tuning curves as numbers, and whatever file they are asked for in.
#pragma once

#include <filesystem>
#include <string>

#include "tools/probe/tuning.h"

namespace limpid {

/// What made them: a command, and the weights' file.
struct TuningOrigin {
  std::string command;
  std::filesystem::path weights;
};

/// {"stimulus", "parameters": those that are not swept, "sweeps": [{"parameter", "unit", "values"}], "centre": [y, x], "size",
/// "units": [{"unit", "responses": in the order of the values, the last sweep fastest, "peak": null where they are all
/// the same, or {"response": the largest, and by their names where it is, between two values by a parabola}}], and what made them}.
std::string tuning_json(const Tuning& tuning, const TuningOrigin& origin);

/// A line a stimulus: the values of the sweeps, then the response of each unit.
std::string tuning_csv(const Tuning& tuning);

/// Throws Error{usage} unless tuning curves could be written there: .svg, .json, .csv, .h5, .npz, .npy.
void check_tuning_output(const std::filesystem::path& path);

/// By the extension. Arrays: `responses` (units x first sweep x second), and each sweep's values by its name.
void write_tuning(const std::filesystem::path& path, const Tuning& tuning, const TuningOrigin& origin);

}  // namespace limpid
