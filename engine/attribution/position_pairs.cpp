#include "engine/attribution/position_pairs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/attribution/layers_between.h"
#include "engine/session/queries.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

class PairProducts {
 public:
  PairProducts(std::shared_ptr<const Model> model, const std::string& upper, const std::string& lower,
               Activations activations, const ComputeOptions& compute, int batch)
      : session_(std::move(model), options_between(upper, lower, compute)),
        lower_(std::move(activations)),
        batch_(batch),
        target_(session_.target_extents(0, batch, lower_.height, lower_.width)) {
    forward();
  }

  PositionPairs run() {
    PositionPairs pairs{
        static_cast<int>(target_[2]), static_cast<int>(target_[3]), lower_.height, lower_.width, {}, {}};
    for (std::size_t position = 0; position < positions(); ++position)
      pairs.lengths.push_back(static_cast<float>(length(position)));
    for (std::size_t first = 0; first < positions(); first += static_cast<std::size_t>(batch_))
      add_products(first, pairs.values);
    return pairs;
  }

 private:
  std::size_t positions() const { return static_cast<std::size_t>(target_[2] * target_[3]); }
  std::size_t channels() const { return static_cast<std::size_t>(target_[1]); }

  /// Every image of the batch is the same.
  void forward() {
    const Extents map{batch_, lower_.channels, lower_.height, lower_.width};
    const std::int64_t plane = map[2] * map[3];
    upper_.resize(static_cast<std::size_t>(target_[0]) * channels() * positions());
    const std::vector<TensorView<float>> outputs = {dense_view(upper_.data(), target_)};
    session_.forward({lower_.values.data(), map, {0, plane, map[3], 1}}, outputs);
  }

  double length(std::size_t position) const {
    double squares = 0;
    for (std::size_t c = 0; c < channels(); ++c) {
      const double value = upper_[c * positions() + position];
      squares += value * value;
    }
    return std::sqrt(squares);
  }

  /// Image i of the batch goes back from position first + i.
  void add_products(std::size_t first, std::vector<float>& values) {
    const std::size_t count = std::min(static_cast<std::size_t>(batch_), positions() - first);
    std::vector<float> cotangents(upper_.size());
    for (std::size_t i = 0; i < count; ++i) {
      const double norm = length(first + i);
      if (norm == 0) continue;
      for (std::size_t c = 0; c < channels(); ++c) {
        const std::size_t at = c * positions() + first + i;
        cotangents[i * channels() * positions() + at] = static_cast<float>(upper_[at] / norm);
      }
    }
    const std::vector<TensorView<const float>> views = {dense_view<const float>(cotangents.data(), target_)};
    std::vector<float> gradients(lower_.values.size() * static_cast<std::size_t>(batch_));
    session_.backward(views,
                      dense_view(gradients.data(), {batch_, lower_.channels, lower_.height, lower_.width}));
    for (std::size_t i = 0; i < count; ++i) add_row(gradients.data() + i * lower_.values.size(), values);
  }

  void add_row(const float* gradient, std::vector<float>& values) const {
    const auto plane = static_cast<std::size_t>(lower_.height) * static_cast<std::size_t>(lower_.width);
    std::vector<double> row(plane);
    for (std::size_t i = 0; i < lower_.values.size(); ++i)
      row[i % plane] += double{lower_.values[i]} * double{gradient[i]};
    values.insert(values.end(), row.begin(), row.end());
  }

  Session session_;
  Activations lower_;
  int batch_;
  Extents target_;
  std::vector<float> upper_;  ///< Of every image of the batch.
};

}  // namespace

PositionPairs attribute_positions(std::shared_ptr<const Model> model, const Image& photo,
                                  const std::string& upper, const std::string& lower,
                                  const ComputeOptions& compute, int batch) {
  Activations below = activations(*model, photo, lower, false, compute);
  return PairProducts(std::move(model), upper, lower, std::move(below), compute, batch).run();
}

}  // namespace limpid
