#include "tools/sheet/embedded_font.h"

// The build names the installed font; the assembler puts its bytes here as they are.
asm(".section .rodata\n"
    ".balign 16\n"
    "limpid_font_begin:\n"
    ".incbin \"" LIMPID_FONT_FILE
    "\"\n"
    "limpid_font_end:\n"
    ".byte 0\n"
    ".text\n");

namespace limpid {

extern "C" {
// Without this the compiler would go through a table for symbols that may lie in other files.
extern const std::uint8_t limpid_font_begin[] __attribute__((visibility("hidden")));
extern const std::uint8_t limpid_font_end[] __attribute__((visibility("hidden")));
}

std::span<const std::uint8_t> embedded_font() {
  return {limpid_font_begin, limpid_font_end};
}

}  // namespace limpid
