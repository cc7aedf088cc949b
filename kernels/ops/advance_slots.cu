#include "kernels/core/launch.cuh"
#include "kernels/ops/advance_slots.body.h"

namespace limpid::cuda {

void advance_slots(const Stream& stream, const AdvanceSlots& op) {
  for_each(stream, "advance_slots", op.slots, AdvanceSlotsBody{op});
}

}  // namespace limpid::cuda
