#include "kernels/core/launch.cuh"
#include "kernels/ops/draw_augmentation.body.h"

namespace limpid::cuda {

void draw_augmentation(const Stream& stream, const DrawAugmentation& op) {
  for_each(stream, "draw_augmentation", std::int64_t{op.pictures} * op.draws, DrawAugmentationBody{op});
}

}  // namespace limpid::cuda
