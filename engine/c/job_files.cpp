#include "engine/c/job_files.h"

#include "engine/pictures/picture_files.h"

namespace limpid::c {

FileChecksums load_files(RenderOptions& job, const Model& model) {
  PictureFiles files;
  JobFileLoader loader(model, files);
  loader.load(job);
  return loader.checksums();
}

}  // namespace limpid::c
