// From pictures to an index of examples.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "tools/dataset/dataset_files.h"
#include "tools/dataset/index_writer.h"
#include "tools/dataset/picture_stream.h"

namespace limpid {

/// Is told how a build goes.
class BuildObserver {
 public:
  virtual ~BuildObserver() = default;
  /// So many pictures were looked at by this run, and so many are in the index by now.
  virtual void pictures(std::size_t looked_at, std::size_t all) = 0;
  /// A file is passed over. `message` is one line that names it.
  virtual void passed_over(const std::string& message) = 0;
};

struct BuildOptions {
  int batch = 8;
  bool strict = false;  ///< The first file that cannot be read ends the build: Error{input}.
  ComputeOptions compute;
};

struct BuildReport {
  std::size_t pictures = 0;     ///< Of the index.
  std::size_t looked_at = 0;    ///< By this run.
  std::size_t copies = 0;       ///< Files with the bytes of another.
  std::size_t passed_over = 0;  ///< Files that could not be read.
  bool finished = false;        ///< False where it was stopped: what was looked at is on disk.
};

/// Puts what the units of the manifest make of the pictures into the index, and finishes it; what was there before is not
/// looked at again. `stream.wanted` is set here. Throws Error{input} where there is no picture in the end, what reading,
/// computing and writing throw, and before that brings to disk what it has.
BuildReport build_index(const std::shared_ptr<const Model>& model, const IndexManifest& manifest,
                        std::vector<DatasetFile> files, StreamOptions stream, const BuildOptions& options,
                        IndexWriter& writer, BuildObserver& observer, const std::atomic<bool>& stop);

}  // namespace limpid
