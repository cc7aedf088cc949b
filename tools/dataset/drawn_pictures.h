// Pictures that formulas draw, as an index names them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/procedural/procedural_picture.h"
#include "tools/dataset/picture_record.h"

namespace limpid {

/// Which one: file "procedural:2:0" and member "checker/42" are the version, seed 0, and number 42, of its concept. No file
/// that is looked at has such a name.
struct DrawnPicture {
  std::uint64_t seed = 0, number = 0;

  bool operator==(const DrawnPicture&) const = default;
};

PicturePath path_of(const DrawnPicture& picture);

/// Whether a path's file is no file.
bool is_drawn(const std::string& file);

/// Nothing where the path is of a file. Throws Error{input} for a picture of another version of the formulas.
std::optional<DrawnPicture> drawn_picture(const PicturePath& path);

/// "checker"; empty where the path is of a file.
std::string concept_of(const PicturePath& path);

/// That by which an index knows it: of its path's text, since how its bytes come out is up to a machine's sines.
Sha256Digest digest_of(const DrawnPicture& picture);

}  // namespace limpid
