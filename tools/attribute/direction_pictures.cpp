#include "tools/attribute/direction_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>

#include "tools/job_pictures.h"

namespace limpid {
namespace {

/// The objective of a direction, scaled to length 1.
Objective towards(const DirectionPictures& pictures, const std::vector<float>& direction) {
  double squares = 0;
  for (const float value : direction) squares += double{value} * double{value};
  auto vectors = std::make_shared<FeatureVectors>();
  vectors->channels = static_cast<int>(direction.size());
  for (const float value : direction)
    vectors->values.push_back(static_cast<float>(value / std::sqrt(squares)));
  ObjectiveTerm term;
  term.kind = TermKind::direction;
  term.layer = pictures.layer;
  term.source = "direction";
  term.vectors = std::move(vectors);
  return Objective(std::move(term));
}

bool points_nowhere(const std::vector<float>& direction) {
  return std::ranges::all_of(direction, [](float value) { return value == 0; });
}

}  // namespace

std::vector<Image> render_directions(const Model& model, const DirectionPictures& pictures,
                                     const ComputeOptions& compute, bool quiet) {
  const auto values = 3 * static_cast<std::size_t>(pictures.size) * static_cast<std::size_t>(pictures.size);
  const Image gray{pictures.size, pictures.size, std::vector<float>(values, 0.5F)};
  std::vector<Image> images(pictures.directions.size(), gray);
  std::vector<RenderOptions> jobs;
  std::vector<std::size_t> place;  ///< Of each job's picture.
  for (std::size_t i = 0; i < pictures.directions.size(); ++i) {
    if (points_nowhere(pictures.directions[i])) continue;
    RenderOptions& job = jobs.emplace_back();
    job.objective = towards(pictures, pictures.directions[i]);
    job.height = job.width = pictures.size;
    job.steps = pictures.steps;
    job.seed = pictures.seed;
    place.push_back(i);
  }
  std::vector<JobResult> results = run_few_jobs(model, jobs, compute, "for " + pictures.layer, quiet);
  for (std::size_t i = 0; i < results.size(); ++i)
    images[place[i]] = std::move(results[i].snapshots.back().image);
  return images;
}

}  // namespace limpid
