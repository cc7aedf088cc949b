// What a job that is pulled can be asked for.
#pragma once

#include <string>
#include <vector>

#include "engine/grid/job_files.h"
#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

struct JobOptions {
  /// One start and no thresholds, for pictures are taken when they are asked for. The objective may be empty where
  /// there are targets.
  RenderOptions render;
  /// Plans all channels of the objective's layers, so that it may change to another of them. The bytes stay the same.
  bool steerable = false;
  /// Layers, by any of their names, whose gradients the caller gives at every step; "mixed4d:pre" is one before its
  /// ReLU. They add to that of the objective. None twice.
  std::vector<std::string> targets;
  /// Of the files that the objectives name, so that a saved job finds the same ones.
  FileChecksums files;
};

/// Throws Error{usage} for what a render refuses, for more than one start, for thresholds and for nothing to climb.
void check_job_options(const JobOptions& options, const Model& model);

}  // namespace limpid
