// Options that stand in the C interface's JSON texts.
#pragma once

#include <string>

#include "engine/grid/json_field.h"
#include "engine/network/compute_options.h"

namespace limpid::c {

/// What a text is called in messages.
inline constexpr const char* kOptions = "the options";

/// Takes the field if it is one of ComputeOptions; whether it is.
inline bool read_compute(const std::string& name, const JsonField& field, ComputeOptions& compute) {
  if (name == "device") {
    compute.device = field.string();
  } else if (name == "threads") {
    compute.threads = static_cast<int>(field.integer(0, 4096));
  } else if (name == "precision") {
    const auto precision = named<Precision>(field.string());
    if (!precision) field.fail("auto, fp32, tf32, fp16 or bf16");
    compute.precision = *precision;
  } else {
    return false;
  }
  return true;
}

/// Of {"device", "precision", "threads"}; null for none of them.
ComputeOptions compute_of(const char* text);

}  // namespace limpid::c
