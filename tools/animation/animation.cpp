#include "tools/animation/animation.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>

#include "engine/pictures/webp.h"
#include "kernels/core/error.h"
#include "tools/animation/child_process.h"
#include "tools/output_file.h"

namespace limpid {
namespace {

/// Nothing for WebP.
std::optional<FfmpegFormat> format_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension == ".webp") return std::nullopt;
  if (extension == ".png" || extension == ".apng") return FfmpegFormat::apng;
  if (extension == ".gif") return FfmpegFormat::gif;
  if (extension == ".mp4") return FfmpegFormat::mp4;
  fail_usage("cannot write '{}': the name of an animation must end in .webp, .png, .gif or .mp4",
             path.string());
}

}  // namespace

void check_animation(const std::filesystem::path& path, const FrameShape& shape) {
  const std::optional<FfmpegFormat> format = format_of(path);
  if (!(shape.per_second >= kLeastFrameRate && shape.per_second <= kMostFrameRate)) {
    fail_usage("{} frames a second are out of range: {} to {}", shape.per_second, kLeastFrameRate,
               kMostFrameRate);
  }
  check_writable(path);
  if (!format && std::max(shape.height, shape.width) > kMostWebp) {
    fail_usage("cannot write '{}': WebP takes at most {} pixels each way", path.string(), kMostWebp);
  }
  if (format && find_program("ffmpeg").empty()) {
    fail_usage(
        "cannot write '{}': that takes ffmpeg, which is not installed (Debian: apt install ffmpeg); a name "
        "in .webp needs nothing",
        path.string());
  }
}

void check_animation_beside(const std::filesystem::path& picture, const std::filesystem::path& path,
                            const FrameShape& shape, int save_every) {
  if (save_every < 1) fail_usage("a frame every {} steps: give a positive number of them", save_every);
  check_animation(path, shape);
  // Of a name alone, where there is no such file yet, nothing would be resolved: "a" and "./a" would differ.
  const auto place = [](const std::filesystem::path& name) {
    std::error_code error;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(name, error), error);
  };
  if (place(path) == place(picture))
    fail_usage("'{}' cannot be both the picture and the animation", picture.string());
}

std::unique_ptr<Animation> make_animation(const std::filesystem::path& path, const FrameShape& shape) {
  const std::optional<FfmpegFormat> format = format_of(path);
  return format ? make_ffmpeg_animation(path, shape, *format) : make_webp_animation(path, shape);
}

}  // namespace limpid
