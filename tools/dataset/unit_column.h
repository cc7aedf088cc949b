// The content of a file of units: columns and the table of pictures, and their bytes, which have checksums.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/dataset/picture_record.h"

namespace limpid {

/// A unit's statistics (MapStatistics), one of each a picture, in the order of the pictures.
struct UnitColumn {
  std::vector<float> mean, max;
  std::vector<std::uint16_t> place;

  bool operator==(const UnitColumn&) const = default;
};

template <class T>
std::string_view raw_bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Over mean, max and place, as they stand in the file.
inline Sha256Digest column_checksum(const UnitColumn& column) {
  std::string bytes(raw_bytes(column.mean));
  bytes += raw_bytes(column.max);
  bytes += raw_bytes(column.place);
  return sha256_digest(bytes);
}

/// The pictures as the datasets of their group.
struct PictureTable {
  std::size_t file_length = 1, member_length = 1;  ///< Bytes of a name, padded with zeros.
  std::vector<Sha256Digest> digest;
  std::vector<std::int32_t> height, width;
  std::string file, member;

  explicit PictureTable(std::span<const PictureRecord> pictures) {
    for (const PictureRecord& picture : pictures) {
      file_length = std::max(file_length, picture.path.file.size());
      member_length = std::max(member_length, picture.path.member.size());
    }
    const auto padded = [](std::string name, std::size_t length) {
      name.resize(length);
      return name;
    };
    for (const PictureRecord& picture : pictures) {
      digest.push_back(picture.digest);
      height.push_back(picture.height);
      width.push_back(picture.width);
      file += padded(picture.path.file, file_length);
      member += padded(picture.path.member, member_length);
    }
  }

  /// Over sha256, height, width, file, member, as they stand in the file.
  Sha256Digest checksum() const {
    std::string bytes(raw_bytes(digest));
    bytes += raw_bytes(height);
    bytes += raw_bytes(width);
    return sha256_digest(bytes + file + member);
  }
};

}  // namespace limpid
