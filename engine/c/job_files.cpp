#include "engine/c/job_files.h"

#include "engine/image/magnitude_prior.h"
#include "engine/objective/term_table.h"
#include "kernels/core/error.h"

namespace limpid::c {
namespace {

[[noreturn]] void refuse(const std::string& picture) {
  fail_usage("the job names the file '{}', and no pictures are read from C: leave it out", picture);
}

void refuse_pictures(const Objective& objective) {
  for (const ObjectiveTerm& term : objective.terms) {
    if (row_of(term).reads_photo()) refuse(term.source);
  }
}

}  // namespace

std::shared_ptr<const Image> VectorFiles::photo(const std::string& path) {
  refuse(path);
}

std::shared_ptr<const FeatureVectors> VectorFiles::vectors(const std::string& path, int channels) {
  return read_feature_vectors(path, channels);
}

std::shared_ptr<const Photo> VectorFiles::start(const std::string& path) {
  refuse(path);
}

std::shared_ptr<const Mask> VectorFiles::mask(const std::string& path) {
  refuse(path);
}

std::shared_ptr<const MagnitudePrior> VectorFiles::prior(const std::string& path) {
  return read_magnitude_prior(path);
}

FileChecksums load_files(RenderOptions& job, const Model& model) {
  refuse_pictures(job.objective);
  for (const Objective& watched : job.watch) refuse_pictures(watched);
  if (job.start.photo != nullptr) refuse(job.start.photo->file);
  if (job.start.mask != nullptr) refuse(job.start.mask->file);
  VectorFiles files;
  JobFileLoader loader(model, files);
  loader.load(job);
  return loader.checksums();
}

}  // namespace limpid::c
