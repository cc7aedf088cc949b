// What HDF5 is read from.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace limpid {

/// A file, or the bytes of one in memory.
struct Hdf5Source {
  /// Wherever a file is meant, its path will do.
  Hdf5Source(std::filesystem::path file) : path(std::move(file)), name(path.string()) {}

  /// `bytes` must outlive what is made of this. `shown`: what messages call them.
  Hdf5Source(std::string_view memory, std::string shown) : bytes(memory), name(std::move(shown)) {}

  bool in_memory() const { return path.empty(); }

  /// A file's name stands in quotes in messages, but what is none.
  std::string quoted() const { return in_memory() ? name : "'" + name + "'"; }

  std::filesystem::path path;  ///< Empty where it is bytes.
  std::string_view bytes;      ///< Of the whole file; empty where it is a path.
  std::string name;
};

}  // namespace limpid
