// The examples of an index, as a gallery takes them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/network/compute_options.h"
#include "tools/dataset/layer_maps.h"
#include "tools/dataset/unit_examples.h"
#include "tools/gallery/example_source.h"
#include "weights/model.h"

namespace limpid {

/// The layer of the channel that a job shows; empty where it shows no channel.
std::string layer_of_channel(const RenderOptions& job);

/// A map of height x width values, row by row, as text (`ExampleSource::map`): of at most 16 x 16 cells, each of which has the largest
/// value in it; what is not above 0 is 0.
std::string map_cells(std::span<const float> map, int height, int width);

/// How many those are.
GalleryCells cells_of_map(int height, int width);

/// Examples are numbered by their rows of the index's table.
class GalleryIndex final : public ExampleSource {
 public:
  /// `index` must outlive this.
  GalleryIndex(const IndexReader& index, ExampleRequest request)
      : index_(index), request_(std::move(request)) {}

  /// From now on maps are known: a picture that is read goes through the network once for each layer whose bands it is in. The
  /// weights are the index's.
  void look_again(std::shared_ptr<const Model> model, const ComputeOptions& compute);

  std::vector<GalleryBand> bands(const RenderOptions& job) override;
  /// As the network saw them.
  void read(std::span<const std::size_t> examples,
            const std::function<void(std::size_t place, const Pixels&)>& visit) override;
  std::string about() const override;
  QuantisedCurve histogram(const RenderOptions& job) override;
  GalleryCells cells(const RenderOptions& job) override;
  std::string map(const RenderOptions& job, std::size_t example) override;

  /// One line for each picture that could not be read.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::optional<IndexUnit> unit_of(const RenderOptions& job) const;
  void draw_maps(std::size_t row, const Image& picture);

  const IndexReader& index_;
  ExampleRequest request_;
  std::shared_ptr<const Model> model_;
  ComputeOptions compute_;
  std::map<std::size_t, std::map<std::size_t, std::set<int>>>
      wanted_;  ///< By row: of each layer the channels.
  std::map<std::tuple<std::size_t, int, std::size_t>, std::string> maps_;  ///< By layer, channel, row.
  std::map<std::size_t, std::unique_ptr<LayerMaps>> networks_;             ///< By layer.
  std::vector<std::string> failures_;
};

}  // namespace limpid
