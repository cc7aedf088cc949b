// One vector of a layer out of each of many pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/session/session.h"
#include "tools/atlas/atlas_file.h"
#include "weights/model.h"

namespace limpid {

struct CollectOptions {
  std::string layer;       ///< By any name.
  int size = 0;            ///< Of the square pictures.
  int batch = 8;           ///< Pictures of a pass. It changes no value.
  std::uint64_t seed = 0;  ///< Of the places.
  bool classes = true;     ///< Whether to say what each vector argues for.
  /// Is told of pictures of which a vector, or what it argues for, is not finite, by their names. They are left out.
  std::function<void(const std::string& name)> not_finite = [](const std::string&) {};
  ComputeOptions compute;
};

/// Takes pictures, in any order, and makes an atlas without a layout. The place in a picture's map is drawn by
/// UnitHash(seed, layer, 0) of its digest: uniform over the positions that are not at the border, where a map has such, for
/// those see what is not the picture (Carter et al. 2019, "Activation Atlas"). What a vector argues for is the product of the
/// Jacobian of the logits with it, at its place, in that picture: one push for all classes.
class VectorCollector {
 public:
  /// Throws Error{usage} for a layer that is unknown or named before its ReLU, and as Session does: for classes, where the logits are not
  /// computed from the layer alone, too.
  VectorCollector(std::shared_ptr<const Model> model, const CollectOptions& options);

  const std::string& layer() const { return layer_; }

  /// A picture of size x size; `name` is for people. One whose digest came before is left out.
  void add(const Sha256Digest& digest, const Image& picture, std::string name);

  /// Pictures whose vectors are zeros alone, which have no direction: they are left out.
  std::size_t silent() const { return silent_; }

  /// Of all that were added, in order of digest.
  Atlas take();

 private:
  struct One {
    Sha256Digest digest{};
    std::string name;
    std::int32_t row = 0, column = 0;
    std::vector<float> vector, effects;
  };

  void run();
  void push_effects(std::size_t waiting);

  std::string layer_;
  CollectOptions options_;
  std::size_t channels_, classes_, positions_;
  int height_ = 0, width_ = 0;
  Session session_;
  std::optional<Session> tail_;
  std::vector<float> input_, maps_, tangents_, pushed_;
  std::vector<One> waiting_, all_;
  std::size_t silent_ = 0;
};

}  // namespace limpid
