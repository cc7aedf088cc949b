// A folder for results that a command adds to, run after run.
#pragma once

#include <filesystem>

namespace limpid {

/// May be there already: what it has is gone on with. One that was made here and stays empty is removed.
class KeptFolder {
 public:
  /// Throws as `fail_write` does.
  explicit KeptFolder(std::filesystem::path folder);
  KeptFolder(const KeptFolder&) = delete;
  KeptFolder& operator=(const KeptFolder&) = delete;
  ~KeptFolder();

 private:
  std::filesystem::path folder_;
  bool is_new_ = false;
};

}  // namespace limpid
