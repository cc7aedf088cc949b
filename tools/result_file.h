// Arrays for other programs: an HDF5 file of named datasets with text attributes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>

#include "weights/hdf5_memory_file.h"

namespace limpid {

/// Built in memory, written whole or not at all.
class ResultFile {
 public:
  /// A float32 dataset, row-major. Throws Error{runtime} when memory runs out.
  void add(const char* name, std::initializer_list<int> shape, std::span<const float> values);

  /// A float32 scalar.
  void add(const char* name, float value);

  /// An attribute of the file, UTF-8.
  void attribute(const char* name, const std::string& value);

  /// Throws Error{usage} when the file cannot be written.
  void save(const std::filesystem::path& path) const { file_.save(path); }

 private:
  Hdf5MemoryFile file_;
};

}  // namespace limpid
