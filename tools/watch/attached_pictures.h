// Pictures of a job that are no files: what was painted and dropped on its page, and what it looked like then.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/grid/json_field.h"

namespace limpid {

/// Each lies in memory and can be read by a path, as long as this lives; nothing of it is left when the process ends,
/// however it ends. Names are "photo-1.png", paths for this process alone.
class AttachedPictures {
 public:
  static constexpr std::size_t kMost = 256;

  AttachedPictures() = default;
  AttachedPictures(const AttachedPictures&) = delete;
  AttachedPictures& operator=(const AttachedPictures&) = delete;
  ~AttachedPictures();

  /// Takes the bytes of a file, under the next name of its kind; returns the path. Throws Error{usage} where there are
  /// kMost, Error{runtime} where the system has no memory for it.
  std::string add(const std::string& kind, const std::string& bytes);

  /// The same under a name. Throws Error{input} for one that is taken.
  std::string add_named(const std::string& name, const std::string& bytes);

  /// The job, as JSON has it, with names where it has paths, or the other way round. What is no picture of these stays.
  JsonField::Json with_names(JsonField::Json job) const;
  JsonField::Json with_paths(JsonField::Json job) const;

  /// {name: base64} of those that the text names.
  JsonField::Json named_in(const std::string& text) const;

 private:
  struct Kept {
    int descriptor = -1;
    std::string path, bytes;
  };
  std::map<std::string, Kept> kept_;  ///< By name.
};

}  // namespace limpid
