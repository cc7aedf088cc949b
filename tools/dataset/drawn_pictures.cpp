#include "tools/dataset/drawn_pictures.h"

#include <fmt/core.h>

#include <charconv>
#include <string_view>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr std::string_view kPrefix = "procedural:";

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string file_of(std::uint64_t seed) {
  return fmt::format("{}{}:{}", kPrefix, kProceduralVersion, seed);
}

}  // namespace

PicturePath path_of(const DrawnPicture& picture) {
  const auto& concepts = procedural_concepts();
  return {file_of(picture.seed),
          fmt::format("{}/{}", concepts[picture.number % concepts.size()], picture.number)};
}

bool is_drawn(const std::string& file) {
  return file.starts_with(kPrefix);
}

std::optional<DrawnPicture> drawn_picture(const PicturePath& path) {
  if (!is_drawn(path.file)) return std::nullopt;
  const std::string_view file(path.file), member(path.member);
  const auto seed = whole_number(file.substr(file.rfind(':') + 1));
  const auto number = whole_number(member.substr(member.find('/') + 1));
  if (!seed || !number || path_of({*seed, *number}) != path)
    fail_input("'{}' was drawn by another version of limpid", to_string(path));
  return DrawnPicture{*seed, *number};
}

std::string concept_of(const PicturePath& path) {
  return is_drawn(path.file) ? path.member.substr(0, path.member.find('/')) : std::string();
}

Sha256Digest digest_of(const DrawnPicture& picture) {
  return sha256_digest(to_string(path_of(picture)));
}

}  // namespace limpid
