// Small jobs, and everything that is compared of them.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "engine/job/render_job.h"
#include "tests/engine/refusal.h"

namespace limpid::test {

std::shared_ptr<const Model> job_model();

/// Of 40 x 48 pixels and 8 updates.
JobOptions small_job(const std::string& objective = "mixed3b:11 - 0.5*mixed3a:3");

/// What a job has come to: its picture, its curves and its parameters with their moments.
struct Outcome {
  std::vector<float> rgb, alpha;
  std::vector<double> curve;
  std::vector<std::byte> state;
  bool operator==(const Outcome&) const = default;
};
Outcome outcome_of(RenderJob& job);

/// A change as JSON has it.
Steering steering(const RenderJob& job, const std::string& json);

/// Every job for which something of its own lies in memory: each kind of parameters with each optimiser, and others.
struct NamedJob {
  std::string name;
  JobOptions options;
};
std::vector<NamedJob> every_job();
inline void PrintTo(const NamedJob& job, std::ostream* out) {
  *out << job.name;
}

}  // namespace limpid::test
