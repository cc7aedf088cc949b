#include "engine/image/staged_views.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/ops/draw_value.h"
#include "kernels/ops/transform_list.h"

namespace limpid {
namespace {

/// lucent enlarges what is smaller to what InceptionV1 was trained on.
constexpr int kLucentInput = 224;

/// Of a jitter: how many pixels there are to choose from in each dimension.
std::uint32_t jitter_choices(ViewStyle style, int pixels) {
  const auto count = static_cast<std::uint32_t>(pixels);
  switch (style) {
    case ViewStyle::lucent:
      return std::max(count, 1U);
    case ViewStyle::captum:
      return std::max(2 * count, 1U);
    default:
      return count + 1;
  }
}

int pixels_of(const Transform& transform) {
  return static_cast<int>(transform.arguments.front().first);
}

/// Builds the stages of one list.
class Stages {
 public:
  Stages(ViewStyle style, int h, int w) : style_(style), h_(h), w_(w) {}

  void apply(const Transform& transform, const StagedDraw& draw) {
    const int pixels = pixels_of(transform);
    switch (transform.kind) {
      case TransformKind::pad:
        return place(h_ + 2 * pixels, w_ + 2 * pixels, -pixels, -pixels, transform.arguments[1].first);
      case TransformKind::reflect_pad:
        return reflect(h_ + 2 * pixels, w_ + 2 * pixels, -pixels, -pixels, pixels);
      case TransformKind::jitter:
        return jitter(pixels, draw);
      case TransformKind::scale:
        return scale(draw.value);
      case TransformKind::rotate:
        return rotate(draw.value);
      default:
        return;
    }
  }

  /// align_corners: the outermost pixels stay the outermost.
  void resize_corners(int h, int w) {
    const auto axis = [](int from, int to) {
      return SampleAxis{to > 1 && from > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : 1, 0,
                        1, 0};
    };
    add(h, w, {axis(h_, h), axis(w_, w), 0});
  }

  const std::vector<ViewStage>& stages() const { return stages_; }

  /// Height and width of a canvas so many times as large, before lucent's zeros around it.
  std::pair<int, int> scaled(float factor) const {
    const auto extent = [&](int from) {
      const float exact = factor * static_cast<float>(from);
      return static_cast<int>(style_ == ViewStyle::lucent ? std::ceil(exact) : exact);
    };
    return {extent(h_), extent(w_)};
  }

 private:
  void jitter(int pixels, const StagedDraw& draw) {
    switch (style_) {
      case ViewStyle::lucent:  // A move to the right and down, zeros behind it.
        return place(h_, w_, -draw.y, -draw.x, 0);
      case ViewStyle::captum:  // A window on the picture and its mirrored border.
        return reflect(h_, w_, draw.y - pixels, draw.x - pixels, pixels);
      default:  // A window on the picture, which is so much smaller.
        return place(h_ - pixels, w_ - pixels, draw.y, draw.x, 0);
    }
  }

  void scale(float factor) {
    const auto [to_h, to_w] = scaled(factor);
    if (style_ == ViewStyle::lucent) {
      const int old_h = h_, old_w = w_;
      resize_corners(to_h, to_w);
      const int more_h = std::max(0, (old_h - h_ + 1) / 2), more_w = std::max(0, (old_w - w_ + 1) / 2);
      if (more_h + more_w > 0) place(h_ + 2 * more_h, w_ + 2 * more_w, -more_h, -more_w, 0);
      return;
    }
    if (style_ == ViewStyle::captum) {  // Centres of pixels half a pixel from their corners.
      const auto axis = [factor](int from, int to) {
        if (to == from) return SampleAxis{};  // PyTorch copies what stays as large.
        return SampleAxis{1 / factor, 0.5F / factor - 0.5F, 1, 0};
      };
      return add(to_h, to_w, {axis(h_, to_h), axis(w_, to_w), 0});
    }
    // TensorFlow 1: corner 0 stays where it is.
    const auto axis = [](int from, int to) {
      return SampleAxis{static_cast<float>(from) / static_cast<float>(std::max(to, 1)), 0, 1, 0};
    };
    add(to_h, to_w, {axis(h_, to_h), axis(w_, to_w), 0});
  }

  void rotate(float degrees) {
    const bool lucid = style_ == ViewStyle::lucid;
    const float radians = degrees * (lucid ? 3.14F : 3.14159265F) / 180;
    const float cosine = std::cos(radians), sine = std::sin(radians);
    const float x = static_cast<float>(w_ - 1), y = static_cast<float>(h_ - 1);
    ViewStage stage;
    stage.kind = lucid ? ViewStage::Kind::nearest_turn : ViewStage::Kind::turn;
    stage.h = h_;
    stage.w = w_;
    stage.map = {cosine, -sine,  (x - (cosine * x - sine * y)) / 2,
                 sine,   cosine, (y - (sine * x + cosine * y)) / 2};
    stages_.push_back(stage);
  }

  /// A window whose first pixel lies at (y, x) of the canvas.
  void place(int h, int w, int y, int x, float fill) {
    add(h, w, {{1, static_cast<float>(y), 0, 0}, {1, static_cast<float>(x), 0, 0}, fill});
  }

  void reflect(int h, int w, int y, int x, int pixels) {
    if (pixels >= std::min(h_, w_)) {
      fail_usage("{} pixels are mirrored, more than there are: {}x{} pixels can be mirrored by at most {}",
                 pixels, h_, w_, std::min(h_, w_) - 1);
    }
    add(h, w, {{1, static_cast<float>(y), 0, pixels}, {1, static_cast<float>(x), 0, pixels}, 0});
  }

  void add(int h, int w, const ResampleRule& rule) {
    if (h < 1 || w < 1) {
      fail_usage(
          "nothing is left of a picture once transforms made {}x{} pixels of it {}x{}: a larger one is "
          "needed",
          h_, w_, std::max(h, 0), std::max(w, 0));
    }
    if (std::max(h, w) > kLargestSide) {
      fail_usage("transforms make {}x{} pixels of a picture's {}x{}: at most {} a side", h, w, h_, w_,
                 kLargestSide);
    }
    stages_.push_back({ViewStage::Kind::resample, h, w, rule, {}});
    h_ = h;
    w_ = w;
  }

  ViewStyle style_;
  int h_, w_;
  std::vector<ViewStage> stages_;
};

/// What the canvas that the list leaves is resampled to; nothing where it is shown as it is.
std::optional<std::array<int, 2>> end_size(const Transforms& transforms, int h, int w) {
  if (transforms.seen) return transforms.seen;
  if (transforms.style != ViewStyle::lucent || std::min(h, w) >= kLucentInput) return std::nullopt;
  return std::array{kLucentInput, kLucentInput};
}

[[noreturn]] void refuse_sizes(const Transforms& transforms) {
  fail_usage(
      "transforms '{}' lead to more than {} sizes of a picture's views, each of which needs a network of its "
      "own: fewer values of scale make fewer",
      to_string(transforms), kMostCanvasSizes);
}

}  // namespace

std::vector<StagedDraw> draw_staged(const Transforms& transforms, const SlotKey& key) {
  RandomStream random(key, RandomPurpose::augmentation);
  std::vector<StagedDraw> draws;
  for (const Transform& transform : transforms.list) {
    StagedDraw draw;
    if (transform.kind == TransformKind::jitter) {
      const std::uint32_t choices = jitter_choices(transforms.style, pixels_of(transform));
      draw.x = static_cast<int>(random.below(choices));
      draw.y = static_cast<int>(random.below(choices));
    } else if (transform.kind == TransformKind::scale || transform.kind == TransformKind::rotate) {
      const std::vector<ValueRange> ranges = value_ranges(transform);
      draw.value = draw_value(random, ranges.data(), static_cast<int>(ranges.size()));
    }
    draws.push_back(draw);
  }
  return draws;
}

std::vector<ViewStage> stages_of(const Transforms& transforms, const std::vector<StagedDraw>& draws, int h,
                                 int w) {
  Stages stages(transforms.style, h, w);
  for (std::size_t i = 0; i < transforms.list.size(); ++i) stages.apply(transforms.list[i], draws[i]);
  if (const auto end = end_size(transforms, h, w)) stages.resize_corners((*end)[0], (*end)[1]);
  return stages.stages();
}

CanvasSizes sizes_of(const std::vector<ViewStage>& stages) {
  CanvasSizes sizes;
  for (const ViewStage& stage : stages) sizes.emplace_back(stage.h, stage.w);
  return sizes;
}

std::map<CanvasSizes, std::vector<ViewStage>> every_size(const Transforms& transforms, int h, int w) {
  std::map<CanvasSizes, Stages> ways;
  ways.try_emplace({}, transforms.style, h, w);
  for (const Transform& transform : transforms.list) {
    std::map<CanvasSizes, Stages> further;
    const auto go_on = [&](Stages way, const StagedDraw& draw) {
      way.apply(transform, draw);
      further.try_emplace(sizes_of(way.stages()), way);
      if (further.size() > kMostCanvasSizes) refuse_sizes(transforms);
    };
    for (const auto& [sizes, way] : ways) {
      if (transform.kind != TransformKind::scale) {
        go_on(way, {});
        continue;
      }
      // Nothing else changes how large canvases are. Of a thousand values few change it.
      std::optional<std::pair<int, int>> last;
      for (const ValueRange& range : value_ranges(transform)) {
        for (std::uint32_t i = 0; i < range.count; ++i) {
          const float factor = value_of(range, i);
          const std::pair<int, int> size = way.scaled(factor);
          if (size != last) go_on(way, {0, 0, factor});
          last = size;
        }
      }
    }
    ways = std::move(further);
  }
  std::map<CanvasSizes, std::vector<ViewStage>> all;
  for (auto& [sizes, way] : ways) {
    if (const auto end = end_size(transforms, h, w)) way.resize_corners((*end)[0], (*end)[1]);
    all.try_emplace(sizes_of(way.stages()), way.stages());
  }
  return all;
}

void check_transforms(const Transforms& transforms, int height, int width) {
  if (transforms.staged()) {
    every_size(transforms, height, width);
  } else {
    check_composed(transforms, height, width);
  }
}

}  // namespace limpid
