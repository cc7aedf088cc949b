// Small HDF5 files of whole numbers, texts and arrays of floats: priors, decoders, atlases.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"

namespace limpid {

/// One such file, open for reading. Every method throws Error{input} naming the file where it is not as asked for.
class ValueFile {
 public:
  struct Kind {
    const char* version_name;  ///< The attribute that says that it is one, and of what version.
    int version;
    const char* name;   ///< "prior".
    const char* maker;  ///< What makes them.
  };

  ValueFile(const std::filesystem::path& path, const Kind& kind);

  const std::string& origin() const { return origin_; }
  hid_t id() const { return file_.get(); }

  /// An attribute.
  int integer(const char* name) const;

  /// An attribute of up to 64 KiB.
  std::string text(const char* name) const;

  /// Whether there is a dataset of that name.
  bool has(const std::string& name) const;

  struct Floats {
    std::vector<int> extents;
    std::vector<float> values;
  };
  /// A dataset of that shape, 0 for an extent of any size up to kLargestSide, of finite values, stored in one piece inside
  /// the file.
  Floats floats(const std::string& name, const std::vector<int>& shape) const;

 private:
  Hdf5Silence silence_;
  std::string origin_;
  const char* kind_;
  Hdf5Handle file_;
};

}  // namespace limpid
