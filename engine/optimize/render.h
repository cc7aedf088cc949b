// A render: one job from start to picture.
#pragma once

#include <functional>
#include <vector>

#include "engine/image/image.h"
#include "engine/optimize/snapshot.h"
#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// State after a step.
struct RenderProgress {
  int step = 0;  ///< Updates done, 1..steps.
  int steps = 0;
  double objective = 0;
  double image_steps_per_second = 0;
};

struct RenderResult {
  std::vector<Snapshot> snapshots;  ///< In step order; the last is the final image.
  /// Value before each update, and after the last: steps + 1 values, fewer where the render ended early.
  std::vector<double> objective;
  std::vector<std::vector<double>> watched;  ///< The same of each objective of `watch`.
  int restart = 0;                           ///< The start that was kept, from 0.
};

/// Pictures on the way, for animations.
struct FrameRequest {
  int every = 0;  ///< Updates from one to the next; the final picture is always the last of them.
  /// Called in step order from the thread that renders, which waits.
  std::function<void(int step, const Image&)> take;
};

/// Renders one image. `progress` is called after every step; returning false stops the render there, with a
/// snapshot. With restarts, which run side by side, a step is the mean over them and the objective is the
/// best of theirs. Throws Error{usage} for options out of range and for frames of a render with restarts,
/// whose best is known only at the end; Error{runtime} when a value stops being finite (naming operation and
/// step) and when there is no gradient to begin with.
RenderResult render(const Model& model, const RenderOptions& options,
                    const std::function<bool(const RenderProgress&)>& progress = {},
                    const FrameRequest& frames = {});

}  // namespace limpid
