#include "engine/pictures/image_file.h"

#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "engine/image/over_white.h"
#include "engine/pictures/orientation.h"
#include "engine/pictures/png.h"
#include "engine/pictures/webp.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

std::filesystem::path fixture(const char* name) {
  return std::filesystem::path(LIMPID_FIXTURES) / name;
}

/// The pixel formula of the lossless pictures, as fixtures/make_pictures.py has it.
int expected(int y, int x, int c) {
  return c == 0 ? 37 * x : c == 1 ? 50 * y : 255 - 20 * x - 10 * y;
}

/// The alpha of those that have one, likewise.
float opacity(int y, int x) {
  return x == 0 ? 0.0F : static_cast<float>(40 * x + 3 * y + 3) / 255;
}

float on_white(int y, int x, int c) {
  return opacity(y, x) * (static_cast<float>(expected(y, x, c)) / 255) + (1 - opacity(y, x));
}

float at(const Image& image, int y, int x, int c) {
  return image.rgb[static_cast<std::size_t>((y * image.width + x) * 3 + c)];
}

template <class Expected>
void expect_pixels(const Image& image, const Expected& value) {
  ASSERT_EQ(image.height, 5);
  ASSERT_EQ(image.width, 7);
  ASSERT_EQ(image.rgb.size(), 5U * 7U * 3U);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) EXPECT_EQ(at(image, y, x, c), value(y, x, c)) << y << "," << x << "," << c;
    }
  }
}

void expect_flat(const Image& image, int left, int right, const std::array<int, 3>& rgb) {
  // Rounding of the transform and of the colour conversion, each by one at most at quality 100.
  constexpr float tolerance = 2.0F / 255;
  for (int y = 0; y < image.height; ++y) {
    for (int x = left; x < right; ++x) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(at(image, y, x, c), static_cast<float>(rgb[static_cast<std::size_t>(c)]) / 255,
                    tolerance);
      }
    }
  }
}

void expect_halves(const char* name, const std::array<int, 3>& left, const std::array<int, 3>& right) {
  const Image image = read_image(fixture(name));
  ASSERT_EQ(image.height, 8);
  ASSERT_EQ(image.width, 16);
  expect_flat(image, 0, 8, left);
  expect_flat(image, 8, 16, right);
}

TEST(ReadImage, TakesEightBitPngExactly) {
  const auto rgb = [](int y, int x, int c) { return static_cast<float>(expected(y, x, c)) / 255; };
  expect_pixels(read_image(fixture("rgb8.png")), rgb);
  expect_pixels(read_image(fixture("palette.png")), rgb);
}

TEST(ReadImage, SeesWhatIsTransparentOnWhite) {
  expect_pixels(read_image(fixture("rgba8.png")), on_white);
  expect_pixels(read_image(fixture("rgba8.webp")), on_white);
}

TEST(ReadImage, TakesOtherFormats) {
  const auto rgb = [](int y, int x, int c) { return static_cast<float>(expected(y, x, c)) / 255; };
  expect_pixels(read_image(fixture("rgb8.bmp")), rgb);
  expect_pixels(read_image(fixture("palette.gif")), rgb);
  // A PSD without layers: its planes one after the other.
  std::string psd("8BPS\0\1\0\0\0\0\0\0\0\3\0\0\0\5\0\0\0\7\0\x8\0\3", 26);
  psd += std::string(12 + 2, '\0');
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 35; ++i) psd += static_cast<char>(expected(i / 7, i % 7, c));
  }
  const TemporaryFolder folder;
  write_text(folder / "a.psd", psd);
  expect_pixels(read_image(folder / "a.psd"), rgb);
  psd[23] = 16;
  write_text(folder / "a.psd", psd);
  expect_input_error({"a.psd", "16 bits"}, [&] { read_image(folder / "a.psd"); });
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string checked = type + data;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + checked +
         big_endian(static_cast<std::uint32_t>(sum));
}

constexpr std::size_t kAfterHeader = 8 + 25;  // Of a PNG: the signature and the IHDR chunk.

std::string with_chunk(std::string png, const std::string& type, const std::string& data) {
  return png.insert(kAfterHeader, png_chunk(type, data));
}

void expect_refused(const TemporaryFolder& folder, const std::string& name, const std::string& bytes,
                    std::initializer_list<std::string_view> said) {
  write_text(folder / name, bytes);
  expect_input_error(said, [&] { read_image(folder / name); });
}

TEST(ReadImage, RefusesAPngOfWhichAnyByteIsDamaged) {
  const TemporaryFolder folder;
  for (const char* name : {"rgb8.png", "rgba8.png", "palette.png"}) {
    const std::string good = read_text(fixture(name));
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x10);
      EXPECT_THROW(decode_image(bad, name), Error) << name << ": " << i;
    }
  }
  std::string bad = read_text(fixture("rgb8.png"));
  bad[29] = static_cast<char>(bad[29] ^ 1);
  expect_refused(folder, "a.png", bad, {"its chunk IHDR at byte 8 is damaged"});
  bad = with_chunk(read_text(fixture("rgb8.png")), "tEXt", "Comment");
  bad[kAfterHeader + 9] = 'K';
  expect_refused(folder, "a.png", bad, {"its chunk tEXt at byte 33 is damaged"});
}

/// The chunks are whole, and what they hold is not.
TEST(ReadImage, RefusesAPngWhosePixelsFailTheirOwnChecksum) {
  Image noise{150, 200, {}};
  for (unsigned i = 0; i < 150 * 200 * 3; ++i) {
    noise.rgb.push_back(static_cast<float>(i * 2654435761U >> 24U) / 255);
  }
  for (const std::string& good : {read_text(fixture("rgb8.png")), encode_png(noise)}) {
    const std::size_t data = good.find("IDAT");
    const std::size_t end = good.find("IEND") - 4;
    const auto with = [&](const std::string& pixels) {
      return good.substr(0, data - 4) + png_chunk("IDAT", pixels) + good.substr(end);
    };
    std::string pixels = good.substr(data + 4, end - 4 - (data + 4));
    EXPECT_EQ(with(pixels), good);
    pixels.back() = static_cast<char>(pixels.back() ^ 1);
    expect_input_error({"a.png", "incorrect data check"}, [&] { decode_image(with(pixels), "a.png"); });
    pixels.resize(pixels.size() - 8);
    expect_input_error({"a.png", "Not enough image data"}, [&] { decode_image(with(pixels), "a.png"); });
  }
}

TEST(ReadImage, RefusesApplesPngByName) {
  const TemporaryFolder folder;
  std::string apple = read_text(fixture("rgb8.png"));
  apple.insert(8, png_chunk("CgBI", std::string("\x50\0\x20\6", 4)));
  expect_refused(folder, "a.png", apple, {"a.png", "CgBI"});
}

/// As a camera writes it, in either order of bytes.
std::string exif(int orientation, bool big) {
  std::string text = big ? std::string("MM\0*\0\0\0\x8\0\1\1\x12\0\3\0\0\0\1\0\0\0\0\0\0\0\0", 26)
                         : std::string("II*\0\x8\0\0\0\1\0\x12\1\3\0\1\0\0\0\0\0\0\0\0\0\0\0", 26);
  text[big ? 19 : 18] = static_cast<char>(orientation);
  return text;
}

/// Where the pixel at (y, x) of the upright picture lies in the file, by the words of the EXIF standard: the visual
/// side on which the first row lies, and the first column.
std::pair<int, int> stored_place(int orientation, int y, int x, int height, int width) {
  switch (orientation) {
    case 2:  // Top, right.
      return {y, width - 1 - x};
    case 3:  // Bottom, right.
      return {height - 1 - y, width - 1 - x};
    case 4:  // Bottom, left.
      return {height - 1 - y, x};
    case 5:  // Left, top.
      return {x, y};
    case 6:  // Right, top.
      return {width - 1 - x, y};
    case 7:  // Right, bottom.
      return {width - 1 - x, height - 1 - y};
    case 8:  // Left, bottom.
      return {x, height - 1 - y};
    default:
      return {y, x};
  }
}

TEST(ReadImage, TurnsPicturesUpright) {
  const TemporaryFolder folder;
  const std::string png = read_text(fixture("rgb8.png"));
  for (int orientation = 0; orientation <= 9; ++orientation) {
    for (const bool big : {false, true}) {
      write_text(folder / "a.png", with_chunk(png, "eXIf", exif(orientation, big)));
      const Image image = read_image(folder / "a.png");
      const bool turned = orientation >= 5 && orientation <= 8;
      ASSERT_EQ(image.height, turned ? 7 : 5) << orientation;
      ASSERT_EQ(image.width, turned ? 5 : 7) << orientation;
      for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
          const auto [row, column] = stored_place(orientation, y, x, image.height, image.width);
          for (int c = 0; c < 3; ++c) {
            ASSERT_EQ(at(image, y, x, c), static_cast<float>(expected(row, column, c)) / 255)
                << orientation << ": " << y << "," << x;
          }
        }
      }
    }
  }
}

TEST(ReadPngWithAlpha, IsStraightAndOnWhiteWhatTheOtherReads) {
  const Image image = read_png_with_alpha(fixture("rgba8.png"));
  const auto straight = [](int y, int x, int c) { return static_cast<float>(expected(y, x, c)) / 255; };
  expect_pixels(image, straight);
  ASSERT_EQ(image.alpha.size(), 35U);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 7; ++x) EXPECT_EQ(image.alpha[static_cast<std::size_t>(7 * y + x)], opacity(y, x));
  }
  for (const char* name : {"rgba8.png", "rgb8.png", "rgb16.png", "gray8.png", "palette.png"}) {
    const Image kept = read_png_with_alpha(fixture(name));
    EXPECT_EQ(kept.alpha.empty(), name != std::string_view("rgba8.png")) << name;
    EXPECT_EQ(over_white(kept).rgb, read_image(fixture(name)).rgb) << name;
  }
  expect_input_error({"rgba8.webp", "no PNG"}, [] { read_png_with_alpha(fixture("rgba8.webp")); });
  expect_input_error({"nowhere.png"}, [] { read_png_with_alpha(fixture("nowhere.png")); });
}

TEST(ReadPngWithAlpha, IsTurnedUprightWithTheColours) {
  const TemporaryFolder folder;
  const std::string png = read_text(fixture("rgba8.png"));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    write_text(folder / "a.png", with_chunk(png, "eXIf", exif(orientation, true)));
    const Image image = read_png_with_alpha(folder / "a.png");
    ASSERT_EQ(image.alpha.size(), 35U);
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) {
        const auto [row, column] = stored_place(orientation, y, x, image.height, image.width);
        ASSERT_EQ(image.alpha[static_cast<std::size_t>(y * image.width + x)], opacity(row, column))
            << orientation << ": " << y << "," << x;
      }
    }
  }
}

TEST(ReadImage, TurnsJpegAndWebpAsTheirExifSays) {
  const TemporaryFolder folder;
  const std::string data = std::string("Exif\0\0", 6) + exif(6, true);
  std::string jpeg = read_text(fixture("rgb.jpg"));
  jpeg.insert(2, std::string("\xff\xe1\0", 3) + static_cast<char>(data.size() + 2) + data);
  write_text(folder / "a.jpg", jpeg);
  const Image turned = read_image(folder / "a.jpg");
  ASSERT_EQ(turned.height, 16);
  ASSERT_EQ(turned.width, 8);
  EXPECT_NEAR(at(turned, 0, 4, 0), 200.0 / 255, 0.01);
  EXPECT_NEAR(at(turned, 15, 4, 0), 20.0 / 255, 0.01);

  // The picture's own chunk, behind a header that says that EXIF follows.
  const std::string simple = encode_webp(read_image(fixture("rgb8.png")));
  const std::string header("VP8X\x0a\0\0\0\x08\0\0\0\x06\0\0\x04\0\0", 18);
  const std::string chunk = std::string("EXIF\x1a\0\0\0", 8) + exif(6, false);
  std::string webp = "WEBP" + header + simple.substr(12) + chunk;
  std::string size = big_endian(static_cast<std::uint32_t>(webp.size()));
  std::reverse(size.begin(), size.end());
  write_text(folder / "a.webp", "RIFF" + size + webp);
  const Image upright = read_image(folder / "a.webp");
  ASSERT_EQ(upright.height, 7);
  EXPECT_EQ(at(upright, 0, 4, 2), static_cast<float>(expected(0, 0, 2)) / 255);
}

TEST(ExifOrientation, IsNoneWhereTheDataAreCutOrForeign) {
  for (const bool big : {false, true}) {
    const std::string whole = exif(8, big);
    EXPECT_EQ(exif_orientation(whole), 8);
    for (std::size_t length = 0; length < 20; ++length) {
      EXPECT_EQ(exif_orientation(std::string_view(whole).substr(0, length)), 1) << length;
    }
    std::string far = whole;
    far.replace(4, 4, "\x7f\x7f\x7f\x7f");
    EXPECT_EQ(exif_orientation(far), 1);
  }
  EXPECT_EQ(exif_orientation("nothing of the kind"), 1);
}

/// What libjpeg warns about and yet decodes whole: the picture, and a line for whoever wants to know.
TEST(ReadImage, TakesJpegsThatAreWholeAndOdd) {
  const TemporaryFolder folder;
  const char* gray = "gray.jpg";
  for (const char* name : {"rgb.jpg", gray}) {
    const std::string good = read_text(fixture(name));
    const Image clean = read_image(fixture(name));
    const std::size_t after = 4 + 16;  // The start and the JFIF segment.
    ASSERT_EQ(good.substr(6, 4), "JFIF");
    std::string version = good;
    version[11] = 3;
    const std::string rest = good.substr(0, 2) + good.substr(after);
    const std::string adobe(
        "\xff\xee\0\x0e"
        "Adobe\0\x64\0\0\0\0\5",
        16);
    const std::vector<std::pair<const char*, std::string>> odd = {
        {"junk between segments", good.substr(0, after) + "\1\2\3\4" + good.substr(after)},
        {"no end marker", good.substr(0, good.size() - 2)},
        {"another version", version},
        {"an unknown transform", rest.substr(0, 2) + adobe + rest.substr(2)},
    };
    for (const auto& [what, bytes] : odd) {
      write_text(folder / "a.jpg", bytes);
      EXPECT_EQ(read_image(folder / "a.jpg").rgb, clean.rgb) << name << ": " << what;
      std::vector<std::string> notes;
      read_image(folder / "a.jpg", [&](const std::string& note) { notes.push_back(note); });
      if (what == odd.back().first && name == gray) continue;  // It has no colours to transform.
      ASSERT_EQ(notes.size(), 1U) << name << ": " << what;
      EXPECT_EQ(notes.front().find("'" + (folder / "a.jpg").string() + "': libjpeg warns: "), 0U)
          << notes.front();
    }
  }
}

TEST(ReadImage, SaysWhatItDoesNotRead) {
  const TemporaryFolder folder;
  expect_refused(folder, "a.jpg",
                 std::string("\0\0\0\x18"
                             "ftypheic\0\0",
                             14),
                 {"a.jpg", "is HEIC", "JPEG"});
  expect_refused(folder, "a.jpg",
                 std::string("\0\0\0\x18"
                             "ftypavif\0\0",
                             14),
                 {"a.jpg", "is AVIF"});
  expect_refused(folder, "a.jpg", std::string("II*\0\x8\0\0\0", 8), {"a.jpg", "is TIFF"});
}

TEST(ReadImage, SpreadsGrayOverThreeChannels) {
  expect_pixels(read_image(fixture("gray8.png")),
                [](int y, int x, int) { return static_cast<float>(expected(y, x, 0)) / 255; });
}

TEST(ReadImage, KeepsSixteenBits) {
  expect_pixels(read_image(fixture("rgb16.png")), [](int y, int x, int c) {
    return static_cast<float>(256 * expected(y, x, c) + 128) / 65535;
  });
}

TEST(ReadImage, TakesJpegOfEveryColourSpace) {
  expect_halves("rgb.jpg", {200, 40, 90}, {20, 160, 230});
  // ITU-R BT.601 luma of the two colours.
  expect_halves("gray.jpg", {94, 94, 94}, {126, 126, 126});
  // (255 - ink)(255 - black) / 255.
  expect_halves("cmyk.jpg", {204, 41, 122}, {25, 255, 229});
}

TEST(ReadImage, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  expect_input_error({"nowhere.png", "does not exist"}, [&] { read_image(folder / "nowhere.png"); });
  expect_input_error({"not a file"}, [&] { read_image(folder.path()); });
  write_text(folder / "empty.png", "");
  expect_input_error({"empty.png", "is empty"}, [&] { read_image(folder / "empty.png"); });
  write_text(folder / "text.jpg", "this is no picture at all");
  expect_input_error({"text.jpg", "no picture that is read: PNG, JPEG"},
                     [&] { read_image(folder / "text.jpg"); });
}

TEST(ReadImage, RefusesEveryTruncation) {
  for (const char* name : {"rgb8.png", "rgb16.png", "palette.png", "rgb.jpg", "cmyk.jpg", "rgba8.webp",
                           "rgb8.bmp", "palette.gif"}) {
    const std::string bytes = read_text(fixture(name));
    // The last bytes of a JPEG and a GIF only say that the file ends.
    const std::size_t spare = bytes.starts_with("GIF") ? 2 : bytes.starts_with("\xff\xd8") ? 3 : 0;
    for (std::size_t length = 1; length + spare < bytes.size(); ++length) {
      EXPECT_THROW(decode_image(bytes.substr(0, length), name), Error) << name << ": " << length;
    }
  }
}

TEST(ReadImage, RefusesAbsurdDimensionsBeforeTakingMemory) {
  const TemporaryFolder folder;
  const std::string png = read_text(fixture("rgb8.png"));
  const auto of_size = [&](std::uint32_t width, std::uint32_t height) {
    const std::string header = big_endian(width) + big_endian(height) + png.substr(24, 5);
    return png.substr(0, 8) + png_chunk("IHDR", header) + png.substr(kAfterHeader);
  };
  expect_refused(folder, "huge.png", of_size(1 << 20, 1 << 20), {"huge.png", "1048576 x 1048576", "16384"});
  // Small enough, and too large for so short a file.
  expect_refused(folder, "large.png", of_size(16128, 6144), {"large.png", "too few for 6144 x 16128 pixels"});

  std::string jpeg = read_text(fixture("rgb.jpg"));
  const std::size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xff\x00\xff\x00", 4);  // SOF0's height and width
  write_text(folder / "huge.jpg", jpeg);
  expect_input_error({"huge.jpg", "65280 x 65280", "16384"}, [&] { read_image(folder / "huge.jpg"); });
}

TEST(WriteImage, PngGivesBackEveryEightBitValue) {
  const TemporaryFolder folder;
  Image image{16, 16, {}};
  for (int i = 0; i < 16 * 16 * 3; ++i) image.rgb.push_back(static_cast<float>(i % 256) / 255);
  write_image(folder / "a.PNG", image);
  const Image back = read_image(folder / "a.PNG");
  EXPECT_EQ(back.height, 16);
  EXPECT_EQ(back.width, 16);
  EXPECT_EQ(back.rgb, image.rgb);
  EXPECT_EQ(folder.entries(), 1);
}

/// Straight: a colour is the same however transparent it is.
TEST(WriteImage, PngHoldsTheAlphaAsItIs) {
  const TemporaryFolder folder;
  Image image{16, 32, {}};
  for (int i = 0; i < 16 * 32; ++i) {
    for (int c = 0; c < 3; ++c) image.rgb.push_back(static_cast<float>((3 * i + c) % 256) / 255);
    image.alpha.push_back(static_cast<float>(i % 256) / 255);
  }
  write_image(folder / "a.png", image);
  const std::string bytes = read_text(folder / "a.png");
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()), 0);
  EXPECT_TRUE(png.width == 32 && png.height == 16 && png.format == PNG_FORMAT_RGBA);
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(png));
  ASSERT_NE(png_image_finish_read(&png, nullptr, pixels.data(), 0, nullptr), 0);
  for (int i = 0; i < 16 * 32; ++i) {
    const std::uint8_t* pixel = pixels.data() + 4 * i;
    for (int c = 0; c < 3; ++c) ASSERT_EQ(pixel[c], (3 * i + c) % 256) << i;
    ASSERT_EQ(pixel[3], i % 256) << i;
  }
  // The same in the other format that has it.
  write_image(folder / "a.webp", image);
  EXPECT_EQ(read_image(folder / "a.webp").rgb, read_image(folder / "a.png").rgb);
}

TEST(WriteImage, JpegIsThePictureOnWhite) {
  const TemporaryFolder folder;
  Image image{16, 16, {}};
  for (int i = 0; i < 16 * 16; ++i) {
    image.rgb.insert(image.rgb.end(), {0.2F, 0.6F, 1});
    image.alpha.push_back(0.5F);
  }
  write_image(folder / "a.jpg", image);
  expect_flat(read_image(folder / "a.jpg"), 0, 16, {153, 204, 255});
}

TEST(WriteImage, ClipsWhatNoPictureHolds) {
  const TemporaryFolder folder;
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  write_image(folder / "a.png", {1, 2, {-1, 2, infinity, -infinity, nan, 0.5F}});
  const std::vector<float> clipped = {0, 1, 1, 0, 0, 128.0F / 255};
  EXPECT_EQ(read_image(folder / "a.png").rgb, clipped);
}

TEST(WriteImage, JpegIsCloseToThePicture) {
  const TemporaryFolder folder;
  const Image image = read_image(fixture("rgb.jpg"));
  write_image(folder / "a.jpg", image);
  const Image back = read_image(folder / "a.jpg");
  expect_flat(back, 0, 8, {200, 40, 90});
  expect_flat(back, 8, 16, {20, 160, 230});
}

TEST(WriteImage, RefusesOtherExtensionsAndPlaces) {
  const TemporaryFolder folder;
  const Image image{1, 1, {0, 0, 0}};
  for (const auto* name : {"a.gif", "a", "png"}) {
    const auto said = {std::string_view(name), std::string_view(".png, .jpg or .webp")};
    expect_error(ErrorKind::usage, said, [&] { write_image(folder / name, image); });
    expect_error(ErrorKind::usage, said, [&] { check_image_output(folder / name); });
  }
  expect_error(ErrorKind::usage, {"No such file"}, [&] { write_image(folder / "no/a.png", image); });
  EXPECT_EQ(folder.entries(), 0);
}

/// The pixels are not there: it must not come to them.
TEST(WriteImage, RefusesWhatIsTooLargeForAFormat) {
  for (const Image& image : {Image{28672, 28672, {}}, Image{57344, 57344, {}}, Image{1, 357'913'942, {}}})
    expect_error(ErrorKind::usage, {"PNG", "at most 357 million"}, [&] { encode_png(image); });
  check_image_size("a.png", 18918, 18918);
  expect_error(ErrorKind::usage, {"a.png", "18919 x 18919", "357 million"},
               [] { check_image_size("a.png", 18919, 18919); });
  expect_error(ErrorKind::usage, {"a.png", "1000001"}, [] { check_image_size("a.png", 1, 1'000'001); });
  expect_error(ErrorKind::usage, {"a.jpg", "65500"}, [] { check_image_size("a.jpg", 1, 65501); });
}

}  // namespace
}  // namespace limpid::testing
