// What the C interface's handles are.
#pragma once

#include <memory>

#include "engine/c/weights_origin.h"
#include "engine/grid/pulled_grid.h"
#include "engine/job/render_job.h"
#include "engine/session/session.h"
#include "weights/model.h"

/// Shared with the sessions of the network, so that either may be released first.
struct limpid_network {
  std::shared_ptr<const limpid::Model> model;
  limpid::c::WeightsOrigin origin;
};

struct limpid_session {
  limpid::Session session;
};

struct limpid_job {
  std::unique_ptr<limpid::RenderJob> job;
};

struct limpid_grid {
  std::unique_ptr<limpid::PulledGrid> grid;
};
