#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/temporary.h"
#include "tools/animation/animation.h"
#include "tools/animation/child_process.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> arguments_for(const FrameShape& shape, FfmpegFormat format) {
  std::vector<std::string> arguments = {"-loglevel", "error",    "-nostats",      "-y",
                                        "-f",        "rawvideo", "-pixel_format", "rgb24"};
  const auto add = [&](std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); };
  add({"-video_size", fmt::format("{}x{}", shape.width, shape.height), "-framerate",
       fmt::format("{}", shape.per_second), "-i", "pipe:0"});
  switch (format) {
    case FfmpegFormat::apng:
      add({"-f", "apng", "-plays", "0"});
      break;
    case FfmpegFormat::gif:
      // A palette of each frame's own, so that none is held back until the last is there.
      add({"-filter_complex", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1", "-f",
           "gif", "-loop", "0"});
      break;
    case FfmpegFormat::mp4:
      add({"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p",
           "-f", "mp4", "-movflags", "+faststart"});
      break;
  }
  // The open file, and not its name, which might be another's by the time ffmpeg starts.
  add({fmt::format("file:/proc/self/fd/{}", ChildProcess::kOutput)});
  return arguments;
}

class FfmpegAnimation final : public Animation {
 public:
  FfmpegAnimation(const fs::path& path, const FrameShape& shape, FfmpegFormat format)
      : path_(path),
        partial_(Temporary::Kind::file, path),
        frame_bytes_(static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width) * 3),
        ffmpeg_(find_program("ffmpeg"), arguments_for(shape, format), partial_.descriptor()) {}
  FfmpegAnimation(const FfmpegAnimation&) = delete;
  FfmpegAnimation& operator=(const FfmpegAnimation&) = delete;

  void add(const std::uint8_t* rgb) override {
    if (ffmpeg_.write({rgb, frame_bytes_})) return;
    end();
    fail_runtime("cannot encode '{}': ffmpeg took no more frames", path_.string());
  }

  void finish() override {
    end();
    partial_.publish();
  }

 private:
  /// Waits for ffmpeg to end, as it does after the last frame and where it cannot go on.
  void end() {
    if (ffmpeg_.finish()) return;
    const std::string complaint = ffmpeg_.complaint();
    fail_runtime("cannot encode '{}': ffmpeg {}", path_.string(),
                 complaint.empty() ? "failed without a word" : "says: " + complaint);
  }

  fs::path path_;
  Temporary partial_;
  std::size_t frame_bytes_;
  ChildProcess ffmpeg_;
};

}  // namespace

std::unique_ptr<Animation> make_ffmpeg_animation(const fs::path& path, const FrameShape& shape,
                                                 FfmpegFormat format) {
  return std::make_unique<FfmpegAnimation>(path, shape, format);
}

}  // namespace limpid
