#include "kernels/conv/reference_conv.h"
#include "kernels/core/group_launch.cuh"
#include "kernels/core/philox.h"

namespace limpid::cuda {
namespace {

/// Result element i, in the order n, h, w, channel.
template <class T>
struct ReferenceBody {
  GroupView<const T> source, target;
  ConvShape shape;
  bool fprop, relu, accumulate;
  const float* filter;
  const float* bias;
  float* result;

  __device__ float weight(int k, int r, int s, int c) const {
    const int size = shape.window.size;
    return filter[((static_cast<std::int64_t>(k) * size + r) * size + s) * shape.c + c];
  }

  __device__ static float element(const GroupView<const T>& t, int n, int channel, int h, int w) {
    return to_f32(t.at(n, channel / kGroup, h, w)[channel % kGroup]);
  }

  __device__ float forward(int n, int k, int p, int q) const {
    const Window& window = shape.window;
    float sum = 0;
    for (int r = 0; r < window.size; ++r) {
      const int h = p * window.stride + r - window.before_h;
      if (h < 0 || h >= shape.h) continue;
      for (int s = 0; s < window.size; ++s) {
        const int w = q * window.stride + s - window.before_w;
        if (w < 0 || w >= shape.w) continue;
        for (int c = 0; c < shape.c; ++c) sum = fmaf(element(source, n, c, h, w), weight(k, r, s, c), sum);
      }
    }
    return bias == nullptr ? sum : sum + bias[k];
  }

  __device__ float backward(int n, int c, int h, int w) const {
    const Window& window = shape.window;
    float sum = 0;
    for (int r = 0; r < window.size; ++r) {
      const int top = h + window.before_h - r;
      if (top < 0 || top % window.stride != 0 || top / window.stride >= shape.p) continue;
      for (int s = 0; s < window.size; ++s) {
        const int left = w + window.before_w - s;
        if (left < 0 || left % window.stride != 0 || left / window.stride >= shape.q) continue;
        for (int k = 0; k < shape.k; ++k) {
          sum =
              fmaf(element(source, n, k, top / window.stride, left / window.stride), weight(k, r, s, c), sum);
        }
      }
    }
    return sum;
  }

  __device__ void operator()(std::int32_t i) const {
    const int channels = target.groups * kGroup;
    const int channel = i % channels;
    const int x = i / channels % target.w;
    const int y = i / channels / target.w % target.h;
    const int n = i / channels / target.w / target.h;
    float value = fprop ? forward(n, channel, y, x) : backward(n, channel, y, x);
    if (accumulate) value += element(target, n, channel, y, x);
    result[i] = relu ? fmaxf(value, 0.0F) : value;
  }
};

/// Block `position` of four draws.
template <class T>
struct FillBody {
  T* data;
  std::int64_t count;
  std::uint32_t seed;

  __device__ void operator()(std::int32_t position) const {
    const PhiloxBlock block = philox4x32_10({{static_cast<std::uint32_t>(position), 0, 0, 0}}, seed, 0);
    for (int j = 0; j < 4; ++j) {
      const std::int64_t i = std::int64_t{4} * position + j;
      if (i < count) data[i] = from_f32<T>(2 * uniform_unit(block.word[j]) - 1);
    }
  }
};

/// Row i of the map, images one after the other.
template <class T>
struct SquaredErrorBody {
  GroupView<const T> target;
  const float* expected;
  double* partial;

  __device__ void operator()(std::int32_t i) const {
    double difference = 0, norm = 0;
    for (int w = 0; w < target.w; ++w) {
      for (int g = 0; g < target.groups; ++g) {
        const T* actual = target.at(i / target.h, g, i % target.h, w);
        const float* wanted = expected + ((std::int64_t{i} * target.w + w) * target.groups + g) * kGroup;
        for (int lane = 0; lane < kGroup; ++lane) {
          const double e = static_cast<double>(wanted[lane]);
          const double d = static_cast<double>(to_f32(actual[lane])) - e;
          difference += d * d;
          norm += e * e;
        }
      }
    }
    partial[i] = difference;
    partial[static_cast<std::int64_t>(target.n) * target.h + i] = norm;
  }
};

}  // namespace

void reference_conv(const Stream& stream, const ReferenceConv& op) {
  with_type(op.source.dtype, [&](auto type) {
    using T = decltype(type);
    const ReferenceBody<T> body{op.source.as<const T>(),
                                op.target.as<const T>(),
                                op.shape,
                                op.direction == ConvDirection::fprop,
                                op.relu,
                                op.accumulate,
                                op.filter,
                                op.bias,
                                op.result};
    for_each(stream, "reference convolution", op.target.elements(), body);
  });
}

void fill_uniform(const Stream& stream, void* data, DType dtype, std::int64_t count, std::uint32_t seed) {
  with_type(dtype, [&](auto type) {
    using T = decltype(type);
    for_each(stream, "uniform numbers", (count + 3) / 4, FillBody<T>{static_cast<T*>(data), count, seed});
  });
}

void squared_error(const Stream& stream, const Tensor& target, const float* expected, double* partial) {
  with_type(target.dtype, [&](auto type) {
    using T = decltype(type);
    for_each(stream, "squared error", std::int64_t{target.n} * target.h,
             SquaredErrorBody<T>{target.as<const T>(), expected, partial});
  });
}

}  // namespace limpid::cuda
