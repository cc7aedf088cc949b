#include "weights/utf8.h"

#include <gtest/gtest.h>

namespace limpid {
namespace {

TEST(Utf8, GoesThereAndBack) {
  std::u32string codes;
  for (const char32_t code : {0x0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
    codes.push_back(code);
  }
  std::string text;
  for (const char32_t code : codes) append_utf8(text, code);
  EXPECT_EQ(text.size(), 1U + 1 + 2 + 2 + 3 + 3 + 3 + 3 + 4 + 4);
  EXPECT_EQ(from_utf8(text), codes);
}

TEST(Utf8, ReplacesWhatIsNone) {
  const std::u32string one = {0xFFFD};
  EXPECT_EQ(from_utf8("\x80"), one);
  EXPECT_EQ(from_utf8("\xff"), one);
  EXPECT_EQ(from_utf8("\xc3"), one);
  EXPECT_EQ(from_utf8("a\xc3(b"), (std::u32string{U'a', 0xFFFD, U'(', U'b'}));
  EXPECT_EQ(from_utf8("\xc0\x80"), one + one);                      // An overlong zero.
  EXPECT_EQ(from_utf8("\xed\xa0\x80"), one + one + one);            // A surrogate.
  EXPECT_EQ(from_utf8("\xf4\x90\x80\x80"), one + one + one + one);  // Beyond Unicode.
}

}  // namespace
}  // namespace limpid
