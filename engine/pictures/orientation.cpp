#include "engine/pictures/orientation.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace limpid {
namespace {

/// Numbers of a TIFF file, which says which end of a number comes first.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_endian_(bytes.starts_with("MM")) {}

  /// Of `size` bytes; 0 beyond the end.
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = big_endian_ ? at + i : at + size - 1 - i;
      value = value << 8U | static_cast<unsigned char>(bytes_[from]);
    }
    return value;
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(std::string_view exif) {
  constexpr std::string_view prefix("Exif\0\0", 6);
  if (exif.starts_with(prefix)) exif.remove_prefix(prefix.size());
  if (!exif.starts_with("II") && !exif.starts_with("MM")) return 1;
  constexpr std::uint32_t tiff = 42, orientation_tag = 0x0112, short_type = 3;
  const Tiff file(exif);
  if (file.number(2, 2) != tiff) return 1;
  const std::size_t directory = file.number(4, 4);
  const std::uint32_t entries = file.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    constexpr std::size_t entry_size = 12;
    const std::size_t entry = directory + 2 + i * entry_size;
    if (file.number(entry, 2) != orientation_tag) continue;
    const std::uint32_t value = file.number(entry + 8, 2);
    const bool valid = file.number(entry + 2, 2) == short_type && value >= 1 && value <= 8;
    return valid ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image stored, int orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  // From 5 on rows and columns change places; then what is first of each comes last, or does not.
  const bool transposed = orientation >= 5;
  const bool last_row_first = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool last_column_first = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Image result;
  result.height = transposed ? stored.width : stored.height;
  result.width = transposed ? stored.height : stored.width;
  result.rgb.reserve(stored.rgb.size());
  result.alpha.reserve(stored.alpha.size());
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const int along_rows = transposed ? x : y, along_columns = transposed ? y : x;
      const int row = last_row_first ? stored.height - 1 - along_rows : along_rows;
      const int column = last_column_first ? stored.width - 1 - along_columns : along_columns;
      const auto pixel = std::ptrdiff_t{row} * stored.width + column;
      const auto from = stored.rgb.begin() + pixel * 3;
      result.rgb.insert(result.rgb.end(), from, from + 3);
      if (!stored.alpha.empty()) result.alpha.push_back(stored.alpha[static_cast<std::size_t>(pixel)]);
    }
  }
  return result;
}

}  // namespace limpid
