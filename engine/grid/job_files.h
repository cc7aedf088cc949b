// The files that jobs name: photos, masks, priors, decoders, directions.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// Reads what jobs name. A program decides which files that may be. All throw Error{input}.
class JobFileReader : public ObjectiveFiles {
 public:
  /// A photo to start from.
  virtual std::shared_ptr<const Photo> start(const std::string& path) = 0;
  virtual std::shared_ptr<const Mask> mask(const std::string& path) = 0;
  virtual std::shared_ptr<const MagnitudePrior> prior(const std::string& path) = 0;
  virtual std::shared_ptr<const Decoder> decoder(const std::string& path) = 0;
};

/// Gives every file that the job names another name. Of the photo to start from, the mask, the prior and the decoder only name
/// and checksum stay: what was read of them is as with a job from a manifest.
void rename_files(RenderOptions& job, const std::function<std::string(const std::string&)>& rename);

struct FoundFile {
  std::filesystem::path path;
  std::string sha256;
};

/// The file that was recorded by this name, which is looked up in the working directory and then, where
/// `folder` is not empty, from there. Only a file with the recorded checksum counts; without one, the first
/// that is there. Throws Error{input} saying whether there is no such file or another than was recorded.
FoundFile find_recorded_file(const std::string& name, const std::string& sha256,
                             const std::filesystem::path& folder = {});

/// The checksum of each file that objectives name, by its name. (Photos to start from, masks, priors and decoders carry
/// their own.)
using FileChecksums = std::map<std::string, std::string>;

/// Finds and reads the files of many jobs, each file once.
class JobFileLoader {
 public:
  /// `recorded` are the checksums that files must have; `folder` is the second place where names are looked
  /// up. Model and reader must outlive this.
  JobFileLoader(const Model& model, JobFileReader& reader, FileChecksums recorded = {},
                std::filesystem::path folder = {})
      : model_(model), reader_(reader), checksums_(std::move(recorded)), folder_(std::move(folder)) {}

  /// Afterwards the job holds every file it names. Throws what `find_recorded_file` and the reader throw.
  void load(RenderOptions& job);

  /// Those that were recorded, and those of the files that were found since.
  const FileChecksums& checksums() const { return checksums_; }

 private:
  class ObjectiveReader;
  using Key = std::pair<std::string, std::string>;  // Name and recorded checksum.

  const FoundFile& find(const std::string& name, const std::string& sha256);
  void load(Objective& objective, decltype(&parse_objective) parse);
  template <class File>
  void load(std::shared_ptr<const File>& file, std::map<Key, std::shared_ptr<const File>>& known,
            std::shared_ptr<const File> (JobFileReader::*read)(const std::string&));

  const Model& model_;
  JobFileReader& reader_;
  FileChecksums checksums_;
  std::filesystem::path folder_;
  std::map<Key, FoundFile> found_;
  std::map<Key, std::shared_ptr<const Photo>> starts_;
  std::map<Key, std::shared_ptr<const Mask>> masks_;
  std::map<Key, std::shared_ptr<const MagnitudePrior>> priors_;
  std::map<Key, std::shared_ptr<const Decoder>> decoders_;
};

}  // namespace limpid
