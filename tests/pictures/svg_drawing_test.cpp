// Drawings: text of any kind stays text, pictures are whole, numbers have their places.
#include "engine/pictures/svg_drawing.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/pictures/base64.h"
#include "engine/pictures/markup.h"
#include "engine/pictures/png.h"
#include "engine/pictures/svg_chart.h"

namespace limpid {
namespace {

TEST(Base64, IsThatOfTheStandardBothWays) {
  // RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {std::string("\xff\0\xfe", 3), "/wD+"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9v\n", "Zm9v====", "Z$8=", "Zg==Zg=="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Markup, EscapesWhatItWouldTakeForItsOwn) {
  EXPECT_EQ(escaped_markup("a < b & \"c\" > d"), "a &lt; b &amp; &quot;c&quot; &gt; d");
  EXPECT_EQ(escaped_markup(std::string("\x01\x1f\0", 3) + "\t\n"), "   \t\n");
  EXPECT_EQ(escaped_markup("\xc3\xa9"), "\xc3\xa9");
  // What is no UTF-8 would make a file of XML that nothing reads.
  EXPECT_EQ(escaped_markup("caf\xe9 \xef\xbf\xbf"), "caf\xef\xbf\xbd \xef\xbf\xbd");
}

TEST(SvgDrawing, HasColoursAsCssWritesThem) {
  EXPECT_EQ(css_colour({1, 0.45F, 0}), "rgb(255,115,0)");
}

TEST(SvgDrawing, EscapesItsTexts) {
  SvgDrawing drawing;
  drawing.text({1, 2}, "<script>&", {.bold = true});
  const std::string svg = drawing.document(30, 40, "a \"b\" < c");
  EXPECT_NE(svg.find("font-weight=\"bold\">&lt;script&gt;&amp;</text>"), std::string::npos) << svg;
  EXPECT_NE(svg.find("<desc>a &quot;b&quot; &lt; c</desc>"), std::string::npos) << svg;
  EXPECT_NE(svg.find("width=\"30\" height=\"40\" viewBox=\"0 0 30 40\""), std::string::npos) << svg;
}

TEST(SvgDrawing, HoldsPicturesWhole) {
  std::set<std::size_t> remainders;
  for (int width = 1; width <= 12; ++width) {
    Image image{1, width, {}};
    for (int i = 0; i < 3 * width; ++i) image.rgb.push_back(static_cast<float>(i * 37 % 256) / 255);
    SvgDrawing drawing;
    drawing.picture({0, 0}, 10, 10, image, true);
    const std::string svg = drawing.document(10, 10), mark = "base64,";
    const std::size_t first = svg.find(mark) + mark.size();
    const std::string png = encode_png(image);
    EXPECT_EQ(from_base64(svg.substr(first, svg.find('"', first) - first)), png) << width;
    EXPECT_EQ((svg.find('"', first) - first) % 4, 0U);
    remainders.insert(png.size() % 3);
  }
  EXPECT_EQ(remainders.size(), 3U);
}

TEST(SvgChart, GivesNumbersTheirPlaces) {
  SvgDrawing drawing;
  const SvgChart chart(drawing, {100, 50}, 200, 80, {10, 20}, {-1, 3});
  EXPECT_EQ(chart.at(10, -1).x, 100);
  EXPECT_EQ(chart.at(10, -1).y, 130);
  EXPECT_EQ(chart.at(20, 3).x, 300);
  EXPECT_EQ(chart.at(15, 1).y, 90);
  chart.grid();
  const std::string svg = drawing.document(400, 200);
  for (const char* number : {">-1</text>", ">0</text>", ">1</text>", ">2</text>", ">3</text>"})
    EXPECT_NE(svg.find(number), std::string::npos) << number;
  // A range without extent has places too.
  const SvgChart flat(drawing, {0, 0}, 10, 10, {5, 5}, {0, 0});
  EXPECT_EQ(flat.at(5, 0).x, 0);
  EXPECT_EQ(flat.at(5, 0).y, 10);
}

}  // namespace
}  // namespace limpid
