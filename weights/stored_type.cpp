#include "weights/stored_type.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/core/dtype.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

static_assert(std::endian::native == std::endian::little, "files hold numbers as memory does");

/// The largest number of binary16.
constexpr float kLargestHalf = 65504;

}  // namespace

std::string stored_bytes(std::span<const float> values, StoredType type, std::string_view layer) {
  if (type == StoredType::f32) return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
  std::string bytes(values.size() * sizeof(f16), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i]) > kLargestHalf) {
      fail_usage("layer '{}' holds {}, which 16-bit floats cannot: store 32-bit ones", layer, values[i]);
    }
    const f16 half = from_f32<f16>(values[i]);
    std::memcpy(&bytes[i * sizeof half], &half, sizeof half);
  }
  return bytes;
}

}  // namespace limpid
