// Animations: frames and times as they are read back, ffmpeg's part played by a script, and what goes wrong.
#include "tools/animation/animation.h"

#include <gtest/gtest.h>
#include <webp/demux.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/weights/support.h"
#include "tools/animation/animation_thread.h"
#include "tools/animation/child_process.h"
#include "weights/file_bytes.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;

constexpr FrameShape kShape{6, 10, 8};

/// One colour throughout, another in every frame.
std::vector<std::uint8_t> frame(int number) {
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < kShape.height * kShape.width; ++i) {
    for (const int value : {40 * number, 200, 255 - 40 * number})
      rgb.push_back(static_cast<std::uint8_t>(value));
  }
  return rgb;
}

std::vector<std::string> listing(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

void write_frames(const fs::path& path, int count) {
  AnimationThread thread(make_animation(path, kShape));
  for (int i = 0; i < count; ++i) thread.put(frame(i));
  thread.finish();
}

TEST(WebpAnimation, HoldsEveryFrameForItsTime) {
  const TemporaryFolder folder;
  write_frames(folder / "a.webp", 6);
  EXPECT_EQ(listing(folder.path()), std::vector<std::string>{"a.webp"});
  const std::string bytes = read_bytes(folder / "a.webp");
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPAnimDecoderOptions options;
  ASSERT_NE(WebPAnimDecoderOptionsInit(&options), 0);
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  ASSERT_NE(decoder, nullptr);
  WebPAnimInfo info;
  ASSERT_NE(WebPAnimDecoderGetInfo(decoder.get(), &info), 0);
  EXPECT_EQ(info.canvas_width, 10U);
  EXPECT_EQ(info.canvas_height, 6U);
  EXPECT_EQ(info.loop_count, 0U) << "for ever";
  ASSERT_EQ(info.frame_count, 6U);
  for (int i = 0; i < 6; ++i) {
    std::uint8_t* rgba = nullptr;
    int end = 0;
    ASSERT_NE(WebPAnimDecoderGetNext(decoder.get(), &rgba, &end), 0);
    EXPECT_EQ(end, 125 * (i + 1)) << "eight a second";
    const std::vector<std::uint8_t> expected = frame(i);
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(rgba[c], expected[static_cast<std::size_t>(c)], 6) << i << " " << c;
  }
}

TEST(WebpAnimation, UnfinishedLeavesNothing) {
  const TemporaryFolder folder;
  {
    AnimationThread thread(make_animation(folder / "a.webp", kShape));
    thread.put(frame(0));
  }
  EXPECT_TRUE(listing(folder.path()).empty());
}

/// Puts a folder with a script named ffmpeg, or without one, before or in place of what PATH has.
class Ffmpeg : public ::testing::Test {
 protected:
  void SetUp() override { path_ = std::getenv("PATH"); }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  void install(const std::string& script) {
    std::ofstream(programs_ / "ffmpeg") << "#!/bin/sh\n" << script;
    fs::permissions(programs_ / "ffmpeg", fs::perms::owner_all);
    ::setenv("PATH", (programs_.path().string() + ":" + path_).c_str(), 1);
  }

  std::string failure_of(const std::string& script) {
    install(script);
    try {
      write_frames(folder_ / "a.gif", 200);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 1);
      EXPECT_TRUE(listing(folder_.path()).empty());
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder programs_, folder_;
  std::string path_;
};

/// Writes its arguments, and what it reads, to the file named last.
constexpr const char* kRecorder =
    "for last; do :; done\n"
    "file=${last#file:}\n"
    "printf '%s\\n' \"$@\" > \"$file\"\n"
    "cat >> \"$file\"\n";

TEST_F(Ffmpeg, IsGivenRawFramesAndTheirShape) {
  install(kRecorder);
  for (const auto& [name, expected] : std::vector<std::pair<std::string, std::string>>{
           {"a.gif", "paletteuse"}, {"a.png", "\napng\n"}, {"a.MP4", "\nlibx264\n"}}) {
    SCOPED_TRACE(name);
    write_frames(folder_ / name, 3);
    const std::string text = read_bytes(folder_ / name);
    EXPECT_NE(text.find("\n10x6\n-framerate\n8\n"), std::string::npos) << text.substr(0, 400);
    EXPECT_NE(text.find(expected), std::string::npos);
    std::string pixels;
    for (int i = 0; i < 3; ++i) {
      for (const std::uint8_t value : frame(i)) pixels.push_back(static_cast<char>(value));
    }
    EXPECT_TRUE(text.ends_with(pixels));
    fs::remove(folder_ / name);
    EXPECT_TRUE(listing(folder_.path()).empty());
  }
}

TEST_F(Ffmpeg, WhatItSaysWhenItFailsIsPassedOn) {
  EXPECT_EQ(failure_of("echo one >&2; echo 'Unknown encoder' >&2; exit 3"),
            "cannot encode '" + (folder_ / "a.gif").string() + "': ffmpeg says: Unknown encoder");
  EXPECT_EQ(failure_of("cat > /dev/null; exit 3"),
            "cannot encode '" + (folder_ / "a.gif").string() + "': ffmpeg failed without a word");
  EXPECT_EQ(failure_of("kill -9 $$"),
            "cannot encode '" + (folder_ / "a.gif").string() + "': ffmpeg failed without a word");
}

TEST_F(Ffmpeg, EndsBySignalsThatThisProcessIgnores) {
  for (const auto& [number, name] :
       std::vector<std::pair<int, std::string>>{{SIGPIPE, "PIPE"}, {SIGXFSZ, "XFSZ"}}) {
    const auto handler = std::signal(number, SIG_IGN);
    EXPECT_EQ(failure_of("ulimit -c 0; kill -s " + name + " $$; echo " + name + " is ignored >&2; exit 3"),
              "cannot encode '" + (folder_ / "a.gif").string() + "': ffmpeg failed without a word");
    std::signal(number, handler);
  }
}

TEST_F(Ffmpeg, AnAnimationThatIsDroppedEndsItAndLeavesNothing) {
  install(kRecorder);
  {
    AnimationThread thread(make_animation(folder_ / "a.gif", kShape));
    thread.put(frame(0));
  }
  EXPECT_TRUE(listing(folder_.path()).empty());
}

TEST_F(Ffmpeg, KeepsWhatWasThereUntilTheNewOneIsComplete) {
  std::ofstream(folder_ / "a.gif") << "old";
  install("exit 1");
  EXPECT_THROW(write_frames(folder_ / "a.gif", 200), Error);
  EXPECT_EQ(read_bytes(folder_ / "a.gif"), "old");
}

TEST_F(Ffmpeg, TheRealOneWritesWhatItIsAskedFor) {
  if (find_program("ffmpeg").empty()) GTEST_SKIP() << "ffmpeg is not installed";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a.gif", "GIF89a"}, {"a.png", "\x89PNG"}, {"a.mp4", "ftyp"}};
  for (const auto& [name, magic] : cases) {
    SCOPED_TRACE(name);
    try {
      write_frames(folder_ / name, 5);
    } catch (const Error& error) {
      // A build of ffmpeg need not have every encoder.
      EXPECT_NE(std::string(error.what()).find("ncoder"), std::string::npos) << error.what();
      continue;
    }
    const std::string bytes = read_bytes(folder_ / name);
    EXPECT_LT(bytes.find(magic), 8U);
    if (name == "a.png") {
      EXPECT_NE(bytes.find("acTL"), std::string::npos) << "not animated";
    }
    if (name == "a.gif") {
      EXPECT_NE(bytes.find("NETSCAPE2.0"), std::string::npos) << "does not loop";
    }
  }
}

std::string refusal(const fs::path& path, const FrameShape& shape = kShape) {
  try {
    check_animation(path, shape);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "";
}

TEST_F(Ffmpeg, WhatCannotBeIsRefusedBeforeTheWork) {
  const auto refused = [](const std::string& message, const std::string& why) {
    return message.find(why) != std::string::npos;
  };
  ::setenv("PATH", programs_.path().c_str(), 1);
  EXPECT_EQ(refusal(folder_ / "a.webp"), "");
  EXPECT_TRUE(refused(refusal(folder_ / "a.mp4"), "ffmpeg, which is not installed"))
      << refusal(folder_ / "a.mp4");
  EXPECT_TRUE(refused(refusal(folder_ / "a.avi"), ".webp, .png, .gif or .mp4"));
  EXPECT_TRUE(refused(refusal(folder_ / "a"), ".webp, .png, .gif or .mp4"));
  EXPECT_TRUE(refused(refusal(folder_ / "no" / "a.webp"), "No such file"));
  EXPECT_TRUE(refused(refusal(folder_ / "a.webp", {8192, 16384, 20}), "16383"));
  for (const double rate : {0.0, -1.0, 1000.0, std::nan("")}) {
    EXPECT_TRUE(refused(refusal(folder_ / "a.webp", {6, 10, rate}), "frames a second"));
  }
  install("exit 0");
  EXPECT_EQ(refusal(folder_ / "a.mp4"), "");
}

}  // namespace
}  // namespace limpid::testing
