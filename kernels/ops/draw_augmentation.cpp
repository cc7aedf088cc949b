#include "kernels/core/parallel.h"
#include "kernels/ops/draw_augmentation.body.h"

namespace limpid::cpu {

void draw_augmentation(const Stream&, const DrawAugmentation& op) {
  // A draw costs less than waking a second thread.
  const Stream one_thread;
  parallel_for(one_thread, std::int64_t{op.pictures} * op.draws, DrawAugmentationBody{op});
}

}  // namespace limpid::cpu
