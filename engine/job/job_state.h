// A job as bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/grid/json_field.h"
#include "engine/optimize/slot_state.h"

namespace limpid {

/// What the bytes of a job hold: a record in JSON, and what its slot has come to.
struct JobState {
  JsonField::Json record;
  SlotState slot;
};

/// The bytes, numbers little endian:
///
///   0   8   "limpidjb"
///   8   8   version of the layout, 2
///   16  8   bytes of the record, r
///   24  64  SHA-256 of all that follows, lower-case hexadecimal
///   88  r   the record: JSON in UTF-8
///           then each part of SlotState in its order: 8 bytes, how many values, and the values (fp32, int32, and of
///           the curve fp64)
///
/// and nothing beyond.
std::vector<std::byte> to_bytes(const JobState& state);

/// The state of such bytes. `steps_done` of the slot is what the record says. Throws Error{input} where they are
/// damaged, cut off or something else.
JobState state_from_bytes(std::span<const std::byte> bytes);

/// What the bytes are called in messages.
inline constexpr const char* kJobState = "the state of a job";

}  // namespace limpid
