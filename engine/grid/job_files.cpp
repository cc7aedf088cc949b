#include "engine/grid/job_files.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

bool names_file(const ObjectiveTerm& term) {
  return !term.source.empty() && !term.random;
}

bool is_read(const Photo& photo) {
  return !photo.image.rgb.empty();
}

bool is_read(const Mask& mask) {
  return !mask.values.empty();
}

bool is_read(const MagnitudePrior& prior) {
  return !prior.magnitude.empty();
}

bool is_read(const Decoder& decoder) {
  return !decoder.layers.empty();
}

template <class File>
void rename_file(std::shared_ptr<const File>& file,
                 const std::function<std::string(const std::string&)>& rename) {
  if (file == nullptr) return;
  auto renamed = std::make_shared<File>();
  renamed->file = rename(file->file);
  renamed->sha256 = file->sha256;
  file = std::move(renamed);
}

}  // namespace

void rename_files(RenderOptions& job, const std::function<std::string(const std::string&)>& rename) {
  const auto rename_terms = [&](Objective& objective) {
    for (ObjectiveTerm& term : objective.terms) {
      if (names_file(term)) term.source = rename(term.source);
    }
  };
  rename_terms(job.objective);
  std::for_each(job.watch.begin(), job.watch.end(), rename_terms);
  rename_file(job.start.photo, rename);
  rename_file(job.start.mask, rename);
  if (auto* maco = std::get_if<Maco>(&job.parameters)) rename_file(maco->prior, rename);
  if (auto* decoded = std::get_if<Decoded>(&job.parameters)) rename_file(decoded->decoder, rename);
}

FoundFile find_recorded_file(const std::string& name, const std::string& sha256, const fs::path& folder) {
  std::vector<fs::path> places = {name};
  if (!folder.empty() && fs::path(name).is_relative()) {
    const fs::path second = (folder / name).lexically_normal();
    if (second != places.front().lexically_normal()) places.push_back(second);
  }
  std::vector<FoundFile> others;
  for (const fs::path& place : places) {
    std::error_code error;
    if (fs::status(place, error).type() == fs::file_type::not_found) continue;
    FoundFile found{place, sha256_of_file(place)};
    if (sha256.empty() || found.sha256 == sha256) return found;
    others.push_back(std::move(found));
  }
  if (others.empty()) {
    // What no record names is missing as everywhere.
    if (sha256.empty() && places.size() == 1) check_readable(name);
    fail_input("'{}' is not there{}", name,
               places.size() > 1 ? fmt::format(", nor is '{}'", places.back().string()) : "");
  }
  fail_input("'{}' is not the file the job was made for: its SHA-256 is {}..., not {}...",
             others.front().path.string(), others.front().sha256.substr(0, 12), sha256.substr(0, 12));
}

const FoundFile& JobFileLoader::find(const std::string& name, const std::string& sha256) {
  const Key key{name, sha256};
  const auto known = found_.find(key);
  if (known != found_.end()) return known->second;
  return found_.emplace(key, find_recorded_file(name, sha256, folder_)).first->second;
}

/// Reads what an objective names from where it was found.
class JobFileLoader::ObjectiveReader final : public ObjectiveFiles {
 public:
  explicit ObjectiveReader(JobFileLoader& loader) : loader_(loader) {}

  std::shared_ptr<const Image> photo(const std::string& name) override {
    return loader_.reader_.photo(find(name));
  }

  std::shared_ptr<const FeatureVectors> vectors(const std::string& name, int channels) override {
    return loader_.reader_.vectors(find(name), channels);
  }

 private:
  std::string find(const std::string& name) {
    std::string& checksum = loader_.checksums_[name];
    const FoundFile& found = loader_.find(name, checksum);
    checksum = found.sha256;
    return found.path.string();
  }

  JobFileLoader& loader_;
};

void JobFileLoader::load(Objective& objective, decltype(&parse_objective) parse) {
  if (std::none_of(objective.terms.begin(), objective.terms.end(), names_file)) return;
  // The parser checks what it reads against what the text asks for.
  ObjectiveReader files(*this);
  objective = parse(to_string(objective), model_, &files);
}

template <class File>
void JobFileLoader::load(std::shared_ptr<const File>& file, std::map<Key, std::shared_ptr<const File>>& known,
                         std::shared_ptr<const File> (JobFileReader::*read)(const std::string&)) {
  if (file == nullptr) return;
  const FoundFile& found = find(file->file, file->sha256);
  if (is_read(*file)) return;
  std::shared_ptr<const File>& content = known[{file->file, file->sha256}];
  if (content == nullptr) {
    content = (reader_.*read)(found.path.string());
    if (content->sha256 != found.sha256) {
      fail_input("'{}' changed while it was read", found.path.string());
    }
    if (content->file != file->file) {
      // Records go on with the name they have.
      auto named = std::make_shared<File>(*content);
      named->file = file->file;
      content = std::move(named);
    }
  }
  file = content;
}

void JobFileLoader::load(RenderOptions& job) {
  load(job.objective, parse_objective);
  for (Objective& watched : job.watch) load(watched, parse_watched);
  load(job.start.photo, starts_, &JobFileReader::start);
  load(job.start.mask, masks_, &JobFileReader::mask);
  if (auto* maco = std::get_if<Maco>(&job.parameters)) load(maco->prior, priors_, &JobFileReader::prior);
  if (auto* decoded = std::get_if<Decoded>(&job.parameters))
    load(decoded->decoder, decoders_, &JobFileReader::decoder);
}

}  // namespace limpid
