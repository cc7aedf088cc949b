#include "tools/notes.h"

#include <algorithm>
#include <cstdio>

namespace limpid {
namespace {

bool silent = false;

}  // namespace

void note(std::string text) {
  if (silent) return;
  // One line, whatever the name of a file holds.
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  text = "limpid: " + text + "\n";
  // A log that cannot be written is no reason to stop.
  std::fputs(text.c_str(), stderr);
}

void silence_notes() {
  silent = true;
}

}  // namespace limpid
