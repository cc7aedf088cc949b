// Every damage of one kind that a small file can have, one after another.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace limpid::testing {

/// What was done to a file: one bit of it changed, or eight bytes in a row set.
struct Damage {
  std::size_t at = 0;
  std::string what;       ///< "bit 3 of byte 168", for traces.
  std::size_t bytes = 0;  ///< That it can have changed.
};

struct DamageRange {
  std::size_t begin = 0, end = std::string::npos;
  /// Only one bit in so many is changed (a prime reaches them all alike), and one word in an eighth of that set.
  /// Under sanitizers, which make it many times slower, both are thinned eightfold more.
  std::size_t stride = 1;
};

/// Damages the file at `path`, which is sound, and calls `check`; makes it sound again. In turn: a bit of
/// every byte changed, each eight bytes from a multiple of eight set to 0, -1, 2^63 - 1 and 2^63. Within
/// longer runs of zeros, room that nobody uses, one byte in 32 is damaged.
void for_each_damage(const std::filesystem::path& path, const DamageRange& range,
                     const std::function<void(const Damage&)>& check);

/// Expects that what was read, written out as bytes, is what the sound file gives but for bytes that the
/// damage itself changed: values of the file may be damaged, none may be taken for another.
void expect_only_damage(std::string_view read, std::string_view sound, const Damage& damage);

/// Damages a file in every way, reads it by `read`, which gives what it read as bytes: expects that each damage is refused as bad input,
/// or that `expect_only_damage` holds. Some must be admitted (what nothing reads, values of a file without a checksum), and most not.
void damage_everywhere(const std::filesystem::path& path, const DamageRange& range,
                       const std::function<std::string()>& read);

}  // namespace limpid::testing
