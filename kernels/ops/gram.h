#pragma once
#include <cstdint>
namespace limpid {
enum class GramKind : std::int32_t { none, style, diversity };
struct GramTerm { GramKind kind = GramKind::none; float weight = 1; std::int32_t reference = 0, group_first = 0, group_count = 1, group_stride = 1, positions = 1, channels = 1, column = 0; };
}
