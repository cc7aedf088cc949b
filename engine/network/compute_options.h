// Where and how a network is computed.
#pragma once

#include <string>

#include "kernels/core/names.h"

namespace limpid {

/// In what numbers the network is computed. Parameters, pictures and the optimiser's state are always fp32.
enum class Precision {
  automatic,  ///< fp32 on the CPU, fp16 on a GPU.
  fp32,
  tf32,  ///< fp32 with products of convolutions in TF32 (ten bits of mantissa).
  fp16,
  bf16,
};

template <>
inline constexpr std::array<std::string_view, 5> kNames<Precision> = {"auto", "fp32", "tf32", "fp16", "bf16"};

/// "auto", "fp32", "tf32", "fp16" or "bf16".
inline std::string to_string(Precision precision) {
  return std::string(name_of(precision));
}

struct ComputeOptions {
  /// "cpu", "cuda", "cuda:N"; "auto" takes the first GPU that answers, else the CPU.
  std::string device = "auto";
  Precision precision = Precision::automatic;
  int threads = 0;  ///< Host threads of the CPU; 0 for all cores.
};

}  // namespace limpid
