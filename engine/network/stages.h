// InceptionV1's trunk as data: the stages between the picture and the class probabilities, in order.
#pragma once

#include <array>
#include <string_view>

namespace limpid {

enum class StageKind { conv, max_pool, lrn, module, average_pool, classifier, softmax };

struct Stage {
  StageKind kind;
  std::string_view name;  ///< Canonical (lucid's) name.
  int size = 1;           ///< Window of a convolution or pool.
  int stride = 1;
};

/// Pools have the windows as published; `stage_at` has those of a model.
inline constexpr std::array<Stage, 21> kStages = {{
    {StageKind::conv, "conv2d0", 7, 2},      {StageKind::max_pool, "maxpool0", 3, 2},
    {StageKind::lrn, "localresponsenorm0"},  {StageKind::conv, "conv2d1"},
    {StageKind::conv, "conv2d2", 3},         {StageKind::lrn, "localresponsenorm1"},
    {StageKind::max_pool, "maxpool1", 3, 2}, {StageKind::module, "mixed3a"},
    {StageKind::module, "mixed3b"},          {StageKind::max_pool, "maxpool4", 3, 2},
    {StageKind::module, "mixed4a"},          {StageKind::module, "mixed4b"},
    {StageKind::module, "mixed4c"},          {StageKind::module, "mixed4d"},
    {StageKind::module, "mixed4e"},          {StageKind::max_pool, "maxpool10", 3, 2},
    {StageKind::module, "mixed5a"},          {StageKind::module, "mixed5b"},
    {StageKind::average_pool, "avgpool0"},   {StageKind::classifier, "logits"},
    {StageKind::softmax, "softmax"},
}};

/// Index in kStages of the stage a layer belongs to ("mixed4a_3x3" belongs to "mixed4a"), or -1 for an
/// unknown name.
constexpr int stage_of(std::string_view layer) {
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    const std::string_view name = kStages[i].name;
    if (layer == name) return static_cast<int>(i);
    if (kStages[i].kind == StageKind::module && layer.substr(0, name.size()) == name &&
        layer.size() > name.size() && layer[name.size()] == '_') {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace limpid
