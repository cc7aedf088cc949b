// The types tensors are written in.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace limpid {

/// Element type of stored tensors; readers always widen to fp32.
enum class StoredType { f32, f16 };

/// The values as bytes of that type, little endian, rounded to nearest. Throws Error{usage} naming `layer`
/// for a value that 16-bit floats cannot hold.
std::string stored_bytes(std::span<const float> values, StoredType type, std::string_view layer);

}  // namespace limpid
