#include "tools/atlas/collect_vectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/network/layers.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

std::string layer_after_relu(const Model& model, const std::string& name) {
  const NamedLayer named = require_layer(model, name);
  if (named.pre_relu) fail_usage("'{}' is before a ReLU: '{}' is looked at after it", name, named.layer);
  return named.layer;
}

SessionOptions session_to(const std::string& target, const std::string& start,
                          const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = {target};
  options.start = start;
  options.backward = false;
  options.push = !start.empty();
  options.compute = compute;
  return options;
}

/// One of the inner positions of a line, or of all where it has no inner ones.
int place_on_line(std::uint32_t bits, int length) {
  const int border = length > 2 ? 1 : 0;
  const auto choices = static_cast<std::uint64_t>(length - 2 * border);
  return border + static_cast<int>(std::uint64_t{bits} * choices >> 32U);
}

bool all_finite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& values) {
  to.insert(to.end(), values.begin(), values.end());
}

}  // namespace

VectorCollector::VectorCollector(std::shared_ptr<const Model> model, const CollectOptions& options)
    : layer_(layer_after_relu(*model, options.layer)),
      options_(options),
      channels_(static_cast<std::size_t>(channel_count(*model, layer_))),
      classes_(options.classes ? static_cast<std::size_t>(model->class_count()) : 0),
      session_(model, session_to(layer_, "", options.compute)) {
  const Extents map = session_.target_extents(0, options.batch, options.size, options.size);
  height_ = static_cast<int>(map[2]);
  width_ = static_cast<int>(map[3]);
  positions_ = static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_);
  const auto batch = static_cast<std::size_t>(options.batch);
  input_.resize(batch * 3 * static_cast<std::size_t>(options.size) * static_cast<std::size_t>(options.size));
  maps_.resize(batch * channels_ * positions_);
  if (!options.classes) return;
  tail_.emplace(model, session_to("logits", layer_, options.compute));
  tangents_.resize(maps_.size());
  pushed_.resize(batch * classes_);
}

void VectorCollector::add(const Sha256Digest& digest, const Image& picture, std::string name) {
  const std::size_t values = input_.size() / static_cast<std::size_t>(options_.batch);
  if (picture.rgb.size() != values)
    fail_usage("a picture of {}x{} for an atlas of {}x{}", picture.height, picture.width, options_.size,
               options_.size);
  std::ranges::copy(picture.rgb, input_.begin() + static_cast<std::ptrdiff_t>(waiting_.size() * values));
  const std::uint64_t bits = UnitHash(options_.seed, layer_, 0)(digest);
  waiting_.push_back({digest,
                      std::move(name),
                      place_on_line(static_cast<std::uint32_t>(bits), height_),
                      place_on_line(static_cast<std::uint32_t>(bits >> 32U), width_),
                      {},
                      {}});
  if (waiting_.size() == static_cast<std::size_t>(options_.batch)) run();
}

void VectorCollector::run() {
  if (waiting_.empty()) return;
  // A batch that is not full keeps its size, for which the network is planned; what is left in it is not looked at.
  const std::int64_t size = options_.size;
  const std::array outputs = {dense_view(
      maps_.data(), Extents{options_.batch, static_cast<std::int64_t>(channels_), height_, width_})};
  session_.forward({input_.data(), {options_.batch, 3, size, size}, {size * size * 3, 1, size * 3, 3}},
                   outputs);
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    One& one = waiting_[i];
    const auto place = static_cast<std::size_t>(one.row * width_ + one.column);
    for (std::size_t c = 0; c < channels_; ++c)
      one.vector.push_back(maps_[(i * channels_ + c) * positions_ + place]);
  }
  if (tail_) push_effects(waiting_.size());
  for (One& one : waiting_) {
    if (!all_finite(one.vector) || !all_finite(one.effects)) {
      options_.not_finite(one.name);
    } else if (std::ranges::all_of(one.vector, [](float value) { return value == 0; })) {
      ++silent_;
    } else {
      all_.push_back(std::move(one));
    }
  }
  waiting_.clear();
}

void VectorCollector::push_effects(std::size_t waiting) {
  const Extents extents{options_.batch, static_cast<std::int64_t>(channels_), height_, width_};
  std::ranges::fill(tangents_, 0.0F);
  for (std::size_t i = 0; i < waiting; ++i) {
    const auto place = static_cast<std::size_t>(waiting_[i].row * width_ + waiting_[i].column);
    for (std::size_t c = 0; c < channels_; ++c)
      tangents_[(i * channels_ + c) * positions_ + place] = waiting_[i].vector[c];
  }
  tail_->forward(dense_view<const float>(maps_.data(), extents), {});
  const std::array outputs = {
      dense_view(pushed_.data(), tail_->target_extents(0, options_.batch, height_, width_))};
  tail_->push(dense_view<const float>(tangents_.data(), extents), outputs);
  for (std::size_t i = 0; i < waiting; ++i) {
    const auto begin = pushed_.begin() + static_cast<std::ptrdiff_t>(i * classes_);
    waiting_[i].effects.assign(begin, begin + static_cast<std::ptrdiff_t>(classes_));
  }
}

Atlas VectorCollector::take() {
  run();
  std::ranges::sort(all_, {}, &One::digest);
  const auto copies = std::ranges::unique(all_, {}, &One::digest);
  all_.erase(copies.begin(), copies.end());
  Atlas atlas;
  atlas.layer = layer_;
  atlas.channels = channels_;
  atlas.classes = classes_;
  for (const One& one : all_) {
    atlas.pictures.push_back(one.digest);
    append(atlas.places, {one.row, one.column});
    append(atlas.vectors, one.vector);
    append(atlas.effects, one.effects);
  }
  all_.clear();
  return atlas;
}

}  // namespace limpid
