// What the C interface's handles are.
#pragma once

#include <memory>

#include "engine/job/render_job.h"
#include "engine/session/session.h"
#include "weights/model.h"

/// Shared with the sessions of the network, so that either may be released first.
struct limpid_network {
  std::shared_ptr<const limpid::Model> model;
};

struct limpid_session {
  limpid::Session session;
};

struct limpid_job {
  std::unique_ptr<limpid::RenderJob> job;
};
