// In which order jobs are made, and which of them a shard makes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// One of several runs that share a list of jobs.
struct Shard {
  int index = 1;  ///< 1..count.
  int count = 1;
};

/// Reads "3/16", the third of sixteen. Throws Error{usage}.
Shard parse_shard(std::string_view text);

/// All jobs by index, those that share a plan (the branch of a module, size, parameterisation, colours,
/// decay) in a row. Plans whose image-steps cost most come first, so that what is left at the end is small
/// and many workers end together; among those of one plan the jobs with most steps come first, then the lower
/// index.
std::vector<std::int64_t> order_jobs(const Model& model, const std::vector<RenderOptions>& jobs);

/// Every count-th of the ordered jobs, so that unequal jobs are shared evenly.
std::vector<std::int64_t> jobs_of_shard(const std::vector<std::int64_t>& ordered, const Shard& shard);

}  // namespace limpid
