#include "weights/stored_type.h"

#include <bit>
#include <cmath>
#include <cstdint>
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

std::vector<float> widened(std::span<const f16> halves) {
  constexpr std::uint32_t rebias = (127 - 15) << 23U;  // From binary16's bias of the exponent to binary32's.
  constexpr std::uint32_t smallest_normal = 0x0400U, infinity = 0x7c00U;
  constexpr auto half = std::bit_cast<std::uint32_t>(0.5F);
  std::vector<float> values(halves.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t bits = halves[i].bits;
    const std::uint32_t sign = (bits & 0x8000U) << 16U, magnitude = bits & 0x7fffU;
    const std::uint32_t normal = (magnitude << 13U) + rebias + (magnitude >= infinity ? rebias : 0U);
    // Below that the value is magnitude * 2^-24: the spacing of the floats from 1/2 on is 2^-24 too.
    const float small = std::bit_cast<float>(half + magnitude) - 0.5F;
    const auto subnormal = std::bit_cast<std::uint32_t>(small);
    values[i] = std::bit_cast<float>(sign | (magnitude < smallest_normal ? subnormal : normal));
  }
  return values;
}

}  // namespace limpid
