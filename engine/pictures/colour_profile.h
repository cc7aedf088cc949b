// Colour profiles (ICC) in picture files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pictures/picture_notes.h"

namespace limpid {

/// Takes the samples of a picture, `channels` a pixel (red, green, blue, and alpha, which stays), from the colours of
/// the ICC `profile` to sRGB's, in place, by lcms2 with the perceptual intent, rounded to as many bits. `gray`: whether
/// the file is of one colour, so that all three are equal; then the profile may be of gray. Profiles that change no
/// value by more than an eight-bit step are sRGB's own, as cameras write them: the samples stay. Returns why a profile
/// is not applied; empty where there is nothing to say.
std::string take_to_srgb(std::string_view profile, std::span<std::uint8_t> samples, std::size_t channels,
                         bool gray);
std::string take_to_srgb(std::string_view profile, std::span<std::uint16_t> samples, std::size_t channels,
                         bool gray);

/// Of four inks a pixel, inverted as Adobe stores them, the eight-bit sRGB by their ICC `profile`; empty where it is
/// not of four inks.
std::vector<std::uint8_t> srgb_of_inks(std::string_view profile, std::span<const std::uint8_t> inks);

/// Notes why the profile of a picture, whose file is `origin`, is not applied; nothing where `reason` is empty.
void note_profile(const std::string& reason, const std::string& origin, const PictureNotes& notes);

}  // namespace limpid
