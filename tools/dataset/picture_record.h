// What an index knows of a picture.
#pragma once

#include <string>

#include "engine/examples/unit_hash.h"

namespace limpid {

/// Where a picture was found.
struct PicturePath {
  std::string file;         ///< The picture's own, or an archive's.
  std::string member = {};  ///< Its name in the archive; empty where the file is the picture.

  auto operator<=>(const PicturePath&) const = default;
};

/// "photos/cat.jpg"; "more.tar, birds/2.jpg" of an archive.
inline std::string to_string(const PicturePath& path) {
  return path.member.empty() ? path.file : path.file + ", " + path.member;
}

struct PictureRecord {
  Sha256Digest digest{};  ///< Of the file's bytes.
  int height = 0;         ///< As it stands upright, in pixels.
  int width = 0;
  PicturePath path;

  bool operator==(const PictureRecord&) const = default;
};

}  // namespace limpid
