#include "tests/weights/file_damage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "kernels/core/error.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kThinning = 8;
#else
constexpr std::size_t kThinning = 1;
#endif

/// The file, open for writing over.
class Target {
 public:
  explicit Target(const std::filesystem::path& path) : file_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {
    EXPECT_GE(file_, 0);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() { ::close(file_); }

  void write(std::string_view bytes, std::size_t at) const {
    ASSERT_EQ(::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at)),
              static_cast<ssize_t>(bytes.size()));
  }

 private:
  int file_;
};

/// Whether all bytes within 24 of it are zeros.
bool in_empty_room(std::string_view file, std::size_t at) {
  constexpr std::size_t around = 24;
  const std::size_t begin = at - std::min(at, around);
  const std::string_view near = file.substr(begin, 2 * around);
  return std::all_of(near.begin(), near.end(), [](char c) { return c == '\0'; });
}

}  // namespace

void for_each_damage(const std::filesystem::path& path, const DamageRange& range,
                     const std::function<void(const Damage&)>& check) {
  const std::string sound = read_text(path);
  const std::size_t end = std::min(range.end, sound.size());
  const Target target(path);
  const auto damage = [&](const Damage& damage, std::string_view bytes) {
    target.write(bytes, damage.at);
    SCOPED_TRACE(damage.what);
    check(damage);
    target.write(std::string_view(sound).substr(damage.at, bytes.size()), damage.at);
  };
  constexpr std::size_t thinned_room = 32;
  for (std::size_t bit = range.begin * 8; bit < end * 8;
       bit += range.stride * kThinning + (kThinning > 1 ? 1 : 0)) {
    const std::size_t at = bit / 8;
    if (in_empty_room(sound, at) && at % thinned_room != 0) continue;
    const char changed = static_cast<char>(sound[at] ^ (1 << bit % 8));
    damage({at, fmt::format("bit {} of byte {}", bit % 8, at), 1}, {&changed, 1});
  }
  constexpr std::array<std::uint64_t, 4> words = {0, ~std::uint64_t{0}, std::uint64_t{INT64_MAX},
                                                  std::uint64_t{1} << 63U};
  std::size_t index = 0;
  for (std::size_t at = (range.begin + 7) / 8 * 8; at + 8 <= end; at += 8) {
    if (in_empty_room(sound, at) && at % thinned_room != 0) continue;
    for (const std::uint64_t word : words) {
      if (index++ % ((range.stride + 7) / 8 * kThinning) != 0) continue;
      std::array<char, sizeof word> bytes{};
      std::memcpy(bytes.data(), &word, sizeof word);
      damage({at, fmt::format("{:#x} at byte {}", word, at), sizeof word}, {bytes.data(), bytes.size()});
    }
  }
}

void expect_only_damage(std::string_view read, std::string_view sound, const Damage& damage) {
  ASSERT_EQ(read.size(), sound.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < read.size(); ++i) changed += read[i] != sound[i] ? 1 : 0;
  EXPECT_LE(changed, damage.bytes) << "other values than the file's";
}

void damage_everywhere(const std::filesystem::path& path, const DamageRange& range,
                       const std::function<std::string()>& read) {
  const std::string sound = read();
  int admitted = 0, refused = 0;
  for_each_damage(path, range, [&](const Damage& damage) {
    try {
      expect_only_damage(read(), sound, damage);
      ++admitted;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
      ++refused;
    }
  });
  EXPECT_GT(admitted, 10);
  EXPECT_GT(refused, 10);
}

}  // namespace limpid::testing
