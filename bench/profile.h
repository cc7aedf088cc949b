// Operations of a step, each timed by itself and held against its floor.
#pragma once

#include <string>
#include <vector>

#include "engine/optimize/lane.h"
#include "engine/optimize/step_cost.h"

namespace limpid::bench {

struct ProfiledOperation {
  OperationCost cost;
  std::string algorithm;  ///< Of convolutions.
  double seconds = 0;     ///< Of a run, for the whole batch.
  Floor floor;            ///< Under the ceilings given.

  /// The floor over the time: 1 at best, more where caches hold the operands or Winograd saves FLOP.
  double of_roofline() const { return seconds > 0 ? floor.seconds() / seconds : 0; }
};

/// Times the operations of a step of a lane that has taken one, in their order, each over and over for
/// about `seconds_each`, so that all find their operands as in a step (though warmer in the caches). The lane
/// is of no use to its jobs afterwards.
std::vector<ProfiledOperation> profile(Backend& backend, const Stream& stream, Lane& lane,
                                       Precision precision, const Card& ceilings, double seconds_each);

}  // namespace limpid::bench
