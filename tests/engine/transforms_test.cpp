// Lists of transforms: their text, what is said of a wrong one, and what the device is given.
#include <gtest/gtest.h>

#include "engine/image/staged_views.h"
#include "kernels/core/error.h"
#include "kernels/ops/transform_list.h"

namespace limpid {
namespace {

std::string canonical(const std::string& text) {
  return to_string(parse_transforms(text));
}

/// What is said of a list, without the list.
std::string said_of(const std::string& text) {
  try {
    parse_transforms(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    const std::string begin = "transforms '" + text + "': ";
    EXPECT_EQ(std::string(error.what()).substr(0, begin.size()), begin);
    return std::string(error.what()).substr(begin.size());
  }
  return "";
}

std::string said_of(const std::string& text, int height, int width) {
  try {
    check_transforms(parse_transforms(text), height, width);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

TEST(Transforms, CanonicalTextComesBack) {
  for (const std::string text : {"pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)",
                                 "none",
                                 "pad(0,0.25)",
                                 "pad(3,reflect)",
                                 "pad(3,reflect) pad(2,1)",
                                 "jitter(0)",
                                 "scale(2)",
                                 "scale(0.9,1,1.1)",
                                 "scale(0.5..2^21)",
                                 "scale(0.5..2/7)",
                                 "rotate(-5..5/11)",
                                 "rotate(-20..19,-10..9,-5..4,5*0)",
                                 "rotate(0.5..1.5)",
                                 "shear(-10..10)",
                                 "homography(3,2.5,2.5,0.01,0.0001,2)",
                                 "homography(0,0,0,0,1e-05,0)",
                                 "flip",
                                 "flip(0.25)",
                                 "crop(160)",
                                 "crop(160x200)",
                                 "crop(160,centre)",
                                 "crop(160x200,centre)",
                                 "blur(0..1.5)",
                                 "noise(0.05)",
                                 "contrast(0.8..1.2) brightness(0.9..1.1) saturation(0.5..2) hue(-20..20)"}) {
    EXPECT_EQ(canonical(text), text);
    EXPECT_EQ(parse_transforms(canonical(text)), parse_transforms(text)) << text;
  }
}

TEST(Transforms, OtherTextsForTheSame) {
  EXPECT_EQ(canonical("  pad(12)   jitter( 8 )  "), "pad(12,0.5) jitter(8)");
  EXPECT_EQ(canonical("pad( 12 , reflect )"), "pad(12,reflect)");
  EXPECT_EQ(canonical("homography"), "homography(3,2.5,2.5,0.01,0.0001,2)");
  EXPECT_EQ(canonical("flip(0.5)"), "flip");
  EXPECT_EQ(canonical("crop(20x20)"), "crop(20)");
  EXPECT_EQ(canonical("scale(1..1/5) rotate(1*3, 2 * 4)"), "scale(1) rotate(3,2*4)");
  EXPECT_EQ(canonical("noise(5e-2)"), "noise(0.05)");
  EXPECT_EQ(canonical(" none "), "none");
  EXPECT_EQ(parse_transforms("none"), Transforms{});
}

TEST(Transforms, WhatIsWrongIsPlaced) {
  const std::string any =
      "expected a transform (pad, jitter, scale, rotate, shear, homography, flip, crop, blur, noise, "
      "contrast, brightness, saturation, hue), not ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "at character 1: " + any + "the end"},
      {"jiter(3)", "at character 1: " + any + "'jiter'"},
      {"pad(12) Jitter(3)", "at character 9: " + any + "'Jitter'"},
      {"none jitter(3)", "at character 1: " + any + "'none'"},
      {"jitter(3) none", "at character 11: " + any + "'none'"},
      {"jitter(3);", "at character 10: expected a space and another transform, or the end, not ';'"},
      {"jitter(3)rotate(2)",
       "at character 10: expected a space and another transform, or the end, not 'rotate'"},
      {"jitter", "at character 7: expected '(', not the end"},
      {"jitter()", "at character 8: expected a whole number from 0 to 8192, not ')'"},
      {"jitter(2.5)", "at character 8: expected a whole number from 0 to 8192, not '2.5'"},
      {"jitter(-2)", "at character 8: expected a whole number from 0 to 8192, not '-2'"},
      {"jitter(9999999999)", "at character 8: expected a whole number from 0 to 8192, not '9999999999'"},
      {"jitter(2", "at character 9: expected ')', not the end"},
      {"jitter(2,3)", "at character 9: expected ')', not ','"},
      {"pad(2", "at character 6: expected ',' or ')', not the end"},
      {"pad(2,mirror)", "at character 7: expected a number from 0 to 1 or 'reflect', not 'mirror'"},
      {"pad(2,1.5)", "at character 7: expected a number from 0 to 1 or 'reflect', not '1.5'"},
      {"pad(2) jitter(3) pad(2,reflect)", "at character 18: a mirrored pad goes before the pad of one value"},
      {"pad(2) pad(3,0.1)", "at character 8: a list has one pad of each kind"},
      {"scale(0)", "at character 7: expected a number from 0.01 to 100, not '0'"},
      {"scale(0.9.1.1)", "at character 10: expected ')', or ',' and another value, not '.1.1'"},
      {"scale(0.9..)", "at character 12: expected a number from 0.01 to 100, not ')'"},
      {"scale(1.1..0.9)", "at character 12: expected a number of at least 1.1, not '0.9'"},
      {"scale(0.9..1.1/1)", "at character 16: expected a whole number from 2 to 65535, not '1'"},
      {"rotate(-5..5^11)", "at character 13: expected '/': values of one ratio begin above 0, not '^'"},
      {"rotate(0.5*3)", "at character 8: expected a whole number from 1 to 1000 before '*', not '0.5'"},
      {"rotate(nan)", "at character 8: expected a number from -360 to 360, not 'nan'"},
      {"rotate(1e99)", "at character 8: expected a number from -360 to 360, not '1e99'"},
      {"rotate(2,0.5..1.5)",
       "at character 18: expected '/' and a count: among several values a range holds so many, not ')'"},
      {"noise(0..1,2)",
       "at character 11: expected '/' and a count: among several values a range holds so many, not ','"},
      {"flip(2)", "at character 6: expected a number from 0 to 1, not '2'"},
      {"homography(1,2,3)", "at character 17: expected ',' and another of six deviations, not ')'"},
      {"crop(10,center)", "at character 9: expected 'centre', not 'center'"},
      {"crop(10x)", "at character 9: expected a whole number from 1 to 8192, not ')'"},
      {"blur(65)", "at character 6: expected a number from 0 to 64, not '65'"},
      {"flip flip flip flip flip flip flip flip flip flip flip flip flip flip flip flip flip",
       "at character 81: a list has at most 16 transforms"},
      {"jitter(2) "
       "scale(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32)",
       "at character 11: a list has at most 32 values and ranges"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(said_of(text), message);
}

TEST(Transforms, APictureCanBeTooSmall) {
  EXPECT_EQ(said_of("pad(9,reflect)", 10, 64), "");
  EXPECT_EQ(
      said_of("pad(10,reflect)", 10, 64),
      "pad(10,reflect) mirrors more than there is: a picture of 10x64 can be mirrored by at most 9 pixels");
  EXPECT_EQ(said_of("crop(10x64)", 10, 64), "");
  EXPECT_EQ(said_of("pad(2) crop(14x68)", 10, 64), "");
  EXPECT_EQ(said_of("crop(11x64)", 10, 64),
            "crop(11x64) is larger than the 10x64 pixels it is cut from (a pad before it makes them more)");
  // A crop is shown as large as the network's input, which is the picture's size.
  EXPECT_NE(said_of("pad(2) crop(14x68) crop(14x68)", 10, 64), "");
}

TEST(Transforms, NeedsAreWhatAnAffineMapCannotDo) {
  const auto needs = [](const char* text) { return needs_of(parse_transforms(text)); };
  EXPECT_EQ(needs("pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) shear(-3..3) flip crop(20)"),
            TransformNeeds{});
  for (const char* text : {"pad(2,reflect)", "homography", "noise(0.1)", "contrast(2)", "brightness(2)",
                           "saturation(2)", "hue(3)"}) {
    EXPECT_EQ(needs(text), (TransformNeeds{true, false})) << text;
  }
  EXPECT_EQ(needs("blur(1)"), (TransformNeeds{false, true}));
  EXPECT_EQ(needs("blur(1) hue(3)"), (TransformNeeds{true, true}));
}

/// kind: first..last xcount *times [^], one line each.
std::string described(const std::string& text, int height = 100, int width = 80) {
  const TransformList list = device_list(parse_transforms(text), height, width);
  std::string lines = fmt::format("fill {} reflect {}\n", list.fill, list.reflect);
  for (int i = 0; i < list.count; ++i) {
    lines += fmt::format("{}:", static_cast<int>(list.entries[i].kind));
    for (int r = 0; r < list.entries[i].count; ++r) {
      const ValueRange& range = list.ranges[list.entries[i].first + r];
      lines += fmt::format(" {}..{} x{} *{}{}", range.first, range.last, range.count, range.times,
                           range.geometric != 0 ? " ^" : "");
    }
    lines += "\n";
  }
  return lines;
}

TEST(Transforms, TheDeviceIsGivenRanges) {
  EXPECT_EQ(described("none"), "fill 0.5 reflect 0\n");
  EXPECT_EQ(described("pad(12,0.25) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(5)"),
            "fill 0.25 reflect 0\n0:\n2: -4..4 x9 *1\n3: 0.9..1.1 x11 *1\n4: -10..10 x21 *1 0..0 x1 *5\n"
            "2: -2..3 x6 *1\n");
  EXPECT_EQ(
      described("pad(2,reflect) jitter(1) rotate(-5..5/11) rotate(3..5) rotate(0.5..2) scale(0.5..2^3,7)"),
      "fill 0.5 reflect 2\n1:\n2: -0..1 x2 *1\n4: -5..5 x11 *1\n4: 3..5 x3 *1\n4: 0.5..2 x0 *1\n"
      "3: 0.5..2 x3 *1 ^ 7..7 x1 *1\n");
  EXPECT_EQ(described("rotate(-20..19,5*0)"), "fill 0.5 reflect 0\n4: -20..19 x40 *1 0..0 x1 *5\n");
  EXPECT_EQ(
      described("pad(4) crop(50x21)"),
      "fill 0.5 reflect 0\n0:\n8: 0.2625..0.2625 x1 *1 0.5..0.5 x1 *1 -33.5..33.5 x68 *1 -29..29 x59 *1\n");
  EXPECT_EQ(described("crop(50x40,centre)"),
            "fill 0.5 reflect 0\n9: 0.5..0.5 x1 *1 0.5..0.5 x1 *1 0..0 x1 *1 0..0 x1 *1\n");
}

}  // namespace
}  // namespace limpid
