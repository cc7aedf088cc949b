// Pictures of known concepts, with masks of where these are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/dissection/dissect.h"
#include "engine/image/fit_image.h"
#include "engine/pictures/picture_notes.h"

namespace limpid {

struct ConceptPictures {
  std::vector<std::string> concepts;
  std::size_t count = 0;
  std::vector<std::string> passed_over;  ///< A line for each file that is left out.
  /// 0 to count - 1. May be called by several threads at once.
  std::function<ConceptPicture(std::size_t number)> picture;
};

/// The first `count` pictures that formulas draw. Throws Error{usage} for one, which is of one concept.
ConceptPictures drawn_concepts(std::size_t count, std::uint64_t seed, int side);

/// The pictures in the sub-folders of a folder, and in the folders below these: PNG files, of the concept that the sub-folder
/// is named after, which is where their alpha is half or more. They are seen on white, fitted to side x side, their alpha
/// likewise. All are read at once, lest one that is not as it should be is met when most of the work is done: a file
/// that is no PNG, cannot be read, has no alpha or one below half everywhere is passed over; `notes` is told of the
/// others what `read_png_with_alpha` notes, once each. Throws Error{input} for what is no folder, fewer than two
/// sub-folders, one without pictures, and one whose files are all passed over; `picture` for a file that has become
/// such.
ConceptPictures concepts_of_folder(const std::filesystem::path& folder, int side, Fit fit,
                                   const PictureNotes& notes = {});

}  // namespace limpid
