#include <gtest/gtest.h>

#include <algorithm>

#include "tools/sheet/text.h"

namespace limpid::testing {
namespace {

/// The rows and columns that drawing `text` at (y, x) changes on a black canvas.
Rect inked(const Font& font, int y, int x, const std::string& text) {
  Rgb8 canvas(80, 400);
  font.draw(canvas, y, x, text, {255, 255, 255});
  Rect box{80, 400, 0, 0};
  int bottom = -1;
  int right = -1;
  for (int row = 0; row < canvas.height; ++row) {
    for (int column = 0; column < canvas.width; ++column) {
      if (canvas.row(row)[3 * column] == 0) continue;
      box.y = std::min(box.y, row);
      box.x = std::min(box.x, column);
      bottom = std::max(bottom, row);
      right = std::max(right, column);
    }
  }
  box.height = bottom - box.y + 1;
  box.width = right - box.x + 1;
  return box;
}

TEST(Text, StaysBetweenTopAndBottomOfItsLine) {
  for (const float size : {11.0F, 14.0F, 30.0F}) {
    const Font font(size);
    const Rect box = inked(font, 10, 20, "\u00c4gjpqy|()Q0123456789");
    EXPECT_GE(box.y, 10) << size;
    EXPECT_LE(box.y + box.height, 10 + font.line_height()) << size;
    EXPECT_GE(box.x, 19) << size;
    EXPECT_LE(box.x + box.width, 21 + 20 + font.width("\u00c4gjpqy|()Q0123456789")) << size;
  }
}

TEST(Text, FitsByAnEllipsis) {
  const Font font(16);
  EXPECT_EQ(font.fit("mixed4a", 1000), "mixed4a");
  EXPECT_EQ(font.fit("", 0), "");
  const std::string cut = font.fit("mixed4a_3x3_bottleneck", 80);
  EXPECT_TRUE(cut.starts_with("mixed4"));
  EXPECT_TRUE(cut.ends_with("\u2026"));
  EXPECT_LE(font.width(cut), 80);
  EXPECT_EQ(font.fit("mixed4a", 3), "");
  const std::string end = font.fit_end("mixed4a_3x3_bottleneck:123", 80);
  EXPECT_TRUE(end.starts_with("\u2026"));
  EXPECT_TRUE(end.ends_with("eck:123"));
  EXPECT_LE(font.width(end), 80);
  EXPECT_EQ(font.fit_end("mixed4a", 1000), "mixed4a");
  EXPECT_EQ(font.fit_end("mixed4a", 3), "");
  // Never in the middle of a character.
  EXPECT_EQ(font.fit("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", 60).size() % 2,
            std::string("\u2026").size() % 2);
}

TEST(Text, DrawsWhatIsNoUtf8AsReplacements) {
  const Font font(16);
  const std::string replacement = "\ufffd";
  EXPECT_EQ(font.width("\xff"), font.width(replacement));
  EXPECT_EQ(font.width("\xc3"), font.width(replacement));
  EXPECT_EQ(font.width("\xe2\x82"), font.width(replacement));
  EXPECT_EQ(font.width("a\nb"), font.width("a b"));
}

TEST(Text, OutsideTheCanvasIsClipped) {
  Rgb8 canvas(4, 4);
  const Font font(40);
  font.draw(canvas, -20, -30, "clipped", {255, 255, 255});
  font.draw(canvas, 3, 3, "clipped", {255, 255, 255});
}

}  // namespace
}  // namespace limpid::testing
