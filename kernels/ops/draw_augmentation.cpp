#include "kernels/core/parallel.h"
#include "kernels/ops/draw_augmentation.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void draw_augmentation(const Stream&, const DrawAugmentation& op) {
  // A draw costs less than waking a second thread.
  const Stream one_thread;
  parallel_for(one_thread, std::int64_t{op.pictures} * op.draws, DrawAugmentationBody{op});
}

}  // namespace limpid::cpu

namespace limpid {

void check(const DrawAugmentation& op, const OpContract& contract) {
  contract.memory({{"keys", op.keys}, {"lists", op.lists}});
  contract.require(op.maps != nullptr || op.views != nullptr, "maps", "and views are both null");
  contract.at_least(1, {{"pictures", op.pictures},
                        {"picture_h", op.picture_h},
                        {"picture_w", op.picture_w},
                        {"network_h", op.network_h},
                        {"network_w", op.network_w},
                        {"draws", op.draws}});
}

}  // namespace limpid
