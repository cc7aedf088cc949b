#include "engine/pictures/colour_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

namespace limpid {
namespace {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using ProfileHandle = std::unique_ptr<void, CloseProfile>;
using TransformHandle = std::unique_ptr<void, DeleteTransform>;

/// From a profile to sRGB. Making one takes longer than a small photo, and the photos of a folder share theirs.
struct Conversion {
  std::string profile;
  cmsUInt32Number from = 0, to = 0;  ///< Formats of pixels.
  TransformHandle transform;         ///< Nothing where the profile cannot be applied.
  std::optional<bool> changes = {};  ///< More than sRGB's own would; known with the first picture.
};

template <class T>
constexpr cmsUInt32Number pixel_format(cmsUInt32Number space, cmsUInt32Number colours, std::size_t channels) {
  return COLORSPACE_SH(space) | CHANNELS_SH(colours) |
         EXTRA_SH(static_cast<cmsUInt32Number>(channels) - colours) | BYTES_SH(sizeof(T));
}

/// Of the colours of a picture; gray comes first.
template <class T>
std::vector<T> sample_colours(std::size_t channels, bool gray) {
  constexpr int step = sizeof(T) == 1 ? 1 : 257;
  std::vector<T> colours;
  const auto add = [&](int red, int green, int blue) {
    for (const int value : {red, green, blue}) colours.push_back(static_cast<T>(value * step));
    colours.resize(colours.size() + channels - 3);
  };
  for (int value = 0; value < 256; ++value) add(value, value, value);
  constexpr int stride = 51;
  for (int i = 0; i < 6 * 6 * 6 && !gray; ++i) add(stride * (i / 36), stride * (i / 6 % 6), stride * (i % 6));
  return colours;
}

template <class T>
bool changes_colours(cmsHTRANSFORM transform, std::size_t channels, bool gray) {
  const std::vector<T> before = sample_colours<T>(channels, gray);
  std::vector<T> after = before;
  cmsDoTransform(transform, after.data(), after.data(),
                 static_cast<cmsUInt32Number>(after.size() / channels));
  constexpr int step = sizeof(T) == 1 ? 1 : 257;
  return !std::equal(before.begin(), before.end(), after.begin(),
                     [](T a, T b) { return std::abs(int{a} - int{b}) <= step; });
}

/// The last one of this thread, where it is the same.
Conversion& conversion_of(std::string_view profile, cmsUInt32Number space, cmsUInt32Number from,
                          cmsUInt32Number to) {
  thread_local Conversion last;
  if (last.from == from && last.to == to && last.profile == profile) return last;
  last = {std::string(profile), from, to, nullptr};
  const ProfileHandle own(
      cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
  if (own == nullptr || _cmsLCMScolorSpace(cmsGetColorSpace(own.get())) != static_cast<int>(space))
    return last;
  const ProfileHandle srgb(cmsCreate_sRGBProfile());
  if (srgb == nullptr) throw std::bad_alloc();
  last.transform.reset(cmsCreateTransform(own.get(), from, srgb.get(), to, INTENT_PERCEPTUAL, 0));
  return last;
}

/// "GRAY", "RGB": as a profile names what its colours are; empty where it names nothing.
std::string space_of(std::string_view profile) {
  constexpr std::size_t at = 16, length = 4;
  const std::string_view name = profile.substr(std::min(at, profile.size()), length);
  const bool named =
      name.size() == length && std::all_of(name.begin(), name.end(), [](char c) {
        return c == ' ' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      });
  return named ? std::string(name.substr(0, name.find(' '))) : std::string();
}

template <class T>
std::string convert(std::string_view profile, std::span<T> samples, std::size_t channels, bool gray) {
  const std::string space = space_of(profile);
  const bool of_gray = space == "GRAY";
  if (of_gray && !gray) return "it is of gray, and the picture of colours";
  const cmsUInt32Number from =
      of_gray ? pixel_format<T>(PT_GRAY, 1, channels) : pixel_format<T>(PT_RGB, 3, channels);
  Conversion& conversion =
      conversion_of(profile, of_gray ? PT_GRAY : PT_RGB, from, pixel_format<T>(PT_RGB, 3, channels));
  if (conversion.transform == nullptr) {
    const bool other = !space.empty() && !of_gray && space != "RGB";
    return other ? "it is of " + space + ", and the picture of red, green and blue" : "it is damaged";
  }
  if (!conversion.changes)
    conversion.changes = changes_colours<T>(conversion.transform.get(), channels, of_gray);
  if (*conversion.changes) {
    cmsDoTransform(conversion.transform.get(), samples.data(), samples.data(),
                   static_cast<cmsUInt32Number>(samples.size() / channels));
  }
  return {};
}

}  // namespace

std::string take_to_srgb(std::string_view profile, std::span<std::uint8_t> samples, std::size_t channels,
                         bool gray) {
  return convert(profile, samples, channels, gray);
}

std::string take_to_srgb(std::string_view profile, std::span<std::uint16_t> samples, std::size_t channels,
                         bool gray) {
  return convert(profile, samples, channels, gray);
}

std::vector<std::uint8_t> srgb_of_inks(std::string_view profile, std::span<const std::uint8_t> inks) {
  const Conversion& conversion = conversion_of(profile, PT_CMYK, TYPE_CMYK_8_REV, TYPE_RGB_8);
  if (conversion.transform == nullptr) return {};
  std::vector<std::uint8_t> rgb(inks.size() / 4 * 3);
  cmsDoTransform(conversion.transform.get(), inks.data(), rgb.data(),
                 static_cast<cmsUInt32Number>(inks.size() / 4));
  return rgb;
}

void note_profile(const std::string& reason, const std::string& origin, const PictureNotes& notes) {
  if (!reason.empty() && notes) notes("'" + origin + "': its colour profile is not applied: " + reason);
}

}  // namespace limpid
