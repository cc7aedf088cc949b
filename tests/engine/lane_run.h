// A job among others on one lane.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"

namespace limpid::test {

/// Its pictures and its curve.
struct LaneOutcome {
  Image image;
  std::vector<double> values;

  bool operator==(const LaneOutcome& other) const {
    return image.rgb == other.image.rgb && image.alpha == other.image.alpha && values == other.values;
  }
};

/// Ten steps of the job in one of a lane's slots, jobs of other seeds in the others.
inline LaneOutcome run_among(Backend& backend, const Model& model, const RenderOptions& options, int slots,
                             int slot, int thread_count) {
  HostThreads threads(thread_count);
  LaneSpec spec = lane_for(model, options, false);
  spec.slots = slots;
  Lane lane(backend, threads.stream(), model, spec);
  for (int i = 0; i < slots; ++i) {
    RenderOptions other = options;
    other.seed += static_cast<std::uint64_t>(i - slot);
    lane.start(i, slot_job(other));
  }
  for (int i = 0; i < 10; ++i) lane.step();
  lane.synchronise();
  EXPECT_EQ(lane.failed_step(slot), 0);
  return {lane.picture(slot), lane.curve(slot)};
}

}  // namespace limpid::test
