// What a layer makes of examples, at the place where a unit is most active.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "tools/dataset/unit_examples.h"
#include "weights/model.h"

namespace limpid {

struct ExampleVector {
  Example example;
  Image shown;                ///< The picture as the network sees it.
  std::vector<float> vector;  ///< All channels of the layer, after the ReLU, at the example's place.
};

struct ExampleVectors {
  std::vector<ExampleVector> found;   ///< In the order of the examples; what cannot be read is left out.
  std::vector<std::string> failures;  ///< One line for each of those.
};

/// Of examples of a unit, with the weights that the index was built with.
ExampleVectors example_vectors(const IndexReader& index, const std::shared_ptr<const Model>& model,
                               const IndexUnit& unit, std::span<const Example> examples,
                               const ComputeOptions& compute);

}  // namespace limpid
