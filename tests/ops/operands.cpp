#include "tests/ops/operands.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace limpid::test {
namespace {

/// Bytes before and after an operand; keeps its alignment.
constexpr std::size_t kFence = 256;
constexpr std::byte kMark{0xa5};

std::mt19937 random_for(const std::string& name) {
  std::seed_seq seed(name.begin(), name.end());
  return std::mt19937(seed);
}

template <class T>
void put(std::vector<std::byte>& whole, std::size_t at, T value) {
  std::memcpy(whole.data() + at, &value, sizeof value);
}
template <class T>
T get(const std::vector<std::byte>& whole, std::size_t at) {
  T value;
  std::memcpy(&value, whole.data() + at, sizeof value);
  return value;
}

float rounded_to(DType dtype, float value) {
  with_type(dtype, [&](auto type) { value = to_f32(from_f32<decltype(type)>(value)); });
  return value;
}

void put_as(DType dtype, std::vector<std::byte>& whole, std::size_t at, float value) {
  with_type(dtype, [&](auto type) { put(whole, at, from_f32<decltype(type)>(value)); });
}

}  // namespace

void round_to(DType dtype, std::vector<double>& values) {
  for (double& value : values) {
    value = static_cast<double>(rounded_to(dtype, static_cast<float>(value)));
  }
}

Draw normal(float deviation) {
  return [deviation](std::mt19937& random, const Place&) {
    return std::normal_distribution<float>(0, deviation)(random);
  };
}
Draw rectified(float deviation) {
  return [draw = normal(deviation)](std::mt19937& random, const Place& place) {
    return std::max(draw(random, place), 0.0F);
  };
}
Draw integers(int least, int most) {
  return [=](std::mt19937& random, const Place&) {
    return static_cast<float>(std::uniform_int_distribution<int>(least, most)(random));
  };
}
Draw uniform(float low, float high) {
  return [=](std::mt19937& random, const Place&) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
}

std::size_t Operands::size_of_number(Number number) {
  switch (number) {
    case Number::f64:
      return 8;
    case Number::f16:
    case Number::bf16:
      return 2;
    case Number::u8:
      return 1;
    case Number::f32:
    case Number::i32:
      break;
  }
  return 4;
}

void* Operands::keep(Operand operand) {
  operand.memory = backend_.allocate(operand.whole.size());
  backend_.upload(stream_, operand.memory->data(), operand.whole.data(), operand.whole.size());
  operands_.push_back(std::move(operand));
  return static_cast<std::byte*>(operands_.back().memory->data()) + kFence;
}

Tensor Operands::add_grouped(const std::string& name, Role role, Number number, DType dtype,
                             const ActivationShape& shape, const Draw& draw) {
  const int width = shape.surround.before + shape.channels / kGroup + shape.surround.after;
  const bool nhwc = placement_.nhwc || shape.layout == Layout::nhwc;
  Tensor view = (nhwc ? make_nhwc : make_nchw8c)(nullptr, dtype, shape.n, width, shape.h, shape.w);
  const std::size_t bytes = size_of_number(number);
  Operand operand{name, role, number, shape, true, {}, {}, {}};
  operand.whole.assign(static_cast<std::size_t>(view.elements()) * bytes + 2 * kFence, kMark);
  std::mt19937 random = random_for(name);
  for (int n = 0; n < shape.n; ++n) {
    for (int c = 0; c < shape.channels; ++c) {
      for (int h = 0; h < shape.h; ++h) {
        for (int w = 0; w < shape.w; ++w) {
          const std::int64_t at = n * view.stride_n + (shape.surround.before + c / kGroup) * view.stride_g +
                                  h * view.stride_h + w * view.stride_w + c % kGroup;
          operand.places.push_back(kFence + static_cast<std::size_t>(at) * bytes);
          if (role == Role::output) continue;
          const float value = draw(random, {n, c, h, w});
          if (number == Number::u8) {
            put(operand.whole, operand.places.back(), static_cast<std::uint8_t>(value));
          } else {
            put_as(dtype, operand.whole, operand.places.back(), rounded_to(placement_.rounded, value));
          }
        }
      }
    }
  }
  view.data = static_cast<std::byte*>(keep(std::move(operand))) +
              static_cast<std::size_t>(shape.surround.before * view.stride_g) * bytes;
  view.groups = shape.channels / kGroup;
  return view;
}

Tensor Operands::tensor(const std::string& name, Role role, const ActivationShape& shape, const Draw& draw) {
  const DType dtype = placement_.stored;
  const Number number = dtype == DType::f32 ? Number::f32 : dtype == DType::f16 ? Number::f16 : Number::bf16;
  return add_grouped(name, role, number, dtype, shape, draw);
}

GroupView<std::uint8_t> Operands::bytes(const std::string& name, Role role, const ActivationShape& shape,
                                        const Draw& draw) {
  return add_grouped(name, role, Number::u8, DType::f32, shape, draw).as<std::uint8_t>();
}

void* Operands::add_array(const std::string& name, Role role, Number number,
                          std::span<const std::byte> values) {
  const std::size_t bytes = size_of_number(number);
  Operand operand{name, role, number, {}, false, {}, {}, {}};
  operand.whole.assign(values.size() + 2 * kFence, kMark);
  for (std::size_t at = kFence; at < kFence + values.size(); at += bytes) operand.places.push_back(at);
  if (role != Role::output) std::copy(values.begin(), values.end(), operand.whole.begin() + kFence);
  return keep(std::move(operand));
}

float* Operands::floats(const std::string& name, Role role, std::int64_t count, const Draw& draw) {
  return planes(name, role, 1, 1, 1, static_cast<int>(count), draw).data;
}

Planar<float> Operands::planes(const std::string& name, Role role, int n, int c, int h, int w,
                               const Draw& draw) {
  Planar<float> view{nullptr, n, c, h, w};
  std::vector<float> values(static_cast<std::size_t>(view.elements()));
  std::mt19937 random = random_for(name);
  for (std::size_t i = 0; i < values.size() && draw; ++i) {
    const int row = static_cast<int>(i) / w, plane = row / h;
    values[i] = draw(random, {plane / c, plane % c, row % h, static_cast<int>(i) % w});
  }
  view.data = array(name, role, values);
  operands_.back().shape = {n, c, h, w};
  return view;
}

const Operands::Operand& Operands::find(const std::string& name) const {
  const auto found = std::find_if(operands_.begin(), operands_.end(),
                                  [&](const Operand& operand) { return operand.name == name; });
  if (found == operands_.end()) throw std::logic_error("no operand '" + name + "'");
  return *found;
}

std::vector<std::byte> Operands::download(const Operand& operand) const {
  std::vector<std::byte> whole(operand.whole.size());
  backend_.download(stream_, whole.data(), operand.memory->data(), whole.size());
  return whole;
}

std::vector<double> Operands::numbers(const Operand& operand, const std::vector<std::byte>& whole) {
  std::vector<double> values;
  values.reserve(operand.places.size());
  for (const std::size_t at : operand.places) {
    switch (operand.number) {
      case Number::f32:
        values.push_back(static_cast<double>(get<float>(whole, at)));
        break;
      case Number::f16:
        values.push_back(static_cast<double>(to_f32(get<f16>(whole, at))));
        break;
      case Number::bf16:
        values.push_back(static_cast<double>(to_f32(get<bf16>(whole, at))));
        break;
      case Number::f64:
        values.push_back(get<double>(whole, at));
        break;
      case Number::i32:
        values.push_back(get<std::int32_t>(whole, at));
        break;
      case Number::u8:
        values.push_back(get<std::uint8_t>(whole, at));
        break;
    }
  }
  return values;
}

std::vector<double> Operands::before(const std::string& name) const {
  const Operand& operand = find(name);
  return numbers(operand, operand.whole);
}

std::vector<double> Operands::after(const std::string& name) const {
  const Operand& operand = find(name);
  return numbers(operand, download(operand));
}

reference::Map Operands::map_before(const std::string& name, int n) const {
  const Operand& operand = find(name);
  const ActivationShape& shape = operand.shape;
  reference::Map map(shape.channels, shape.h, shape.w);
  const std::vector<double> values = numbers(operand, operand.whole);
  std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(map.values.size()) * n, map.values.size(),
              map.values.begin());
  return map;
}

std::vector<std::string> Operands::written() const {
  std::vector<std::string> names;
  for (const Operand& operand : operands_) {
    if (operand.role == Role::output || operand.role == Role::in_place) names.push_back(operand.name);
  }
  return names;
}

bool Operands::is_tensor(const std::string& name) const {
  const Operand& operand = find(name);
  return operand.grouped && operand.number != Number::u8;
}

std::vector<std::byte> Operands::results() const {
  std::vector<std::byte> all;
  for (const std::string& name : written()) {
    const std::vector<std::byte> whole = download(find(name));
    all.insert(all.end(), whole.begin(), whole.end());
  }
  return all;
}

std::string Operands::damaged() const {
  for (const Operand& operand : operands_) {
    std::vector<std::byte> now = download(operand);
    if (operand.role != Role::input) {
      const std::size_t bytes = size_of_number(operand.number);
      for (const std::size_t place : operand.places) {
        std::memcpy(now.data() + place, operand.whole.data() + place, bytes);
      }
    }
    if (now != operand.whole) return operand.name;
  }
  return "";
}

double Operands::traffic() const {
  double bytes = 0;
  for (const Operand& operand : operands_) {
    if (operand.role == Role::scratch) continue;
    const double once = static_cast<double>(operand.places.size() * size_of_number(operand.number));
    bytes += operand.role == Role::in_place ? 2 * once : once;
  }
  return bytes;
}

}  // namespace limpid::test
