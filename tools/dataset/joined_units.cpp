#include "tools/dataset/joined_units.h"

#include <algorithm>
#include <map>
#include <utility>

namespace limpid {

JoinedUnits::JoinedUnits(std::span<const UnitFile* const> files,
                         const std::function<PicturePath(std::size_t file, const PictureRecord&)>& path)
    : files_(files.begin(), files.end()) {
  std::map<Sha256Digest, std::pair<PictureRecord, Place>> found;
  for (std::size_t file = 0; file < files.size(); ++file) {
    const std::vector<PictureRecord>& pictures = files[file]->pictures();
    for (std::size_t row = 0; row < pictures.size(); ++row) {
      PictureRecord record = pictures[row];
      record.path = path(file, record);
      const auto [it, added] = found.try_emplace(record.digest, record, Place{file, row});
      PicturePath& first = it->second.first.path;
      if (!added) first = std::min(first, record.path);
    }
  }
  for (auto& [digest, one] : found) {
    pictures_.push_back(std::move(one.first));
    places_.push_back(one.second);
  }
}

UnitColumn JoinedUnits::column(std::size_t layer, int channel) const {
  if (files_.size() == 1) return files_.front()->column(layer, channel);
  std::vector<UnitColumn> parts;
  for (const UnitFile* file : files_) parts.push_back(file->column(layer, channel));
  UnitColumn column;
  for (const Place& place : places_) {
    column.mean.push_back(parts[place.file].mean[place.row]);
    column.max.push_back(parts[place.file].max[place.row]);
    column.place.push_back(parts[place.file].place[place.row]);
  }
  return column;
}

}  // namespace limpid
