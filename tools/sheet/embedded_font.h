// The font that labels are set in: DejaVu Sans, a TrueType file inside the program, so that a sheet looks the
// same on every machine. Its licence (Bitstream Vera's) lets the unmodified font be part of a larger program;
// the notice it asks for is in tools/sheet/FONT-LICENCE.
#pragma once

#include <cstdint>
#include <span>

namespace limpid {

/// The bytes of the font file.
std::span<const std::uint8_t> embedded_font();

}  // namespace limpid
