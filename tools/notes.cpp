#include "tools/notes.h"

#include <algorithm>
#include <cstdio>

#include "kernels/core/streams.h"

namespace limpid {
namespace {

bool silent = false;

}  // namespace

void note(std::string text) {
  if (silent) return;
  // One line, whatever the name of a file holds.
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  say(stderr, "limpid: {}\n", text);
}

void silence_notes() {
  silent = true;
}

}  // namespace limpid
