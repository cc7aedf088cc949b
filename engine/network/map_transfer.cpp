#include "engine/network/map_transfer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "kernels/core/dtype.h"
#include "kernels/core/parallel.h"
#include "kernels/host_rows.h"

namespace limpid {
namespace {

/// Of each channel of a group, the first value of a row and the stride to the next; padded channels have none.
template <class T>
struct GroupRow {
  std::array<T*, kGroup> first{};
  std::int64_t stride = 0;

  GroupRow(const TensorView<T>& view, const ChannelMap& channels, int n, int group, int h)
      : stride(view.strides[3]) {
    for (int i = 0; i < kGroup; ++i) {
      const int logical = channels.logical(group * kGroup + i);
      if (logical >= 0 && view.data != nullptr)
        first[static_cast<std::size_t>(i)] = view.at(n, logical, h, 0);
    }
  }

  /// The four channels from `i` on, where all are there and pixels lie side by side: copied together, for value by
  /// value those of conv2d0 took 9 % of its passes.
  std::optional<std::array<T*, 4>> four_from(std::size_t i) const {
    if (i % 4 != 0 || stride != 1) return std::nullopt;
    const std::array<T*, 4> rows{first[i], first[i + 1], first[i + 2], first[i + 3]};
    if (std::count(rows.begin(), rows.end(), nullptr) > 0) return std::nullopt;
    return rows;
  }
};

/// Calls f(n, group, h) for the rows of a tensor, a thread taking a group of an image at a time.
template <class F>
void for_each_row(const Stream& stream, const Tensor& tensor, const F& f) {
  parallel_for(stream, std::int64_t{tensor.n} * tensor.groups, [&](std::int64_t i) {
    for (int h = 0; h < tensor.h; ++h) {
      f(static_cast<int>(i / tensor.groups), static_cast<int>(i % tensor.groups), h);
    }
  });
}

template <class T>
void write_as(const Stream& stream, const TensorView<const float>& from, const ChannelMap& channels,
              float factor, const Tensor& to) {
  const GroupView<T> view = to.as<T>();
  for_each_row(stream, to, [&](int n, int group, int h) {
    const GroupRow<const float> row(from, channels, n, group, h);
    T* target = view.at(n, group, h, 0);
    for (std::size_t i = 0; i < kGroup; ++i) {
      if constexpr (std::is_same_v<T, float>) {
        if (const auto four = row.four_from(i)) {
          interleave_rows(*four, factor, target + i, view.stride_w, view.w);
          i += 3;
          continue;
        }
      }
      for (int w = 0; w < view.w; ++w) {
        const float value = row.first[i] == nullptr ? 0.0F : factor * row.first[i][w * row.stride];
        target[w * view.stride_w + static_cast<std::int64_t>(i)] = from_f32<T>(value);
      }
    }
  });
}

template <class T>
void read_as(const Stream& stream, const Tensor& from, const ChannelMap& channels, float factor,
             const TensorView<float>& to) {
  const GroupView<const T> view = from.as<const T>();
  for_each_row(stream, from, [&](int n, int group, int h) {
    const GroupRow<float> row(to, channels, n, group, h);
    const T* source = view.at(n, group, h, 0);
    for (std::size_t i = 0; i < kGroup; ++i) {
      if (row.first[i] == nullptr) continue;
      if constexpr (std::is_same_v<T, float>) {
        if (const auto four = row.four_from(i)) {
          separate_rows(source + i, view.stride_w, factor, *four, view.w);
          i += 3;
          continue;
        }
      }
      for (int w = 0; w < view.w; ++w)
        row.first[i][w * row.stride] =
            factor * to_f32(source[w * view.stride_w + static_cast<std::int64_t>(i)]);
    }
  });
}

}  // namespace

std::size_t elements_spanned(const Tensor& tensor) {
  return static_cast<std::size_t>((tensor.h - 1) * tensor.stride_h + (tensor.w - 1) * tensor.stride_w +
                                  (tensor.groups - 1) * tensor.stride_g + (tensor.n - 1) * tensor.stride_n +
                                  kGroup);
}

Tensor MapTransfer::on_host(const Tensor& tensor) {
  if (!backend_.asynchronous()) return tensor;
  staging_.resize(elements_spanned(tensor) * size_of(tensor.dtype));
  Tensor host = tensor;
  host.data = staging_.data();
  return host;
}

void MapTransfer::write(const TensorView<const float>& from, const ChannelMap& channels, float factor,
                        const Tensor& to) {
  const Tensor host = on_host(to);
  const std::size_t bytes = elements_spanned(to) * size_of(to.dtype);
  const bool has_neighbours = elements_spanned(to) != static_cast<std::size_t>(to.elements());
  if (host.data != to.data && has_neighbours) backend_.download(stream_, host.data, to.data, bytes);
  with_type(to.dtype, [&](auto type) { write_as<decltype(type)>(stream_, from, channels, factor, host); });
  if (host.data != to.data) backend_.upload(stream_, to.data, host.data, bytes);
}

void MapTransfer::read(const Tensor& from, const ChannelMap& channels, float factor,
                       const TensorView<float>& to) {
  const Tensor host = on_host(from);
  if (host.data != from.data)
    backend_.download(stream_, host.data, from.data, elements_spanned(from) * size_of(from.dtype));
  with_type(from.dtype, [&](auto type) { read_as<decltype(type)>(stream_, host, channels, factor, to); });
}

}  // namespace limpid
