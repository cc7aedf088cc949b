#include "tools/image_file.h"

#include <gtest/gtest.h>
#include <stb/stb_image.h>

#include <limits>

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
  expect_pixels(read_image(fixture("rgba8.png")), rgb);
  expect_pixels(read_image(fixture("palette.png")), rgb);
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
  expect_input_error({"text.jpg", "neither a PNG nor a JPEG"}, [&] { read_image(folder / "text.jpg"); });
}

TEST(ReadImage, RefusesEveryTruncation) {
  const TemporaryFolder folder;
  for (const char* name : {"rgb8.png", "rgb16.png", "palette.png", "rgb.jpg", "cmyk.jpg"}) {
    const std::string bytes = read_text(fixture(name));
    // The last bytes only say that the file ends: a PNG's IEND chunk, a JPEG's end marker.
    for (std::size_t length = 1; length + 24 < bytes.size(); ++length) {
      write_text(folder / name, bytes.substr(0, length));
      expect_input_error({name}, [&] { read_image(folder / name); });
    }
  }
}

TEST(ReadImage, RefusesAbsurdDimensionsBeforeTakingMemory) {
  const TemporaryFolder folder;
  std::string png = read_text(fixture("rgb8.png"));
  png.replace(16, 8, std::string("\x00\x0f\x00\x00\x00\x0f\x00\x00", 8));  // IHDR's width and height
  write_text(folder / "huge.png", png);
  expect_input_error({"huge.png"}, [&] { read_image(folder / "huge.png"); });

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
  int width = 0, height = 0, channels = 0;
  const std::string bytes = read_text(folder / "a.png");
  stbi_uc* pixels = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                                          static_cast<int>(bytes.size()), &width, &height, &channels, 0);
  ASSERT_NE(pixels, nullptr);
  EXPECT_TRUE(width == 32 && height == 16 && channels == 4);
  for (int i = 0; i < 16 * 32; ++i) {
    for (int c = 0; c < 3; ++c) ASSERT_EQ(pixels[4 * i + c], (3 * i + c) % 256) << i;
    ASSERT_EQ(pixels[4 * i + 3], i % 256) << i;
  }
  stbi_image_free(pixels);
  EXPECT_EQ(read_image(folder / "a.png").rgb, image.rgb) << "where alpha is not looked at";
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
    expect_error(ErrorKind::usage, {name, ".png or .jpg"}, [&] { write_image(folder / name, image); });
    expect_error(ErrorKind::usage, {name, ".png or .jpg"}, [&] { check_image_output(folder / name); });
  }
  expect_error(ErrorKind::usage, {"No such file"}, [&] { write_image(folder / "no/a.png", image); });
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace limpid::testing
