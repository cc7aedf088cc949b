// Maps of a layer for pictures as an index's network was shown them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/session/session.h"
#include "tools/dataset/index_manifest.h"
#include "weights/model.h"

namespace limpid {

class LayerMaps {
 public:
  /// Of layer number `layer` of the manifest, which was built with these weights. Throws as Session does.
  LayerMaps(const IndexManifest& manifest, std::size_t layer, const std::shared_ptr<const Model>& model,
            const ComputeOptions& compute);

  /// Channels x height x width, after the ReLU, of a picture of the manifest's size. They stay until the next call.
  std::span<const float> of(const Image& shown);

 private:
  std::int64_t size_;
  Session session_;
  std::vector<float> maps_;
  std::vector<TensorView<float>> outputs_;
};

}  // namespace limpid
