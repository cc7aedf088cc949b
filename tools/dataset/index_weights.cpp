#include "tools/dataset/index_weights.h"

#include "engine/options/command_line.h"
#include "kernels/core/error.h"
#include "tools/command.h"
#include "tools/made_with.h"
#include "weights/locate.h"
#include "weights/sha256.h"

namespace limpid {

std::filesystem::path weights_of_index(const IndexReader& index, const std::string& given) {
  const WeightsIdentity& weights = index.manifest().weights;
  const std::string recorded = path_from_here(weights.file, index.folder(), index.manifest());
  const std::filesystem::path file =
      weights_file(given.empty() && std::filesystem::exists(recorded) ? recorded : given);
  check_made_with(index.folder(), weights, file);
  return file;
}

std::string weights_words(const std::filesystem::path& file, const std::string& sha256) {
  try {
    if (sha256_of_file(locate_weights()) == sha256) return {};
  } catch (const Error&) {
    // There are none, or they cannot be read.
  }
  return " -w " + shell_quote(file.string());
}

}  // namespace limpid
