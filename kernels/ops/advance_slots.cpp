#include "kernels/core/parallel.h"
#include "kernels/ops/advance_slots.body.h"

namespace limpid::cpu {

void advance_slots(const Stream&, const AdvanceSlots& op) {
  // A few loads and stores per image: waking a second thread costs more.
  const Stream one_thread;
  parallel_for(one_thread, op.images, AdvanceSlotsBody{op});
}

}  // namespace limpid::cpu
