// Network dissection: how often the units of a layer, and directions of random other bases, detect one concept.
//
// D. Bau, B. Zhou, A. Khosla, A. Oliva, A. Torralba: "Network Dissection: Quantifying Interpretability of Deep Visual
// Representations", CVPR 2017; the rotations are of its section 3.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/examples/example_pass.h"
#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "weights/model.h"

namespace limpid {

/// Of all positions of all pictures, one in so many may be above a unit's threshold: P(a > T) = 0.005.
inline constexpr std::int64_t kPositionsPerActive = 200;
/// A unit whose IoU with a concept is above this is a detector of it.
inline constexpr double kDetectorIou = 0.04;
/// Of the rotations of a layer.
inline constexpr int kMostRotations = 1000;

/// A picture that shows one concept, and where.
struct ConceptPicture {
  Image image;                     ///< side x side, RGB in [0, 1].
  std::vector<float> mask;         ///< side x side, in [0, 1]; 0.5 and more is of the concept.
  std::size_t concept_number = 0;  ///< Below the request's `concepts`.
};

/// A matrix of channels x channels, row by row, whose rows are the directions of a basis.
using RotationSource = std::function<std::vector<float>(int channels, int number)>;

struct DissectionRequest {
  std::vector<ExampleLayer> layers;  ///< Of `example_layers`; what they are after their ReLUs is dissected.
  int side = 0;                      ///< Of the pictures, which the layers' maps are of.
  std::size_t concepts = 0;
  std::size_t pictures = 0;
  int rotations = 10;  ///< Other bases of each layer, 0 to kMostRotations.
  std::uint64_t seed = 0;
  RotationSource rotation = {};  ///< In place of `random_rotation` of the seed.
  int batch = 8;                 ///< Pictures of a pass, 1 to kMostBatch. It changes no result.
  ComputeOptions compute;
  /// Of bases that are looked at in one round over the pictures: 512 MiB. Where they need more, there are more rounds; one
  /// basis is the least. It changes no result.
  std::size_t bytes = std::size_t{512} << 20U;
};

/// A direction, and the concept that it answers to best.
struct DissectedUnit {
  /// With the largest IoU, of equal ones the first.
  std::size_t concept_number = 0;
  /// The least of the direction's values with one in kPositionsPerActive or fewer above it.
  float threshold = 0;
  std::int64_t active = 0;     ///< Positions above the threshold: ones that equal it are not.
  std::int64_t in_common = 0;  ///< Of these, those that the concept covers.
  std::int64_t in_either = 0;  ///< Those that are active or that the concept covers, over all pictures.

  /// Intersection over union; 0 where both are empty.
  double iou() const {
    return in_either == 0 ? 0 : static_cast<double>(in_common) / static_cast<double>(in_either);
  }
  bool detects() const { return iou() > kDetectorIou; }

  bool operator==(const DissectedUnit&) const = default;
};

/// One basis of a layer.
struct DissectedBasis {
  std::vector<DissectedUnit> units;  ///< Its channels, or the rows of the rotation.

  std::size_t detectors() const;
  /// How many different concepts they detect.
  std::size_t distinct_concepts() const;
  /// Of the units' best IoU, detectors or not: it differs where nearly all, or none, are detectors. 0 of no units.
  double mean_iou() const;

  bool operator==(const DissectedBasis&) const = default;
};

struct DissectedLayer {
  ExampleLayer layer;
  std::int64_t positions = 0;         ///< Of all pictures.
  std::vector<std::int64_t> covered;  ///< Of each concept: the positions that it covers.
  DissectedBasis basis;               ///< The layer's own channels.
  std::vector<DissectedBasis> rotations;
};

/// Dissects the layers: maps, not what is pooled of them, are turned. A picture whose concept is another counts as one where
/// the concept is nowhere, what else it may show. `picture` gives number 0 to `pictures` - 1, called by several threads at
/// once and once in each round; what it throws ends the work. `progress` is told after each pass how many of all pictures of
/// all rounds were looked at.
///
/// One round is enough to have both thresholds and counts, since a picture has one concept: of each direction the largest
/// values are kept, 1 in kPositionsPerActive, each with whether its picture's concept covers it and which that is. Memory
/// grows by 16 bytes for each of them; a second pass with known thresholds would compute the network twice to save that.
///
/// The results depend on neither the batch, the number of threads nor the order of the pictures. Throws Error{usage} for
/// a layer of one position, Error{input} where there are fewer than kPositionsPerActive positions, and Error{runtime} where
/// a value is not finite.
std::vector<DissectedLayer> dissect(const std::shared_ptr<const Model>& model,
                                    const DissectionRequest& request,
                                    const std::function<ConceptPicture(std::size_t number)>& picture,
                                    const std::function<void(std::size_t done, std::size_t all)>& progress);

}  // namespace limpid
