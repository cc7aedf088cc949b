// Activations that own their memory: a channel slice of a wider, fenced buffer.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/core/tensor.h"
#include "tests/reference/reference_ops.h"

namespace limpid::test {

enum class Layout { nchw8c, nhwc };

/// Channel groups of the buffer before and after the slice that is looked at.
struct Surround {
  int before = 0, after = 0;
};

/// Shape and place in memory of one operand.
struct ActivationShape {
  int n = 1, channels = kGroup, h = 1, w = 1;
  Layout layout = Layout::nchw8c;
  Surround surround = {};
};

/// An element that no test computes, as bits of T.
template <class T>
T mark() {
  return from_f32<T>(-12345.0F);
}

template <class T>
bool same_element(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

/// Every element starts as the mark, the slice too, so that an output left unwritten shows.
template <class T>
class BasicActivations {
 public:
  explicit BasicActivations(const ActivationShape& shape)
      : shape_(shape),
        elements_(static_cast<std::size_t>(shape.n) * static_cast<std::size_t>(width() * kGroup) *
                  static_cast<std::size_t>(shape.h * shape.w)),
        memory_((elements_ + 2 * kFence) * sizeof(T) / sizeof(Line) + 1) {
    std::fill_n(whole(), whole_elements(), mark<T>());
  }

  const ActivationShape& shape() const { return shape_; }

  /// The slice, with `whole` (this buffer's memory or a copy of it) as the buffer.
  Tensor tensor_in(void* whole) const {
    T* data = static_cast<T*>(whole) + kFence;
    const Tensor t = shape_.layout == Layout::nchw8c
                         ? make_nchw8c(data, DTypeOf<T>::value, shape_.n, width(), shape_.h, shape_.w)
                         : make_nhwc(data, DTypeOf<T>::value, shape_.n, width(), shape_.h, shape_.w);
    return t.slice_groups(shape_.surround.before, shape_.channels / kGroup);
  }
  Tensor tensor() { return tensor_in(whole()); }
  GroupView<T> view() { return tensor().template as<T>(); }

  /// Memory with its fences, for copies to a device.
  T* whole() { return reinterpret_cast<T*>(memory_.data()); }
  std::size_t whole_elements() const { return elements_ + 2 * kFence; }

  T& at(int n, int c, int h, int w) { return view().at(n, c / kGroup, h, w)[c % kGroup]; }

  /// f(element, n, c, h, w) for the whole slice.
  template <class F>
  void for_each(const F& f) {
    for (int n = 0; n < shape_.n; ++n) {
      for (int c = 0; c < shape_.channels; ++c) {
        for (int h = 0; h < shape_.h; ++h) {
          for (int w = 0; w < shape_.w; ++w) f(at(n, c, h, w), n, c, h, w);
        }
      }
    }
  }

  /// Image n becomes the map, rounded to T.
  void set(int n, const reference::Map& map) {
    ASSERT_EQ(map.c, shape_.channels);
    for (int c = 0; c < map.c; ++c) {
      for (int h = 0; h < map.h; ++h) {
        for (int w = 0; w < map.w; ++w) at(n, c, h, w) = from_f32<T>(static_cast<float>(map.at(c, h, w)));
      }
    }
  }

  /// Image n.
  reference::Map map(int n) {
    reference::Map result(shape_.channels, shape_.h, shape_.w);
    for (int c = 0; c < result.c; ++c) {
      for (int h = 0; h < result.h; ++h) {
        for (int w = 0; w < result.w; ++w) result.at(c, h, w) = to_f32(at(n, c, h, w));
      }
    }
    return result;
  }

  /// The whole slice in the order n, c, h, w.
  std::vector<T> values() {
    std::vector<T> result;
    for_each([&](T element, int, int, int, int) { result.push_back(element); });
    return result;
  }

  /// Whether everything outside the slice still holds the mark.
  bool surroundings_intact() {
    std::vector<bool> inside(whole_elements());
    for_each(
        [&](T& element, int, int, int, int) { inside[static_cast<std::size_t>(&element - whole())] = true; });
    for (std::size_t i = 0; i < whole_elements(); ++i) {
      if (!inside[i] && !same_element(whole()[i], mark<T>())) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kFence = 64;  ///< Elements; keeps the alignment of the memory.

  int width() const { return shape_.surround.before + shape_.channels / kGroup + shape_.surround.after; }

  struct alignas(64) Line {
    std::byte bytes[64];
  };

  ActivationShape shape_;
  std::size_t elements_;
  std::vector<Line> memory_;
};

using Activations = BasicActivations<float>;

/// Whole numbers on [-limit, limit]: sums of their products are exact in fp32.
inline reference::Map integer_map(std::mt19937& random, int c, int h, int w, int limit) {
  std::uniform_int_distribution<int> integer(-limit, limit);
  reference::Map map(c, h, w);
  for (double& value : map.values) value = integer(random);
  return map;
}

/// Normally distributed fp32 values.
inline reference::Map normal_map(std::mt19937& random, int c, int h, int w, float deviation = 1) {
  std::normal_distribution<float> normal(0, deviation);
  reference::Map map(c, h, w);
  for (double& value : map.values) value = static_cast<double>(normal(random));
  return map;
}

/// Maps as they leave a ReLU: about half of the values are zero.
inline reference::Map rectified(reference::Map map) {
  for (double& value : map.values) value = value > 0 ? value : 0;
  return map;
}

/// n maps made by make() as one batch, and the maps.
struct Batch {
  template <class Make>
  Batch(const ActivationShape& shape, const Make& make) : activations(shape) {
    for (int n = 0; n < shape.n; ++n) {
      maps.push_back(make());
      activations.set(n, maps.back());
    }
  }

  Activations activations;
  std::vector<reference::Map> maps;
};

inline Batch integer_batch(std::mt19937& random, const ActivationShape& s, int limit) {
  return {s, [&] { return integer_map(random, s.channels, s.h, s.w, limit); }};
}
inline Batch normal_batch(std::mt19937& random, const ActivationShape& s, float deviation = 1) {
  return {s, [&] { return normal_map(random, s.channels, s.h, s.w, deviation); }};
}
inline Batch rectified_batch(std::mt19937& random, const ActivationShape& s, float deviation = 1) {
  return {s, [&] { return rectified(normal_map(random, s.channels, s.h, s.w, deviation)); }};
}

/// Sum of products, in double precision.
inline double dot(const reference::Map& a, const reference::Map& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

inline double norm(const reference::Map& a) {
  return std::sqrt(dot(a, a));
}

}  // namespace limpid::test
