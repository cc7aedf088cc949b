// The header of an HDF5 object: the messages in it, of both versions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weights/hdf5_bytes.h"
#include "weights/hdf5_messages.h"

namespace limpid {

struct Hdf5Message {
  enum Kind : std::uint64_t {
    nothing = 0x00,
    space = 0x01,
    link_info = 0x02,
    type = 0x03,
    old_fill = 0x04,
    fill = 0x05,
    link = 0x06,
    layout = 0x08,
    group_info = 0x0A,
    filters = 0x0B,
    attribute = 0x0C,
    continuation = 0x10,
    symbol_table = 0x11,
    modified = 0x12,
    attribute_info = 0x15,
    references = 0x16,
  } kind = nothing;
  std::string bytes;

  Hdf5Attribute attribute_of(const Hdf5Place& place) const;
};

struct Hdf5Header {
  std::vector<Hdf5Message> messages;  ///< But for those that say where others are.

  /// The only message of that kind; null where there is none.
  const Hdf5Message* find(Hdf5Message::Kind kind) const;
};

/// Takes the header at `object` and what continues it. Refuses messages that limpid, h5py and h5repack do not
/// write, shared ones, and two of a kind that there is one of.
Hdf5Header read_hdf5_header(Hdf5Bytes& file, const Hdf5Place& object);

/// A link inside a header.
struct Hdf5Link {
  std::string name;
  bool is_hard = false;  ///< Others lead to names, in this file or another; they are not followed.
  std::uint64_t header = kHdf5Undefined;
};

Hdf5Link parse_hdf5_link(const Hdf5Place& place, std::string_view bytes);

}  // namespace limpid
