// Batches of pictures through a network, and what is kept of every unit's map.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/examples/map_statistics.h"
#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/network/receptive_field.h"
#include "engine/network/threads.h"
#include "engine/session/session.h"
#include "weights/model.h"

namespace limpid {

/// A layer whose units are looked at.
struct ExampleLayer {
  std::string name;  ///< Canonical.
  int channels = 0, height = 0, width = 0;
  ReceptiveField field;

  bool operator==(const ExampleLayer&) const = default;
};

/// The layers for square pictures of that size, in forward order, each once. Throws Error{usage} for a name nobody knows,
/// one of values before a ReLU, and a picture that is too small.
std::vector<ExampleLayer> example_layers(const Model& model, const std::vector<std::string>& names, int size);

/// All channels of the layers together.
std::size_t unit_count(std::span<const ExampleLayer> layers);

/// One pass of the network gives the maps of all layers, before their ReLUs where they have them. What a picture gives is
/// independent of the rest of its batch and of the number of threads, to the bit.
class ExamplePass {
 public:
  /// `batch`: pictures of a pass, from 1 to kMostBatch. Throws as Session does.
  ExamplePass(std::shared_ptr<const Model> model, std::vector<ExampleLayer> layers, int size, int batch,
              const ComputeOptions& compute);

  int batch() const { return batch_; }

  /// Of up to `batch` pictures of size x size x 3, RGB in [0, 1]: of the first picture the units of the first layer, of
  /// the second layer..., then those of the second picture. They stay until the next call. Throws Error{runtime} where a
  /// value is not finite.
  std::span<const MapStatistics> run(std::span<const Image> pictures);

 private:
  std::vector<ExampleLayer> layers_;
  int size_, batch_;
  std::size_t units_;
  std::vector<bool> relu_;  ///< Of each layer.
  Session session_;
  HostThreads threads_;
  std::vector<float> input_;              ///< batch x size x size x 3.
  std::vector<std::vector<float>> maps_;  ///< Of each layer: batch x its channels x its map.
  std::vector<MapStatistics> statistics_;
};

}  // namespace limpid
