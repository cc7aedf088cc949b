// What the messages of an HDF5 object header say: types, extents, filters, attributes (file format
// specification, version 3.0, section IV.A.2).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weights/hdf5_bytes.h"

namespace limpid {

/// A type of elements: little-endian integers and IEEE floats, enumerations, strings.
struct Hdf5Type {
  std::uint64_t size = 0;     ///< Bytes of an element.
  bool is_reference = false;  ///< A string of any length: the element says where in a global heap it lies.
};

struct Hdf5Space {
  std::vector<std::uint64_t> extents;
  bool is_null = false;     ///< No element, whatever the extents.
  std::uint64_t count = 1;  ///< Elements.
};

/// What happens to the bytes of a chunk before they are stored, in that order.
enum class Hdf5Filter { deflate, shuffle, fletcher32 };

struct Hdf5Attribute {
  std::string name;
  Hdf5Type type;
  std::string values;
};

/// How a dataset is stored.
struct Hdf5Layout {
  enum class Kind { compact, contiguous, chunked, single_chunk } kind = Kind::compact;
  std::uint64_t address = kHdf5Undefined;
  std::uint64_t size = 0;            ///< Compact, contiguous: bytes. A single chunk: those stored, 0 for all.
  std::vector<std::uint64_t> chunk;  ///< Its extents.
};

// Each takes a message from its beginning and refuses what is damaged or what limpid, h5py and h5repack do
// not write.

Hdf5Type parse_hdf5_type(Hdf5Fields& fields);
Hdf5Space parse_hdf5_space(Hdf5Fields& fields);
/// `element` is the size of the dataset's elements.
std::vector<Hdf5Filter> parse_hdf5_filters(Hdf5Fields& fields, std::uint64_t element);
Hdf5Layout parse_hdf5_layout(Hdf5Fields& fields, std::uint64_t element);
Hdf5Attribute parse_hdf5_attribute(Hdf5Fields& fields);
/// The fill value, of the older and the current message: bytes, 0 where there is none.
std::uint64_t parse_hdf5_old_fill(Hdf5Fields& fields);
std::uint64_t parse_hdf5_fill(Hdf5Fields& fields);

/// Bytes of so many elements. Refused where no file has as many.
std::uint64_t hdf5_bytes(const Hdf5Place& place, std::uint64_t count, std::uint64_t element);

}  // namespace limpid
