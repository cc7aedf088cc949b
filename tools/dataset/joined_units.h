// The units of several files, as those of one.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "tools/dataset/unit_column.h"
#include "tools/dataset/unit_file.h"

namespace limpid {

class JoinedUnits {
 public:
  /// A picture that is in several files is there once, with the first of its paths, which `path` gives. `files`, one at least, must
  /// outlive this; of their columns those are read that are asked for.
  JoinedUnits(std::span<const UnitFile* const> files,
              const std::function<PicturePath(std::size_t file, const PictureRecord&)>& path);

  /// In order of digest.
  const std::vector<PictureRecord>& pictures() const { return pictures_; }

  /// The statistics of a unit, in the order of the pictures. Throws as UnitFile's does.
  UnitColumn column(std::size_t layer, int channel) const;

 private:
  struct Place {
    std::size_t file, row;
  };

  std::vector<const UnitFile*> files_;
  std::vector<PictureRecord> pictures_;
  std::vector<Place> places_;  ///< Of each picture.
};

}  // namespace limpid
