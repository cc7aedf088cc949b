// The rule of a local response normalisation.
#pragma once

namespace limpid {

/// Local response normalisation across channels: y_c = x_c / (bias + alpha * sum_{|j-c| <= radius}
/// x_j^2)^beta, the window clipped at the channel edges (TensorFlow's convention: alpha multiplies the sum,
/// not the mean).
struct Lrn {
  bool present = false;
  int radius = 0;
  float alpha = 0;
  float beta = 0;  ///< 0.5 or 0.75.
  float bias = 1;

  bool operator==(const Lrn&) const = default;
};

}  // namespace limpid
