#include "kernels/core/launch.cuh"
#include "kernels/ops/draw_augmentation.body.h"

namespace limpid::cuda {

void draw_augmentation(const Stream& stream, const DrawAugmentation& op) {
  for_each(stream, "draw_augmentation", op.images, DrawAugmentationBody{op});
}

}  // namespace limpid::cuda
