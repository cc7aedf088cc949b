// Where HDF5 keeps names and strings of any length: the local heap of a group, global heaps.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "weights/hdf5_bytes.h"
#include "weights/hdf5_messages.h"

namespace limpid {

/// The names in a group.
class Hdf5LocalHeap {
 public:
  /// Takes the heap of the group `path` at an address, and its data.
  Hdf5LocalHeap(Hdf5Bytes& file, std::uint64_t address, const std::string& path);

  /// The name at an offset. Refused where it is not one.
  std::string_view text(std::uint64_t offset) const;

 private:
  void check_free(std::uint64_t first) const;

  Hdf5Place place_;
  std::string data_;
};

/// The heaps that hold the strings of any length.
class Hdf5GlobalHeaps {
 public:
  explicit Hdf5GlobalHeaps(Hdf5Bytes& file) : file_(file) {}

  /// Refuses an attribute some string of which is not where it says.
  void check(const Hdf5Place& owner, const Hdf5Attribute& attribute);

 private:
  using Sizes = std::map<std::uint64_t, std::uint64_t>;  ///< Of the objects of a heap, by their numbers.
  const Sizes& heap(std::uint64_t address);

  Hdf5Bytes& file_;
  std::map<std::uint64_t, Sizes> heaps_;
};

}  // namespace limpid
