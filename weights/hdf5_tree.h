// B-trees of HDF5's first version, which list the members of a group and the chunks of a dataset.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "weights/hdf5_bytes.h"
#include "weights/hdf5_messages.h"

namespace limpid {

/// What the nodes of a tree are like.
struct Hdf5TreeForm {
  enum Kind : std::uint8_t { group = 0, chunks = 1 } kind = group;
  std::uint64_t key_bytes = 0;
  std::uint64_t half = 0;  ///< A node has room for twice as many children.
  std::string what;        ///< Of whom, for errors.
};

/// Takes the tree at an address. `leaf(before, address, after)` is called for what each leaf refers to, in
/// order, with the keys on either side.
void walk_hdf5_tree(
    Hdf5Bytes& file, const Hdf5TreeForm& form, std::uint64_t address,
    const std::function<void(std::string_view before, std::uint64_t address, std::string_view after)>& leaf);

/// A chunked dataset: what was read of its messages.
struct Hdf5Chunked {
  std::span<const std::uint64_t> extents, chunk;
  std::uint64_t element = 0;
  std::span<const Hdf5Filter> filters;
};

/// Takes the chunks that the tree at an address lists: every chunk is there once, in order, and has the bytes
/// it must have after it went through its filters.
void walk_hdf5_chunks(Hdf5Bytes& file, const Hdf5Chunked& dataset, std::uint64_t address, std::uint64_t half,
                      const Hdf5Place& owner);

/// Takes a chunk of `stored` bytes.
void check_hdf5_chunk(Hdf5Bytes& file, const Hdf5Chunked& dataset, std::uint64_t address,
                      std::uint64_t stored, const Hdf5Place& owner);

}  // namespace limpid
