#include "tests/cuda_on_cpu/convolution.h"

#include <oneapi/dnnl/dnnl.h>

#include <cstdio>
#include <vector>

#include "tests/cuda_on_cpu/machine.h"

namespace emulated {
namespace {

bool touch_tensor(const char* what, const ConvTensor& t, const void* p, bool write) {
  const std::size_t bytes = bytes_of(t.type);
  for (std::int64_t n = 0; n < t.dims[0]; ++n) {
    for (std::int64_t h = 0; h < t.dims[2]; ++h) {
      for (std::int64_t w = 0; w < t.dims[3]; ++w) {
        const char* pixel = static_cast<const char*>(p) + t.at(n, 0, h, w) * bytes;
        if (!touch(what, pixel, static_cast<std::size_t>(t.dims[1]) * bytes, write)) return false;
      }
    }
  }
  return true;
}

bool touch_all(const Convolution& conv, const ConvPointers& p) {
  if (p.workspace_bytes > 0) {
    if (!touch("the workspace", p.workspace, p.workspace_bytes, true)) return false;
    std::memset(p.workspace, 0xff, p.workspace_bytes);
  }
  const auto filter =
      static_cast<std::size_t>(conv.filter.dims[0] * conv.filter.strides[0]) * bytes_of(conv.filter.type);
  const auto bias = static_cast<std::size_t>(conv.bias.dims[1]) * bytes_of(conv.bias.type);
  return touch_tensor("the source", conv.source, p.source, false) &&
         touch("the filter", p.filter, filter, false) &&
         (!conv.fprop || touch("the bias", p.bias, bias, false)) &&
         (conv.beta == 0 || touch_tensor("the target", conv.target, p.target, false)) &&
         touch_tensor("the target", conv.target, p.target, true);
}

/// The place in the source that a target's place and a tap meet, or -1.
std::int64_t source_place(const Convolution& conv, std::size_t axis, std::int64_t place, std::int64_t tap) {
  const std::int64_t extent = conv.source.dims[2 + axis], stride = conv.stride[axis];
  std::int64_t at = place * stride + tap - conv.before[axis];
  if (!conv.fprop) {
    at = place + conv.before[axis] - tap;
    if (at < 0 || at % stride != 0) return -1;
    at /= stride;
  }
  return at >= 0 && at < extent ? at : -1;
}

/// R x S x source channels by target channels.
std::vector<float> filter_matrix(const Convolution& conv, const void* filter, Number type) {
  const ConvTensor& f = conv.filter;
  std::vector<float> matrix;
  for (std::int64_t r = 0; r < f.dims[2]; ++r) {
    for (std::int64_t s = 0; s < f.dims[3]; ++s) {
      for (std::int64_t i = 0; i < conv.source.dims[1]; ++i) {
        for (std::int64_t j = 0; j < conv.target.dims[1]; ++j) {
          matrix.push_back(read_number(filter, conv.fprop ? f.at(j, i, r, s) : f.at(i, j, r, s), type));
        }
      }
    }
  }
  return matrix;
}

/// Pixels of image n of the target by R x S x source channels.
std::vector<float> patches_of(const Convolution& conv, const void* source, std::int64_t n, Number type) {
  const ConvTensor& s = conv.source;
  std::vector<float> map;
  for (std::int64_t h = 0; h < s.dims[2]; ++h) {
    for (std::int64_t w = 0; w < s.dims[3]; ++w) {
      for (std::int64_t c = 0; c < s.dims[1]; ++c) map.push_back(read_number(source, s.at(n, c, h, w), type));
    }
  }
  std::vector<float> patches;
  for (std::int64_t h = 0; h < conv.target.dims[2]; ++h) {
    for (std::int64_t w = 0; w < conv.target.dims[3]; ++w) {
      for (std::int64_t r = 0; r < conv.filter.dims[2]; ++r) {
        const std::int64_t y = source_place(conv, 0, h, r);
        for (std::int64_t q = 0; q < conv.filter.dims[3]; ++q) {
          const std::int64_t x = source_place(conv, 1, w, q);
          if (y < 0 || x < 0) {
            patches.resize(patches.size() + static_cast<std::size_t>(s.dims[1]));
          } else {
            const auto pixel = map.begin() + (y * s.dims[3] + x) * s.dims[1];
            patches.insert(patches.end(), pixel, pixel + s.dims[1]);
          }
        }
      }
    }
  }
  return patches;
}

}  // namespace

std::string Convolution::name() const {
  char text[120];
  std::snprintf(text, sizeof text, "cuDNN %s %lldx%lld/%lld %lld -> %lld", fprop ? "fprop" : "dgrad",
                static_cast<long long>(filter.dims[2]), static_cast<long long>(filter.dims[3]),
                static_cast<long long>(stride[0]), static_cast<long long>(source.dims[1]),
                static_cast<long long>(target.dims[1]));
  return text;
}

std::string Convolution::fault() const {
  const ConvTensor &x = fprop ? source : target, &y = fprop ? target : source;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t out = (x.dims[2 + i] + before[i] + after[i] - filter.dims[2 + i]) / stride[i] + 1;
    if (out != y.dims[2 + i]) return "an extent of the result that does not follow from the input's";
  }
  if (x.dims[0] != y.dims[0] || filter.dims[0] != y.dims[1] || filter.dims[1] != x.dims[1]) {
    return "channels or images that do not match";
  }
  if (fprop && bias.dims != std::array<std::int64_t, 4>{1, y.dims[1], 1, 1}) return "a bias of another size";
  return {};
}

void run(const Convolution& conv, const ConvPointers& p) {
  if (!touch_all(conv, p)) return;
  const ConvTensor& t = conv.target;
  const Number type = conv.tensor_cores && conv.source.type == Number::f32 ? Number::tf32 : conv.source.type;
  const std::vector<float> filter = filter_matrix(conv, p.filter, type);
  const std::int64_t pixels = t.dims[2] * t.dims[3], channels = t.dims[1];
  const std::int64_t terms = static_cast<std::int64_t>(filter.size()) / channels;
  std::vector<float> result(static_cast<std::size_t>(pixels * channels));
  for (std::int64_t n = 0; n < t.dims[0]; ++n) {
    const std::vector<float> patches = patches_of(conv, p.source, n, type);
    dnnl_sgemm('N', 'N', pixels, channels, terms, 1.0F, patches.data(), terms, filter.data(), channels, 0.0F,
               result.data(), channels);
    for (std::int64_t i = 0; i < pixels * channels; ++i) {
      const std::int64_t c = i % channels, w = i / channels % t.dims[3], h = i / channels / t.dims[3];
      const std::size_t at = t.at(n, c, h, w);
      float value = conv.factor * result[static_cast<std::size_t>(i)];
      if (conv.beta != 0) value += conv.beta * read_number(p.target, at, t.type);
      if (conv.fprop) value += read_number(p.bias, conv.bias.at(0, c, 0, 0), conv.bias.type);
      write_number(p.target, at, t.type, conv.relu && !(value > 0) ? 0 : value);
    }
  }
}

}  // namespace emulated
