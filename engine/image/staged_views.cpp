#include "engine/image/staged_views.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "kernels/core/error.h"
#include "kernels/ops/draw_value.h"

namespace limpid {
namespace {

/// lucent enlarges what is smaller to what InceptionV1 was trained on.
constexpr int kLucentInput = 224;

constexpr int kLargestCanvas = 8192;

constexpr std::size_t kMostSizes = 128;

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

  std::vector<Stage> take() { return std::move(stages_); }

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
    const float h = factor * static_cast<float>(h_), w = factor * static_cast<float>(w_);
    if (style_ == ViewStyle::lucent) {
      const int old_h = h_, old_w = w_;
      resize_corners(static_cast<int>(std::ceil(h)), static_cast<int>(std::ceil(w)));
      const int more_h = std::max(0, (old_h - h_ + 1) / 2), more_w = std::max(0, (old_w - w_ + 1) / 2);
      if (more_h + more_w > 0) place(h_ + 2 * more_h, w_ + 2 * more_w, -more_h, -more_w, 0);
      return;
    }
    const int to_h = static_cast<int>(h), to_w = static_cast<int>(w);
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
    Stage stage;
    stage.kind = lucid ? Stage::Kind::nearest_turn : Stage::Kind::turn;
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
    if (std::max(h, w) > kLargestCanvas) {
      fail_usage("transforms make {}x{} pixels of a picture's {}x{}: at most {} a side", h, w, h_, w_,
                 kLargestCanvas);
    }
    stages_.push_back({Stage::Kind::resample, h, w, rule, {}});
    h_ = h;
    w_ = w;
  }

  ViewStyle style_;
  int h_, w_;
  std::vector<Stage> stages_;
};

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

std::vector<Stage> stages_of(const Transforms& transforms, const std::vector<StagedDraw>& draws, int h,
                             int w) {
  Stages stages(transforms.style, h, w);
  for (std::size_t i = 0; i < transforms.list.size(); ++i) stages.apply(transforms.list[i], draws[i]);
  if (transforms.style == ViewStyle::lucent && std::min(h, w) < kLucentInput) {
    stages.resize_corners(kLucentInput, kLucentInput);
  }
  return stages.take();
}

CanvasSizes sizes_of(const std::vector<Stage>& stages) {
  CanvasSizes sizes;
  for (const Stage& stage : stages) sizes.emplace_back(stage.h, stage.w);
  return sizes;
}

std::map<CanvasSizes, std::vector<Stage>> every_size(const Transforms& transforms, int h, int w) {
  std::map<CanvasSizes, std::vector<Stage>> sizes;
  std::vector<StagedDraw> draws(transforms.list.size());
  // Magnifications alone change how large canvases are: one loop for each, from the transform `first` on.
  const std::function<void(std::size_t)> visit = [&](std::size_t first) {
    while (first < draws.size() && transforms.list[first].kind != TransformKind::scale) ++first;
    if (first == draws.size()) {
      const std::vector<Stage> stages = stages_of(transforms, draws, h, w);
      sizes.try_emplace(sizes_of(stages), stages);
      if (sizes.size() > kMostSizes) {
        fail_usage(
            "transforms '{}' lead to more than {} sizes of a picture's views, each of which needs a network "
            "of "
            "its own: fewer values of scale make fewer",
            to_string(transforms), kMostSizes);
      }
      return;
    }
    for (const ValueRange& range : value_ranges(transforms.list[first])) {
      for (std::uint32_t i = 0; i < range.count; ++i) {
        draws[first].value = value_of(range, i);
        visit(first + 1);
      }
    }
  };
  visit(0);
  return sizes;
}

}  // namespace limpid
