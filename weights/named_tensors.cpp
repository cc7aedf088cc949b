#include "weights/named_tensors.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernels/core/dtype.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

template <class T>
std::vector<float> widen_as(std::string_view bytes, std::uint64_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    if constexpr (std::is_same_v<T, double>) {
      values[i] = static_cast<float>(element);
    } else {
      values[i] = to_f32(element);
    }
  }
  return values;
}

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t extent : shape) count *= extent;
  return count;
}

/// R x S x C x K to K x C x R x S, where `positions` is R S.
std::vector<float> transpose(const std::vector<float>& hwio, std::size_t positions, std::size_t c,
                             std::size_t k) {
  std::vector<float> result(hwio.size());
  for (std::size_t position = 0; position < positions; ++position) {
    for (std::size_t input = 0; input < c; ++input) {
      const float* row = hwio.data() + (position * c + input) * k;
      for (std::size_t output = 0; output < k; ++output) {
        result[(output * c + input) * positions + position] = row[output];
      }
    }
  }
  return result;
}

}  // namespace

NamedTensors::NamedTensors(std::string origin) : origin_(std::move(origin)) {}

void NamedTensors::add(FileTensor tensor) {
  std::string name = tensor.name;
  const auto [place, is_new] = tensors_.emplace(std::move(name), std::move(tensor));
  if (!is_new) fail_input("{}: tensor '{}' occurs twice", origin_, place->first);
}

const FileTensor* NamedTensors::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::vector<std::string> NamedTensors::names() const {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : tensors_) result.push_back(name);
  return result;
}

void NamedTensors::rename_all(const std::function<std::string(const std::string& name)>& rename) {
  std::map<std::string, FileTensor, std::less<>> renamed;
  for (auto& [name, tensor] : tensors_) {
    const auto [place, is_new] = renamed.emplace(rename(name), std::move(tensor));
    if (!is_new) {
      fail_input("{}: tensors '{}' and '{}' are one but for what wraps them", origin_, place->second.name,
                 name);
    }
  }
  tensors_ = std::move(renamed);
}

std::optional<FileTensor> NamedTensors::take(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) continue;
    FileTensor tensor = std::move(found->second);
    tensors_.erase(found);
    return tensor;
  }
  return std::nullopt;
}

FileTensor NamedTensors::expect(std::initializer_list<std::string_view> names, std::string_view layer) {
  std::optional<FileTensor> tensor = take(names);
  if (!tensor) fail_input("{}: tensor '{}' of layer '{}' is missing", origin_, *names.begin(), layer);
  return *std::move(tensor);
}

std::vector<std::string> NamedTensors::take_if(const std::function<bool(std::string_view name)>& predicate) {
  std::vector<std::string> names;
  std::erase_if(tensors_, [&](const auto& entry) {
    const bool taken = predicate(entry.first);
    if (taken) names.push_back(entry.first);
    return taken;
  });
  return names;
}

void NamedTensors::expect_none_left() const {
  if (!tensors_.empty()) {
    fail_input("{}: tensor '{}' belongs to no layer of InceptionV1", origin_, tensors_.begin()->first);
  }
}

ConvLayer make_layer(const LayerSpec& spec, const FileTensor& filter, const FileTensor& bias,
                     LayerShapes& shapes) {
  std::vector<std::uint64_t> shape = filter.shape;
  if (spec.is_classifier && shape.size() == 2) shape.insert(shape.end(), {1, 1});
  ConvLayer layer;
  layer.name = spec.name;
  layer.k = shapes.check(spec, filter.name, shape, bias.shape);
  layer.c = static_cast<int>(shape[1]);
  layer.size = spec.size;
  layer.filter = filter.values(product(shape));
  layer.bias = bias.values(bias.shape[0]);
  return layer;
}

FileTensor from_hwio(FileTensor tensor) {
  std::vector<std::uint64_t> shape = tensor.shape;
  if (shape.size() == 2) shape.insert(shape.begin(), {1, 1});
  if (shape.size() != 4) return tensor;
  const auto [r, s, c, k] = std::tuple(shape[0], shape[1], shape[2], shape[3]);
  FileTensor result{std::move(tensor.name), {k, c, r, s}, {}};
  result.values = [values = std::move(tensor.values), positions = r * s, c = c, k = k](std::uint64_t count) {
    return transpose(values(count), positions, c, k);
  };
  return result;
}

FileTensor within_5x5(FileTensor filter) {
  if (filter.shape.size() != 4 || filter.shape[2] != 3 || filter.shape[3] != 3) return filter;
  filter.shape[2] = filter.shape[3] = 5;
  filter.values = [inner = std::move(filter.values)](std::uint64_t count) {
    const std::vector<float> small = inner(count / 25 * 9);
    std::vector<float> large(count);
    for (std::size_t i = 0; i < small.size(); ++i) {
      const std::size_t row = i / 3 % 3, column = i % 3;
      large[i / 9 * 25 + (row + 1) * 5 + column + 1] = small[i];
    }
    return large;
  };
  return filter;
}

std::size_t size_of(ElementType type) {
  switch (type) {
    case ElementType::f16:
    case ElementType::bf16:
      return 2;
    case ElementType::f32:
      return 4;
    case ElementType::f64:
      return 8;
  }
  return 0;
}

std::vector<float> widen(std::string_view bytes, ElementType type, std::uint64_t count,
                         std::string_view what) {
  const std::size_t size = size_of(type);
  if (bytes.size() % size != 0 || bytes.size() / size != count) {
    fail_input("{} declares {} values of {} bytes but holds {} bytes", what, count, size, bytes.size());
  }
  switch (type) {
    case ElementType::f16:
      return widen_as<f16>(bytes, count);
    case ElementType::bf16:
      return widen_as<bf16>(bytes, count);
    case ElementType::f32:
      return widen_as<float>(bytes, count);
    case ElementType::f64:
      return widen_as<double>(bytes, count);
  }
  return {};
}

std::vector<float> widen_whole(std::string_view bytes, std::string_view what) {
  std::int64_t value = 0;
  if (bytes.size() == sizeof(std::int32_t)) {
    std::int32_t narrow = 0;
    std::memcpy(&narrow, bytes.data(), sizeof narrow);
    value = narrow;
  } else if (bytes.size() == sizeof value) {
    std::memcpy(&value, bytes.data(), sizeof value);
  } else {
    fail_input("{} holds whole numbers, which are no weights", what);
  }
  constexpr std::int64_t most = 1 << 24;
  if (value <= -most || value >= most) fail_input("{} is {}, which is no setting", what, value);
  return {static_cast<float>(value)};
}

}  // namespace limpid
