#include "kernels/core/parallel.h"
#include "kernels/ops/advance_slots.body.h"
#include "kernels/ops/op_contract.h"

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

namespace limpid {

void check(const AdvanceSlots& op, const OpContract& contract) {
  contract.memory({{"keys", op.keys},
                   {"values", op.values},
                   {"non_finite", op.non_finite},
                   {"curve", op.curve},
                   {"failed_step", op.failed_step},
                   {"relu_rules", op.relu_rules},
                   {"relu_steps", op.relu_steps},
                   {"relu", op.relu},
                   {"rules", op.rules},
                   {"rate", op.rate},
                   {"momentum", op.momentum}});
  contract.at_least(1, {{"slots", op.slots},
                        {"images", op.images},
                        {"draws", op.draws},
                        {"columns", op.columns},
                        {"curve_steps", op.curve_steps}});
  contract.require(op.pictures >= op.images, "pictures", "are {}, fewer than the {} images of a slot",
                   op.pictures, op.images);
}

}  // namespace limpid
