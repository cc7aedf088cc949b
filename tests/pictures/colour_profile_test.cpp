// Colour profiles that are made for the test, in the files that hold them.
#include "engine/pictures/colour_profile.h"

#include <gtest/gtest.h>
#include <lcms2.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "engine/pictures/image_file.h"
#include "engine/pictures/photo_file.h"
#include "engine/pictures/webp.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

std::string file_of(const char* name) {
  return read_text(std::filesystem::path(LIMPID_FIXTURES) / name);
}

std::string number(std::uint32_t value, bool big) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift);
  if (!big) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::string in_png(const std::string& png, const std::string& profile) {
  std::string packed(compressBound(profile.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(profile.data()),
           profile.size());
  const std::string checked = std::string("iCCPname\0\0", 10) + packed.substr(0, size);
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  const std::string chunk = number(static_cast<std::uint32_t>(checked.size() - 4), true) + checked +
                            number(static_cast<std::uint32_t>(sum), true);
  constexpr std::size_t after_header = 8 + 25;
  return std::string(png).insert(after_header, chunk);
}

std::string in_jpeg(const std::string& jpeg, const std::string& profile) {
  const std::string content = std::string("ICC_PROFILE\0\1\1", 14) + profile;
  const std::string size = number(static_cast<std::uint32_t>(content.size() + 2), true).substr(2);
  return std::string(jpeg).insert(2, "\xff\xe2" + size + content);
}

/// Of a picture of 7 x 5 pixels.
std::string in_webp(const std::string& simple, const std::string& profile) {
  const std::string header("VP8X\x0a\0\0\0\x20\0\0\0\x06\0\0\x04\0\0", 18);
  std::string chunk = "ICCP" + number(static_cast<std::uint32_t>(profile.size()), false) + profile;
  if (profile.size() % 2 == 1) chunk += '\0';
  const std::string content = "WEBP" + header + chunk + simple.substr(12);
  return "RIFF" + number(static_cast<std::uint32_t>(content.size()), false) + content;
}

std::string bytes_of(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  std::string bytes(size, '\0');
  EXPECT_TRUE(cmsSaveProfileToMem(profile, bytes.data(), &size));
  cmsCloseProfile(profile);
  return bytes;
}

std::string srgb_profile() {
  return bytes_of(cmsCreate_sRGBProfile());
}

/// Of sRGB's primaries, red where green is and green where red is. Frees the curve.
std::string swapped_profile(cmsToneCurve* tone) {
  const cmsCIExyY white{0.3127, 0.3290, 1};
  const cmsCIExyYTRIPLE primaries{{0.30, 0.60, 1}, {0.64, 0.33, 1}, {0.15, 0.06, 1}};
  const std::array<cmsToneCurve*, 3> tones = {tone, tone, tone};
  const std::string bytes = bytes_of(cmsCreateRGBProfile(&white, &primaries, tones.data()));
  cmsFreeToneCurve(tone);
  return bytes;
}

/// And of its curve.
std::string swapped_profile() {
  const std::array<double, 5> curve = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  return swapped_profile(cmsBuildParametricToneCurve(nullptr, 4, curve.data()));
}

/// Values in proportion to light.
std::string linear_gray_profile() {
  cmsToneCurve* tone = cmsBuildGamma(nullptr, 1.0);
  const std::string bytes = bytes_of(cmsCreateGrayProfile(cmsD50_xyY(), tone));
  cmsFreeToneCurve(tone);
  return bytes;
}

/// Four inks, of which black alone is seen: a lightness of 100 % less its share.
std::string black_ink_profile() {
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 2.1);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, cmsSigCmykData);
  cmsSetPCS(profile, cmsSigLabData);
  cmsPipeline* table = cmsPipelineAlloc(nullptr, 4, 3);
  cmsStage* grid = cmsStageAllocCLut16bit(nullptr, 2, 4, 3, nullptr);
  const auto lightness = [](const cmsUInt16Number* ink, cmsUInt16Number* lab, void*) -> cmsInt32Number {
    constexpr int most = 0xff00, neutral = 0x8000;  // As profiles of version 2 store them.
    lab[0] = static_cast<cmsUInt16Number>(most - most * std::int64_t{ink[3]} / 0xffff);
    lab[1] = lab[2] = neutral;
    return 1;
  };
  cmsStageSampleCLut16bit(grid, lightness, nullptr, 0);
  cmsPipelineInsertStage(table, cmsAT_BEGIN, grid);
  cmsWriteTag(profile, cmsSigAToB0Tag, table);
  cmsPipelineFree(table);
  return bytes_of(profile);
}

struct Read {
  Image image;
  std::vector<std::string> notes;
};

Read read(const std::string& bytes) {
  Read result;
  result.image = decode_image(bytes, "photo", [&](const std::string& note) { result.notes.push_back(note); });
  return result;
}

/// `expected` of a pixel as it is without a profile. One eight-bit step: what lcms2's fixed point rounds.
void expect_colours(const std::string& with, const std::string& without,
                    const std::function<std::array<float, 3>(const float*)>& expected) {
  const Read got = read(with);
  const Image plain = read(without).image;
  EXPECT_TRUE(got.notes.empty());
  ASSERT_EQ(got.image.rgb.size(), plain.rgb.size());
  for (std::size_t p = 0; p < plain.rgb.size(); p += 3) {
    const std::array<float, 3> colours = expected(&plain.rgb[p]);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(got.image.rgb[p + c], colours[c], 1.01 / 255) << p;
  }
}

std::array<float, 3> swapped(const float* pixel) {
  return {pixel[1], pixel[0], pixel[2]};
}

TEST(ColourProfile, IsAppliedInEveryFormat) {
  const std::string profile = swapped_profile();
  for (const char* name : {"rgb8.png", "rgb16.png", "palette.png", "rgba8.png"})
    expect_colours(in_png(file_of(name), profile), file_of(name), swapped);
  expect_colours(in_jpeg(file_of("rgb.jpg"), profile), file_of("rgb.jpg"), swapped);
  const std::string webp = encode_webp(read(file_of("rgb8.png")).image);
  expect_colours(in_webp(webp, profile), webp, swapped);
  // Gray stays gray by a profile of colours.
  expect_colours(in_png(file_of("gray8.png"), profile), file_of("gray8.png"), swapped);
}

TEST(ColourProfile, LeavesTheAlpha) {
  const TemporaryFolder folder;
  write_text(folder / "plain.png", file_of("rgba8.png"));
  write_text(folder / "a.png", in_png(file_of("rgba8.png"), swapped_profile()));
  const Image plain = read_png_with_alpha(folder / "plain.png");
  const Image got = read_png_with_alpha(folder / "a.png");
  EXPECT_EQ(got.alpha, plain.alpha);
  for (std::size_t p = 0; p < plain.rgb.size(); p += 3) EXPECT_NEAR(got.rgb[p], plain.rgb[p + 1], 1.01 / 255);
}

/// A mask is no picture: half frozen is half frozen, whatever light a screen would make of it.
TEST(ColourProfile, OfAMaskIsNotApplied) {
  const TemporaryFolder folder;
  const std::string webp = encode_webp(read(file_of("rgb8.png")).image);
  const auto expect_stored = [&](const std::string& plain, const std::string& with) {
    write_text(folder / "plain", plain);
    write_text(folder / "with", with);
    EXPECT_NE(read(with).image.rgb, read(plain).image.rgb);
    std::vector<std::string> notes;
    const auto mask = read_mask(folder / "with", [&](const std::string& note) { notes.push_back(note); });
    EXPECT_EQ(mask->values, read_mask(folder / "plain")->values);
    EXPECT_TRUE(notes.empty());
  };
  // In proportion to light, by which the mean of the colours is another too.
  const std::string light = swapped_profile(cmsBuildGamma(nullptr, 1.0));
  expect_stored(file_of("gray8.png"), in_png(file_of("gray8.png"), linear_gray_profile()));
  expect_stored(file_of("rgb16.png"), in_png(file_of("rgb16.png"), light));
  expect_stored(file_of("rgb.jpg"), in_jpeg(file_of("rgb.jpg"), light));
  expect_stored(file_of("cmyk.jpg"), in_jpeg(file_of("cmyk.jpg"), black_ink_profile()));
  expect_stored(webp, in_webp(webp, light));
}

/// Behind its end a profile may hold what nobody reads: here what does not compress, and then what does very well.
TEST(ColourProfile, OfAnySizeUpTo16MiBIsApplied) {
  std::mt19937 random(1);
  const auto longer = [&](std::size_t noise, std::size_t zeros) {
    std::string profile = swapped_profile();
    for (std::size_t i = 0; i < noise; ++i) profile += static_cast<char>(random());
    return profile + std::string(zeros, '\0');
  };
  constexpr std::size_t mega = std::size_t{1} << 20U;
  for (const auto& [noise, zeros] : {std::pair{300 * mega / 1024, 3 * mega}, {5 * mega / 2, std::size_t{0}}})
    expect_colours(in_png(file_of("rgb8.png"), longer(noise, zeros)), file_of("rgb8.png"), swapped);
  const Read refused = read(in_png(file_of("rgb8.png"), longer(0, 16 * mega)));
  EXPECT_EQ(refused.image.rgb, read(file_of("rgb8.png")).image.rgb);
  EXPECT_EQ(
      refused.notes,
      (std::vector<std::string>{"'photo': its colour profile is not applied: it is larger than 16 MiB"}));
}

TEST(ColourProfile, OfSrgbLeavesEveryValue) {
  const std::string profile = srgb_profile();
  for (const char* name : {"rgb8.png", "rgb16.png", "rgba8.png", "palette.png"})
    EXPECT_EQ(read(in_png(file_of(name), profile)).image.rgb, read(file_of(name)).image.rgb) << name;
  EXPECT_EQ(read(in_jpeg(file_of("rgb.jpg"), profile)).image.rgb, read(file_of("rgb.jpg")).image.rgb);
}

TEST(ColourProfile, OfGrayIsForGray) {
  const auto encoded = [](const float* pixel) -> std::array<float, 3> {
    const double light = double{*pixel};
    const double value = light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
    const float gray = static_cast<float>(value);
    return {gray, gray, gray};
  };
  const std::string profile = linear_gray_profile();
  expect_colours(in_png(file_of("gray8.png"), profile), file_of("gray8.png"), encoded);
  const Read refused = read(in_png(file_of("rgb8.png"), profile));
  EXPECT_EQ(refused.image.rgb, read(file_of("rgb8.png")).image.rgb);
  ASSERT_EQ(refused.notes.size(), 1U);
  EXPECT_EQ(refused.notes[0],
            "'photo': its colour profile is not applied: it is of gray, and the picture of colours");
}

TEST(ColourProfile, OfInksIsForInks) {
  const Read got = read(in_jpeg(file_of("cmyk.jpg"), black_ink_profile()));
  EXPECT_TRUE(got.notes.empty());
  // The left half has a fifth of black: lightness 80, of which the light is ((80 + 16) / 116)^3.
  const double light = std::pow(96.0 / 116, 3);
  const double gray = 1.055 * std::pow(light, 1 / 2.4) - 0.055;
  for (std::size_t p = 0; p < got.image.rgb.size(); ++p)
    EXPECT_NEAR(double{got.image.rgb[p]}, p / 3 % 16 < 8 ? gray : 1, 3.0 / 255) << p;
  const Read refused = read(in_jpeg(file_of("cmyk.jpg"), srgb_profile()));
  EXPECT_EQ(refused.image.rgb, read(file_of("cmyk.jpg")).image.rgb);
  EXPECT_EQ(refused.notes.size(), 1U);
}

TEST(ColourProfile, ThatIsDamagedIsNotedAndNotApplied) {
  const std::string profile = swapped_profile();
  const auto expect_note = [](const std::string& bytes, const char* plain, std::string_view why) {
    const Read got = read(bytes);
    EXPECT_EQ(got.image.rgb, read(file_of(plain)).image.rgb);
    ASSERT_EQ(got.notes.size(), 1U);
    EXPECT_NE(got.notes[0].find(why), std::string::npos) << got.notes[0];
  };
  for (const std::size_t length : {std::size_t{1}, std::size_t{100}, profile.size() / 2})
    expect_note(in_png(file_of("rgb8.png"), profile.substr(0, length)), "rgb8.png", "it is damaged");
  expect_note(in_jpeg(file_of("rgb.jpg"), "nothing of the kind"), "rgb.jpg", "it is damaged");
  expect_note(in_png(file_of("rgb8.png"), black_ink_profile()), "rgb8.png", "it is of CMYK");
  // What deflate does not read.
  std::string png = in_png(file_of("rgb8.png"), profile);
  const std::size_t chunk = png.find("iCCP") - 4;
  const std::string content = std::string("iCCPname\0\0", 10) + "no stream";
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  const std::string damaged = number(static_cast<std::uint32_t>(content.size() - 4), true) + content +
                              number(static_cast<std::uint32_t>(sum), true);
  expect_note(std::string(file_of("rgb8.png")).insert(chunk, damaged), "rgb8.png", "it is damaged");
}

}  // namespace
}  // namespace limpid::testing
