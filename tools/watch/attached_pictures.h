// Pictures of a job that are no files: what was painted and dropped on its page, and what it looked like then.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/grid/json_field.h"

namespace limpid {

/// Each lies in memory and can be read by a path, as long as this lives; nothing of it is left when the process ends,
/// however it ends. Names are "photo-1.png", paths for this process alone.
class AttachedPictures {
 public:
  static constexpr std::size_t kMost = 256;

  /// None of them gets a name of `files`, those that the jobs name besides: in a log both are names.
  explicit AttachedPictures(std::set<std::string> files = {}) : files_(std::move(files)) {}
  AttachedPictures(const AttachedPictures&) = delete;
  AttachedPictures& operator=(const AttachedPictures&) = delete;
  ~AttachedPictures();

  /// Takes the bytes of a file, under the next name of its kind; returns the path. Throws Error{usage} where there are
  /// kMost, Error{runtime} where the system has no memory for it.
  std::string add(const std::string& kind, const std::string& bytes);

  /// The same under a name. Throws Error{input} for one that is taken.
  std::string add_named(const std::string& name, const std::string& bytes);

  std::size_t size() const { return kept_.size(); }
  /// Takes back all but the first `count`; no job may have them.
  void shrink(std::size_t count);

  /// Whether the path is that of one.
  bool holds(const std::string& path) const;

  /// The job, as JSON has it, with names where it has paths, or the other way round. What is no picture of these stays.
  JsonField::Json with_names(JsonField::Json job) const;
  JsonField::Json with_paths(JsonField::Json job) const;

  /// {name: base64} of those that the text names.
  JsonField::Json named_in(const std::string& text) const;

 private:
  struct Kept {
    std::string name;
    int descriptor = -1;
    std::string path, bytes;
  };
  const Kept* named(const std::string& name) const;
  const Kept* at(const std::string& path) const;

  std::set<std::string> files_;
  std::vector<Kept> kept_;  ///< In the order in which they came.
};

}  // namespace limpid
