// limpid's public C++ API, gathered: nothing inside the engine includes this.
#pragma once

#include "engine/image/image.h"
#include "engine/job/render_job.h"
#include "engine/network/compute_options.h"
#include "engine/network/describe.h"
#include "engine/objective/objective.h"
#include "engine/optimize/render.h"
#include "engine/options/render_options.h"
#include "engine/session/queries.h"
#include "engine/session/session.h"
#include "engine/version.h"
#include "weights/model.h"
