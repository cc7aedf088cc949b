#include "kernels/core/parallel.h"
#include "kernels/ops/advance_slots.body.h"

namespace limpid {

double slot_value(const double* values, int images, int draws, int columns, int column) {
  return column_mean(values, images * draws, columns, column);
}

namespace cpu {

void advance_slots(const Stream&, const AdvanceSlots& op) {
  // A few loads and stores per slot: waking a second thread costs more.
  const Stream one_thread;
  parallel_for(one_thread, op.slots, AdvanceSlotsBody{op});
}

}  // namespace cpu
}  // namespace limpid
