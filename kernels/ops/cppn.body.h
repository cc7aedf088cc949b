// Arithmetic of the CPPN. `V` holds one pixel (a float, on a device) or eight (a vector, on the host).
#pragma once

#include <cmath>

#include "kernels/core/atan.h"
#include "kernels/core/group.h"
#include "kernels/core/host_device.h"
#include "kernels/ops/cppn.h"

namespace limpid {

inline constexpr float kCppnFirst = 1 / 0.67F;
inline constexpr float kCppnSecond = 1 / 0.396F;
inline constexpr float kCppnMean = 0.45F;

LIMPID_HD float cppn_multiply_add(float a, float b, float c) {
  return fmaf(a, b, c);
}
LIMPID_HD float cppn_splat(float x, float) {
  return x;
}
#if !defined(__CUDACC__)
inline Group cppn_multiply_add(Group a, Group b, Group c) {
  return multiply_add(a, b, c);
}
inline Group cppn_splat(float x, Group) {
  return splat(x);
}
#endif

/// Coordinates of pixels.
class CppnGrid {
 public:
  LIMPID_HD CppnGrid(int width, const CppnFrame& frame) : width_(width), frame_(frame) {
    const int longer = width > frame.height ? width : frame.height;
    step_ = longer > 1 ? 2 * 1.73205081F / static_cast<float>(longer - 1) : 0.0F;
  }
  /// Of pixel number `pixel` of the part, row by row.
  LIMPID_HD float x(std::int64_t pixel) const {
    return step_ * (static_cast<float>(pixel % width_) - 0.5F * static_cast<float>(width_ - 1));
  }
  LIMPID_HD float y(std::int64_t pixel) const {
    const auto row = static_cast<float>(pixel / width_ + frame_.first_row);
    return step_ * (row - 0.5F * static_cast<float>(frame_.height - 1));
  }

 private:
  int width_;
  CppnFrame frame_;
  float step_;
};

/// What the backward pass needs of a hidden layer's channels z: atan(z) and its slope 1 / (1 + z^2).
template <class V>
struct CppnHidden {
  V angle[kCppnWidth], slope[kCppnWidth];
};

/// out[j] = bias[j] + sum over i of weight[j][i] in[i], kBlock outputs at a time.
template <int kInputs, int kBlock, class V>
LIMPID_HD void cppn_dense(const float* weights, const float* biases, int outputs, const V* in, V* out) {
  for (int j = 0; j < outputs; j += kBlock) {
    V sum[kBlock];
    LIMPID_UNROLL for (int k = 0; k < kBlock; ++k) sum[k] = cppn_splat(biases[j + k], V{});
    for (int i = 0; i < kInputs; ++i) {
      LIMPID_UNROLL for (int k = 0; k < kBlock; ++k) {
        sum[k] = cppn_multiply_add(cppn_splat(weights[(j + k) * kInputs + i], V{}), in[i], sum[k]);
      }
    }
    LIMPID_UNROLL for (int k = 0; k < kBlock; ++k) out[j + k] = sum[k];
  }
}

/// din[i] = sum over j of weight[j][i] dout[j].
template <class V>
LIMPID_HD void cppn_dense_adjoint(const float* weights, int outputs, const V* dout, V* din) {
  constexpr int kBlock = 4;
  for (int i = 0; i < kCppnActivations; i += kBlock) {
    V sum[kBlock];
    LIMPID_UNROLL for (int k = 0; k < kBlock; ++k) sum[k] = cppn_splat(0.0F, V{});
    for (int j = 0; j < outputs; ++j) {
      LIMPID_UNROLL for (int k = 0; k < kBlock; ++k) {
        sum[k] = cppn_multiply_add(cppn_splat(weights[j * kCppnActivations + i + k], V{}), dout[j], sum[k]);
      }
    }
    LIMPID_UNROLL for (int k = 0; k < kBlock; ++k) din[i + k] = sum[k];
  }
}

/// The activations of a layer whose arctangents are given.
template <class V>
LIMPID_HD void cppn_activate(const V* angle, V* activations) {
  for (int j = 0; j < kCppnWidth; ++j) {
    activations[j] = angle[j] * kCppnFirst;
    activations[kCppnWidth + j] = (angle[j] * angle[j] - kCppnMean) * kCppnSecond;
  }
}

/// All hidden layers at the coordinates (x, y); `keep(layer, z, angle)` sees each. Returns with the last
/// layer's activations in `activations`.
template <class V, class Keep>
LIMPID_HD void cppn_hidden_layers(const float* parameters, V x, V y, V* activations, const Keep& keep) {
  V z[kCppnWidth], angle[kCppnWidth];
  const V coordinates[kCppnCoordinates] = {x, y};
  for (int layer = 0; layer < kCppnLayers; ++layer) {
    const CppnLayer l = cppn_layer(layer, 0);
    const float *weights = parameters + l.first, *biases = parameters + l.biases();
    if (layer == 0) {
      cppn_dense<kCppnCoordinates, 4>(weights, biases, kCppnWidth, coordinates, z);
    } else {
      cppn_dense<kCppnActivations, 4>(weights, biases, kCppnWidth, activations, z);
    }
    for (int j = 0; j < kCppnWidth; ++j) angle[j] = atan_f32(z[j]);
    keep(layer, z, angle);
    cppn_activate(angle, activations);
  }
}

/// The latent planes from the last hidden layer's activations.
template <class V>
LIMPID_HD void cppn_output(const float* parameters, int planes, const V* activations, V* latent) {
  const CppnLayer l = cppn_layer(kCppnLayers, planes);
  cppn_dense<kCppnActivations, 1>(parameters + l.first, parameters + l.biases(), planes, activations, latent);
}

/// dL/dz of a hidden layer from dL/dactivations.
template <class V>
LIMPID_HD void cppn_activate_adjoint(const CppnHidden<V>& hidden, const V* dactivations, V* dz) {
  for (int j = 0; j < kCppnWidth; ++j) {
    const V dangle =
        dactivations[j] * kCppnFirst + dactivations[kCppnWidth + j] * hidden.angle[j] * (2 * kCppnSecond);
    dz[j] = dangle * hidden.slope[j];
  }
}

/// Stores what the backward pass needs.
template <class V>
struct CppnKeep {
  CppnHidden<V>* hidden;
  LIMPID_HD void operator()(int layer, const V* z, const V* angle) const {
    for (int j = 0; j < kCppnWidth; ++j) {
      hidden[layer].angle[j] = angle[j];
      hidden[layer].slope[j] = cppn_splat(1.0F, V{}) / (z[j] * z[j] + 1.0F);
    }
  }
};

struct CppnKeepNothing {
  template <class V>
  LIMPID_HD void operator()(int, const V*, const V*) const {}
};

}  // namespace limpid
