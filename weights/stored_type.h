// The types tensors are written in.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/dtype.h"

namespace limpid {

/// Element type of stored tensors; readers always widen to fp32.
enum class StoredType { f32, f16 };

/// The values as bytes of that type, little endian, rounded to nearest. Throws Error{usage} naming `layer`
/// for a value that 16-bit floats cannot hold.
std::string stored_bytes(std::span<const float> values, StoredType type, std::string_view layer);

/// The same numbers as fp32, exactly: `to_f32` of each (a NaN keeps its sign and its upper bits), in a form that the
/// compiler vectorises for every x86-64, where `to_f32` is a call of libgcc's for each number.
std::vector<float> widened(std::span<const f16> halves);

}  // namespace limpid
