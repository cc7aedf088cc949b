// The pictures of stores, as a gallery takes them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/grid/tile_store.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// Every finished job of some stores, store after store, in the order of their manifests.
class StorePictures final : public PictureSource {
 public:
  /// Throws Error{input} where a folder is no store, or a damaged one.
  explicit StorePictures(const std::vector<std::filesystem::path>& stores);

  std::size_t size() const override { return places_.size(); }
  const RenderOptions& options(std::size_t index) const override { return places_[index].options; }
  std::string weights(std::size_t index) const override;
  GalleryPicture read(std::size_t index) override;

  /// One line for each store with jobs that are not finished, or whose tiles are lost.
  const std::vector<std::string>& missing() const { return missing_; }

  /// Of the stores, one each.
  std::vector<WeightsIdentity> weights_identities() const;

  /// One line for each damaged file.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Weights, device and precision of each different kind of store, in one line.
  std::string made_with() const;

 private:
  struct Place {
    const TileReader* store = nullptr;
    std::int64_t job = 0;
    RenderOptions options;
  };
  std::vector<std::unique_ptr<TileReader>> stores_;
  std::vector<Place> places_;
  std::vector<std::string> warnings_, missing_;
};

}  // namespace limpid
