#include "engine/c/files.h"
#include "engine/grid/grid_store.h"
#include "engine/pictures/image_file.h"
#include "engine/version.h"
#include "weights/sha256.h"

extern "C" __attribute__((visibility("default"))) const limpid::c::Files* limpid_files(const char* version) {
  static constexpr limpid::c::Files functions = {
      limpid::read_model,           limpid::read_prior,      limpid::read_decoder,
      limpid::read_feature_vectors, limpid::read_image,      limpid::write_image,
      limpid::open_folder_store,    limpid::sha256_of_bytes, limpid::sha256_of_file};
  return limpid::version() == version ? &functions : nullptr;
}
