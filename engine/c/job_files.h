// The files that jobs name, as far as the C interface reads them: vectors and priors, no pictures.
#pragma once

#include "engine/grid/job_files.h"

namespace limpid::c {

/// Reads vectors and priors. Throws Error{usage} for pictures, whose formats the program knows.
class VectorFiles final : public JobFileReader {
 public:
  std::shared_ptr<const Image> photo(const std::string& path) override;
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override;
  std::shared_ptr<const Photo> start(const std::string& path) override;
  std::shared_ptr<const Mask> mask(const std::string& path) override;
  std::shared_ptr<const MagnitudePrior> prior(const std::string& path) override;
};

/// Afterwards the job holds every file it names. Returns the checksums of those that its objectives name. Throws
/// Error{usage} naming a picture that it names, before any file is looked for, and Error{input} for a file that is not
/// there or not what it should be.
FileChecksums load_files(RenderOptions& job, const Model& model);

}  // namespace limpid::c
