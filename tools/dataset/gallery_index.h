// The examples of an index, as a gallery takes them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/dataset/unit_examples.h"
#include "tools/gallery/example_source.h"

namespace limpid {

/// The layer of the channel that a job shows; empty where it shows no channel.
std::string layer_of_channel(const RenderOptions& job);

/// Examples are numbered by their rows of the index's table.
class GalleryIndex final : public ExampleSource {
 public:
  /// `index` must outlive this.
  GalleryIndex(const IndexReader& index, ExampleRequest request)
      : index_(index), request_(std::move(request)) {}

  std::vector<GalleryBand> bands(const RenderOptions& job) override;
  /// As the network saw them.
  void read(std::span<const std::size_t> examples,
            const std::function<void(std::size_t place, const Pixels&)>& visit) override;
  std::string about() const override;

  /// One line for each picture that could not be read.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  const IndexReader& index_;
  ExampleRequest request_;
  std::vector<std::string> failures_;
};

}  // namespace limpid
