#include "engine/dissection/dissect.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <set>
#include <utility>

#include "engine/dissection/covered_cells.h"
#include "engine/dissection/rotation.h"
#include "engine/dissection/top_activations.h"
#include "engine/network/threads.h"
#include "engine/session/session.h"
#include "kernels/core/error.h"
#include "kernels/core/parallel.h"

namespace limpid {
namespace {

std::size_t positions_of(const ExampleLayer& layer) {
  return static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);
}

/// What is noted of a value: the picture's concept, and whether it covers the position.
std::uint32_t tag_of(std::size_t concept_number, bool covered) {
  return static_cast<std::uint32_t>(2 * concept_number + (covered ? 1 : 0));
}

/// A basis of a layer while pictures are looked at.
struct BasisRound {
  std::size_t layer = 0;
  int number = -1;  ///< Of a rotation; -1 for the layer's own channels.
  std::vector<float> rotation = {};
  std::vector<TopActivations> units = {};
};

/// Of one layer, for the pictures of a pass.
struct LayerPass {
  std::size_t layer = 0;                         ///< Of the request.
  std::vector<float> maps;                       ///< Pictures x channels x positions.
  std::vector<std::vector<std::uint32_t>> tags;  ///< Of each picture's positions.
};

/// The concept with the largest IoU. `values` are those above the threshold.
DissectedUnit best_concept(const std::vector<TaggedValue>& values, std::span<const std::int64_t> covered) {
  std::vector<std::int64_t> in_common(covered.size());
  for (const TaggedValue& value : values) in_common[value.tag / 2] += value.tag % 2;
  const auto active = static_cast<std::int64_t>(values.size());
  DissectedUnit best;
  for (std::size_t c = 0; c < covered.size(); ++c) {
    const DissectedUnit unit{c, 0, active, in_common[c], active + covered[c] - in_common[c]};
    if (c == 0 || unit.iou() > best.iou()) best = unit;
  }
  return best;
}

class Dissection {
 public:
  Dissection(const std::shared_ptr<const Model>& model, const DissectionRequest& request,
             const std::function<ConceptPicture(std::size_t)>& picture,
             const std::function<void(std::size_t, std::size_t)>& progress)
      : model_(model),
        request_(request),
        picture_(picture),
        progress_(progress),
        threads_(request.compute.threads) {
    for (const ExampleLayer& layer : request.layers) {
      DissectedLayer& dissected = layers_.emplace_back();
      dissected.layer = layer;
      dissected.positions = static_cast<std::int64_t>(positions_of(layer) * request.pictures);
      dissected.covered.resize(request.concepts);
      dissected.rotations.resize(static_cast<std::size_t>(request.rotations));
      check(dissected);
    }
  }

  std::vector<DissectedLayer> run() {
    std::vector<std::vector<BasisRound>> rounds = plan_rounds();
    all_ = rounds.size() * request_.pictures;
    for (std::size_t r = 0; r < rounds.size(); ++r) {
      run_round(rounds[r]);
      for (BasisRound& basis : rounds[r]) finish(basis);
      rounds[r].clear();
    }
    return std::move(layers_);
  }

 private:
  static void check(const DissectedLayer& dissected) {
    if (positions_of(dissected.layer) == 1)
      fail_usage("'{}' has one position, which cannot be compared with masks", dissected.layer.name);
    if (dissected.positions < kPositionsPerActive) {
      fail_input("{} positions of {} in all pictures: a unit's largest 0.5 % take {}; give more pictures",
                 dissected.positions, dissected.layer.name, kPositionsPerActive);
    }
  }

  std::size_t rank(std::size_t layer) const {
    return static_cast<std::size_t>(layers_[layer].positions / kPositionsPerActive);
  }

  std::size_t bytes(const BasisRound& basis) const {
    const auto channels = static_cast<std::size_t>(layers_[basis.layer].layer.channels);
    // A matrix is made in double precision.
    const std::size_t rotation = basis.number < 0 ? 0 : channels * channels * 3 * sizeof(float);
    return rotation + channels * TopActivations::bytes(rank(basis.layer));
  }

  std::vector<std::vector<BasisRound>> plan_rounds() const {
    std::vector<std::vector<BasisRound>> rounds;
    std::size_t used = 0;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      for (int number = -1; number < request_.rotations; ++number) {
        const BasisRound basis{layer, number};
        const std::size_t needed = bytes(basis);
        if (rounds.empty() || used + needed > request_.bytes) {
          rounds.emplace_back();
          used = 0;
        }
        rounds.back().push_back(basis);
        used += needed;
      }
    }
    return rounds;
  }

  /// Makes the round's matrices, and looks at all pictures.
  void run_round(std::vector<BasisRound>& bases) {
    std::vector<LayerPass> passes;
    SessionOptions options;
    options.backward = false;
    options.compute = request_.compute;
    for (BasisRound& basis : bases) {
      const ExampleLayer& layer = layers_[basis.layer].layer;
      basis.units.assign(static_cast<std::size_t>(layer.channels), TopActivations(rank(basis.layer)));
      if (basis.number >= 0) basis.rotation = rotation(layer.channels, basis.number);
      if (!passes.empty() && passes.back().layer == basis.layer) continue;
      options.targets.push_back(layer.name);
      const auto batch = static_cast<std::size_t>(request_.batch);
      passes.push_back(
          {basis.layer,
           std::vector<float>(batch * static_cast<std::size_t>(layer.channels) * positions_of(layer)),
           std::vector<std::vector<std::uint32_t>>(batch)});
    }
    Session session(model_, options);
    for (std::size_t first = 0; first < request_.pictures;) {
      const std::size_t count = std::min(static_cast<std::size_t>(request_.batch), request_.pictures - first);
      look(session, first, count, passes);
      keep(bases, passes, count);
      first += count;
      done_ += count;
      progress_(done_, all_);
    }
  }

  std::vector<float> rotation(int channels, int number) {
    if (request_.rotation) return request_.rotation(channels, number);
    return random_rotation(channels, request_.seed, static_cast<std::uint32_t>(number), threads_.stream());
  }

  /// Pictures `first` and after it, each made by a thread.
  std::vector<ConceptPicture> pictures(std::size_t first, std::size_t count) {
    std::vector<ConceptPicture> found(count);
    std::vector<std::exception_ptr> failures(count);
    parallel_for(threads_.stream(), static_cast<std::int64_t>(count), [&](std::int64_t index) {
      const auto i = static_cast<std::size_t>(index);
      try {
        found[i] = picture_(first + i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
    return found;
  }

  void look(Session& session, std::size_t first, std::size_t count, std::vector<LayerPass>& passes) {
    const std::int64_t side = request_.side;
    const auto values = static_cast<std::size_t>(side * side * 3);
    // A batch that is not full keeps its size, for which the network is planned.
    input_.resize(static_cast<std::size_t>(request_.batch) * values);
    const std::vector<ConceptPicture> found = pictures(first, count);
    for (std::size_t i = 0; i < count; ++i) {
      const ConceptPicture& picture = found[i];
      if (picture.image.rgb.size() != values || picture.mask.size() * 3 != values)
        fail_usage("picture {} or its mask is not of {} x {} pixels", first + i, side, side);
      if (picture.concept_number >= request_.concepts)
        fail_usage("picture {} is of concept {}, there are {}", first + i, picture.concept_number,
                   request_.concepts);
      std::ranges::copy(picture.image.rgb, input_.begin() + static_cast<std::ptrdiff_t>(i * values));
      for (LayerPass& pass : passes) pass.tags[i] = tags_of(pass.layer, picture);
    }
    std::vector<TensorView<float>> outputs;
    for (LayerPass& pass : passes) {
      const ExampleLayer& layer = layers_[pass.layer].layer;
      outputs.push_back(
          dense_view(pass.maps.data(), {request_.batch, layer.channels, layer.height, layer.width}));
    }
    session.forward({input_.data(), {request_.batch, 3, side, side}, {side * side * 3, 1, side * 3, 3}},
                    outputs);
    for (const LayerPass& pass : passes) check_finite(pass, count);
  }

  /// Of a picture's positions; what the concept covers is counted in the round of the layer's own channels.
  std::vector<std::uint32_t> tags_of(std::size_t number, const ConceptPicture& picture) const {
    const ExampleLayer& layer = layers_[number].layer;
    std::vector<std::uint32_t> tags;
    for (const std::uint8_t covered : covered_cells(picture.mask, request_.side, layer.height, layer.width))
      tags.push_back(tag_of(picture.concept_number, covered == 1));
    return tags;
  }

  void check_finite(const LayerPass& pass, std::size_t count) const {
    const std::size_t values = pass.maps.size() / static_cast<std::size_t>(request_.batch) * count;
    if (!std::all_of(pass.maps.begin(), pass.maps.begin() + static_cast<std::ptrdiff_t>(values),
                     [](float value) { return std::isfinite(value); }))
      fail_runtime("the network's values are not finite; try --precision fp32");
  }

  /// A few directions of a basis, which are one thread's.
  struct UnitBlock {
    BasisRound* basis;
    const LayerPass* pass;
    std::size_t first, count;
  };

  void keep(std::vector<BasisRound>& bases, const std::vector<LayerPass>& passes, std::size_t count) {
    std::vector<UnitBlock> blocks;
    std::size_t most_positions = 0;
    for (BasisRound& basis : bases) {
      const LayerPass& pass = *std::ranges::find(passes, basis.layer, &LayerPass::layer);
      if (basis.number < 0) count_covered(pass, count);
      most_positions = std::max(most_positions, positions_of(layers_[basis.layer].layer));
      for (std::size_t first = 0; first < basis.units.size(); first += kTurnedDirections) {
        blocks.push_back(
            {&basis, &pass, first, std::min<std::size_t>(kTurnedDirections, basis.units.size() - first)});
      }
    }
    const Stream stream = threads_.stream();
    const std::size_t scratch = kTurnedDirections * most_positions;
    turned_.resize(static_cast<std::size_t>(stream.threads()) * scratch);
    std::vector<std::exception_ptr> failures(blocks.size());
    parallel_for_worker(
        stream, static_cast<std::int64_t>(blocks.size()), [&](std::int64_t index, int worker) {
          const auto block = static_cast<std::size_t>(index);
          try {
            keep_units(blocks[block], count,
                       std::span(turned_).subspan(static_cast<std::size_t>(worker) * scratch, scratch));
          } catch (...) {  // Memory.
            failures[block] = std::current_exception();
          }
        });
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }

  void count_covered(const LayerPass& pass, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      for (const std::uint32_t tag : pass.tags[i]) layers_[pass.layer].covered[tag / 2] += tag % 2;
    }
  }

  void keep_units(const UnitBlock& block, std::size_t count, std::span<float> scratch) const {
    const ExampleLayer& layer = layers_[block.pass->layer].layer;
    const std::size_t positions = positions_of(layer);
    const auto channels = static_cast<std::size_t>(layer.channels);
    const std::size_t picture = channels * positions;
    for (std::size_t i = 0; i < count; ++i) {
      std::span<const float> maps = std::span(block.pass->maps).subspan(i * picture, picture);
      if (block.basis->number >= 0) {
        const std::span<float> turned = scratch.first(block.count * positions);
        turn_maps(std::span(block.basis->rotation).subspan(block.first * channels, block.count * channels),
                  layer.channels, maps, turned);
        maps = turned;
      } else {
        maps = maps.subspan(block.first * positions, block.count * positions);
      }
      const std::vector<std::uint32_t>& tags = block.pass->tags[i];
      for (std::size_t d = 0; d < block.count; ++d) {
        TopActivations& unit = block.basis->units[block.first + d];
        for (std::size_t p = 0; p < positions; ++p) unit.offer(maps[d * positions + p], tags[p]);
      }
    }
  }

  void finish(BasisRound& basis) {
    DissectedLayer& layer = layers_[basis.layer];
    DissectedBasis& dissected =
        basis.number < 0 ? layer.basis : layer.rotations[static_cast<std::size_t>(basis.number)];
    for (TopActivations& unit : basis.units) {
      DissectedUnit found = best_concept(unit.above(), layer.covered);
      found.threshold = unit.threshold();
      dissected.units.push_back(found);
    }
  }

  std::shared_ptr<const Model> model_;
  const DissectionRequest& request_;
  const std::function<ConceptPicture(std::size_t)>& picture_;
  const std::function<void(std::size_t, std::size_t)>& progress_;
  HostThreads threads_;
  std::vector<DissectedLayer> layers_;
  std::size_t done_ = 0, all_ = 0;
  std::vector<float> input_;   ///< Pictures x side x side x 3.
  std::vector<float> turned_;  ///< Of each thread: kTurnedDirections x positions.
};

}  // namespace

std::size_t DissectedBasis::detectors() const {
  return static_cast<std::size_t>(std::ranges::count_if(units, &DissectedUnit::detects));
}

std::size_t DissectedBasis::distinct_concepts() const {
  std::set<std::size_t> found;
  for (const DissectedUnit& unit : units) {
    if (unit.detects()) found.insert(unit.concept_number);
  }
  return found.size();
}

double DissectedBasis::mean_iou() const {
  double sum = 0;
  for (const DissectedUnit& unit : units) sum += unit.iou();
  return units.empty() ? 0 : sum / static_cast<double>(units.size());
}

std::vector<DissectedLayer> dissect(const std::shared_ptr<const Model>& model,
                                    const DissectionRequest& request,
                                    const std::function<ConceptPicture(std::size_t)>& picture,
                                    const std::function<void(std::size_t, std::size_t)>& progress) {
  return Dissection(model, request, picture, progress).run();
}

}  // namespace limpid
