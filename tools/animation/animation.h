// Animated pictures in files, frame by frame.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace limpid {

/// What all frames share.
struct FrameShape {
  int height = 0, width = 0;
  double per_second = 20;  ///< Frames shown a second.
};

inline constexpr double kLeastFrameRate = 0.1;
inline constexpr double kMostFrameRate = 240;

/// Takes frames in order; the file appears once it is complete. What is not finished leaves nothing behind.
class Animation {
 public:
  virtual ~Animation() = default;

  /// One more frame: height x width x 3 values. Throws as `fail_write` does, and Error{runtime} where the
  /// encoder fails.
  virtual void add(const std::uint8_t* rgb) = 0;

  /// Called once, after the last frame. Throws as `add` does.
  virtual void finish() = 0;
};

/// Throws Error{usage} unless `make_animation` could write there: extension, folder, size, frame rate, and
/// for what libwebp does not write, whether ffmpeg is installed. Creates nothing.
void check_animation(const std::filesystem::path& path, const FrameShape& shape);

/// Of a render, a frame every so many steps, beside its picture: the same, and Error{usage} for a number of steps that is
/// not positive and for a name that is the picture's.
void check_animation_beside(const std::filesystem::path& picture, const std::filesystem::path& path,
                            const FrameShape& shape, int save_every);

/// By the extension, in any case: .webp, .png (an animated one), .gif or .mp4. All but the last are shown
/// over and over. Nothing but compressed frames is kept in memory, and those of WebP alone.
std::unique_ptr<Animation> make_animation(const std::filesystem::path& path, const FrameShape& shape);

/// WebP of quality 90.
std::unique_ptr<Animation> make_webp_animation(const std::filesystem::path& path, const FrameShape& shape);

/// The bytes of such a file. Throws Error{runtime} where the encoder fails.
std::string encode_webp_animation(const FrameShape& shape, std::span<const std::vector<std::uint8_t>> frames);

enum class FfmpegFormat { apng, gif, mp4 };

/// Through ffmpeg: raw frames to its standard input, its file beside `path` and renamed. MP4 is H.264, an odd
/// height or width one pixel larger.
std::unique_ptr<Animation> make_ffmpeg_animation(const std::filesystem::path& path, const FrameShape& shape,
                                                 FfmpegFormat format);

}  // namespace limpid
