// The image side of a job as JSON: how its picture is made from what is optimised.
#pragma once

#include <string>

#include "engine/grid/json_field.h"
#include "engine/limpid.hpp"

namespace limpid {

/// Adds to a job's object what is not as usual:
/// "colours": {"matrix": [[r0, r1, r2], [g0, g1, g2], [b0, b1, b2]], "mean": [r, g, b]}, "squash": "clip",
/// "gray": true, "amplitude": 1, "alpha": true, "sd": 0.01, "shared": [4, 8], "prior": {"file", "sha256"},
/// "init": {"file", "sha256"}, "mask": {"file", "sha256"}.
void add_image_fields(JsonField::Json& json, const RenderOptions& job);

/// Reads a field of that name into the job and returns true; false where there is none. "init", "mask" and
/// "prior" may also be the name of a file alone; whose pixels they are is for the caller to load.
bool read_image_field(const std::string& name, const JsonField& field, RenderOptions& job);

/// "spectral", "pixel", ...
Parameterisation read_parameterisation(const JsonField& field);

}  // namespace limpid
