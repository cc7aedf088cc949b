#include "weights/hdf5_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace limpid {
namespace {

constexpr std::uint64_t padded(std::uint64_t size) {
  return (size + 7) / 8 * 8;
}

void parse_integer(Hdf5Fields& fields, std::uint64_t bits, std::uint64_t size) {
  constexpr std::uint64_t kSigned = 8;
  const std::uint64_t offset = fields.number(2), precision = fields.number(2);
  fields.require((bits & ~kSigned) == 0 && (size == 1 || size == 2 || size == 4 || size == 8) &&
                     offset == 0 && precision == 8 * size,
                 "an integer in it is not of 1, 2, 4 or 8 bytes, little endian");
}

void parse_float(Hdf5Fields& fields, std::uint64_t bits, std::uint64_t size) {
  // Bits: little endian, no padding, a leading one that is not stored, and where the sign is. Then offset,
  // precision, place and size of the exponent, place and size of the mantissa, bias.
  using Form = std::array<std::uint64_t, 9>;
  static constexpr std::array<Form, 3> kForms = {{
      {2, 0x0F20, 0, 16, 10, 5, 0, 10, 15},
      {4, 0x1F20, 0, 32, 23, 8, 0, 23, 127},
      {8, 0x3F20, 0, 64, 52, 11, 0, 52, 1023},
  }};
  Form form = {size, bits};
  constexpr std::array<std::uint64_t, 7> widths = {2, 2, 1, 1, 1, 1, 4};
  for (std::size_t i = 0; i < widths.size(); ++i) form[i + 2] = fields.number(widths[i]);
  fields.require(std::ranges::find(kForms, form) != kForms.end(),
                 "a float in it is not one of IEEE's of 16, 32 or 64 bits, little endian");
}

void check_string(const Hdf5Fields& fields, std::uint64_t padding, std::uint64_t characters) {
  fields.require(padding <= 2 && characters <= 1, "a string in it is padded or encoded in an unknown way");
}

/// The number or character that an enumeration or a string is made of.
std::uint64_t parse_base(Hdf5Fields& fields) {
  const std::uint64_t head = fields.number(1);
  const std::uint64_t bits = fields.number(3), size = fields.number(4);
  fields.require(head >> 4U >= 1 && head >> 4U <= 3, "its type is of an unknown version");
  if ((head & 15U) == 3 && size == 1) {
    check_string(fields, bits & 15U, bits >> 4U);
  } else {
    fields.require((head & 15U) == 0, "its type is made of others than integers and characters");
    parse_integer(fields, bits, size);
  }
  return size;
}

void parse_enumeration(Hdf5Fields& fields, std::uint64_t version, std::uint64_t bits, std::uint64_t size) {
  fields.require(parse_base(fields) == size, "an enumeration in it is not of its integer's size");
  for (std::uint64_t member = 0; member < bits; ++member) {
    const std::uint64_t name = fields.text().size() + 1;
    if (version < 3) fields.skip(padded(name) - name);
  }
  fields.skip(bits * size);
}

/// The filter's number and its parameters.
struct StoredFilter {
  std::uint64_t number = 0;
  std::vector<std::uint64_t> values;
};

StoredFilter parse_filter(Hdf5Fields& fields, std::uint64_t version) {
  constexpr std::uint64_t kOptional = 1, kOwn = 256;
  StoredFilter filter;
  filter.number = fields.number(2);
  const std::uint64_t name = version == 1 || filter.number >= kOwn ? fields.number(2) : 0;
  const std::uint64_t flags = fields.number(2), count = fields.number(2);
  fields.require((flags & ~kOptional) == 0, "a filter in it has unknown flags");
  if (name > 0) {
    Hdf5Fields text(fields.place(), fields.bytes(version == 1 ? padded(name) : name));
    text.text();
  }
  for (std::uint64_t i = 0; i < count; ++i) filter.values.push_back(fields.number(4));
  if (version == 1 && count % 2 == 1) fields.skip(4);
  return filter;
}

void parse_chunk(Hdf5Fields& fields, Hdf5Layout& layout, std::uint64_t rank, std::uint64_t width,
                 std::uint64_t element) {
  for (std::uint64_t i = 0; i + 1 < rank; ++i) layout.chunk.push_back(fields.number(width));
  fields.require(rank >= 2 && std::ranges::find(layout.chunk, 0U) == layout.chunk.end(),
                 "its chunks have no extents");
  fields.require(fields.number(width) == element, "its chunks are not of its type");
}

/// As HDF5 1.10 writes where it may: `rank` counts the element as an axis, as in version 3.
void parse_newer_chunks(Hdf5Fields& fields, Hdf5Layout& layout, std::uint64_t element) {
  constexpr std::uint64_t kFiltered = 2, kSingle = 1;
  const std::uint64_t flags = fields.number(1), rank = fields.number(1), width = fields.number(1);
  fields.require(width >= 1 && width <= 8 && rank <= 33, "its chunks have no extents");
  parse_chunk(fields, layout, rank, width, element);
  fields.require(fields.number(1) == kSingle && (flags & ~kFiltered) == 0,
                 "its chunks are listed in a newer form; write it for the earliest version of HDF5 (h5py: "
                 "libver='earliest')");
  layout.kind = Hdf5Layout::Kind::single_chunk;
  if (flags == kFiltered) {
    layout.size = fields.number(8);
    fields.require(layout.size > 0 && fields.number(4) == 0, "its chunk left out a filter");
  }
  layout.address = fields.number(8);
}

}  // namespace

std::uint64_t hdf5_bytes(const Hdf5Place& place, std::uint64_t count, std::uint64_t element) {
  constexpr std::uint64_t most = std::uint64_t{1} << 62U;
  place.require(element == 0 || count <= most / element, "it declares more elements than any file has");
  return count * element;
}

Hdf5Type parse_hdf5_type(Hdf5Fields& fields) {
  constexpr std::uint64_t kInteger = 0, kFloat = 1, kString = 3, kEnumeration = 8, kAnyLength = 9;
  const std::uint64_t head = fields.number(1), bits = fields.number(3);
  const std::uint64_t version = head >> 4U;
  fields.require(version >= 1 && version <= 3, "its type is of an unknown version");
  Hdf5Type type{fields.number(4)};
  fields.require(type.size > 0, "its elements have no bytes");
  switch (head & 15U) {
    case kInteger:
      parse_integer(fields, bits, type.size);
      break;
    case kFloat:
      parse_float(fields, bits, type.size);
      break;
    case kString:
      check_string(fields, bits & 15U, bits >> 4U);
      break;
    case kEnumeration:
      parse_enumeration(fields, version, bits, type.size);
      break;
    case kAnyLength:
      fields.require((bits & 15U) == 1 && type.size == 16, "its elements are lists of any length");
      check_string(fields, bits >> 4U & 15U, bits >> 8U);
      fields.require(parse_base(fields) == 1, "its strings are not made of bytes");
      type.is_reference = true;
      break;
    default:
      fields.place().refuse("its type is no number and no string");
  }
  return type;
}

Hdf5Space parse_hdf5_space(Hdf5Fields& fields) {
  constexpr std::uint64_t kMostRank = 32, kLargestGiven = 1, kScalar = 0, kSimple = 1, kNull = 2;
  const std::uint64_t version = fields.number(1), rank = fields.number(1), flags = fields.number(1);
  fields.require((version == 1 || version == 2) && rank <= kMostRank && (flags & ~kLargestGiven) == 0,
                 "its extents are of an unknown form");
  Hdf5Space space;
  if (version == 1) {
    fields.skip(5);
  } else {
    const std::uint64_t kind = fields.number(1);
    fields.require(kind == kSimple || (rank == 0 && (kind == kScalar || kind == kNull)),
                   "its extents are of an unknown form");
    space.is_null = kind == kNull;
  }
  for (std::uint64_t i = 0; i < rank; ++i) {
    space.extents.push_back(fields.number(8));
    space.count = hdf5_bytes(fields.place(), space.count, space.extents.back());
  }
  if (flags == kLargestGiven) {
    for (const std::uint64_t extent : space.extents) {
      fields.require(fields.number(8) >= extent, "its extents are beyond the largest they may have");
    }
  }
  if (space.is_null) space.count = 0;
  return space;
}

std::uint64_t parse_hdf5_old_fill(Hdf5Fields& fields) {
  const std::uint64_t size = fields.number(4);
  fields.skip(size);
  return size;
}

std::uint64_t parse_hdf5_fill(Hdf5Fields& fields) {
  const std::uint64_t version = fields.number(1);
  fields.require(version >= 1 && version <= 3, "its fill value is of an unknown version");
  bool defined = false;
  if (version == 3) {
    // Two bits each for when space is taken and when it is filled; undefined, or a value that follows.
    constexpr std::uint64_t kDefined = 0x20, kUndefined = 0x10, kTimes = 0x0F;
    const std::uint64_t flags = fields.number(1);
    fields.require((flags & ~(kDefined | kUndefined | kTimes)) == 0 &&
                       (flags & (kDefined | kUndefined)) != 0x30 && (flags >> 2U & 3U) <= 2,
                   "its fill value has unknown flags");
    defined = (flags & kDefined) != 0;
  } else {
    const std::uint64_t space_time = fields.number(1), fill_time = fields.number(1),
                        is_defined = fields.number(1);
    fields.require(space_time <= 3 && fill_time <= 2 && is_defined <= 2,
                   "its fill value is set in an unknown way");
    defined = version == 1 || is_defined == 1;
  }
  if (!defined) return 0;
  const std::uint64_t size = fields.number(4);
  // Written for one of no bytes: "the default".
  constexpr std::uint64_t kDefault = 0xFFFFFFFF;
  if (version == 1 && size == kDefault) return 0;
  fields.skip(size);
  return size;
}

std::vector<Hdf5Filter> parse_hdf5_filters(Hdf5Fields& fields, std::uint64_t element) {
  constexpr std::uint64_t kDeflate = 1, kShuffle = 2, kFletcher32 = 3, kMost = 3;
  const std::uint64_t version = fields.number(1), count = fields.number(1);
  fields.require((version == 1 || version == 2) && count <= kMost,
                 "its list of filters is of an unknown form");
  if (version == 1) fields.skip(6);
  std::vector<Hdf5Filter> filters;
  const auto add = [&](Hdf5Filter filter, bool good) {
    fields.require(good && std::ranges::find(filters, filter) == filters.end(),
                   "a filter in it has other values than it can have");
    filters.push_back(filter);
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    const StoredFilter stored = parse_filter(fields, version);
    const std::vector<std::uint64_t>& values = stored.values;
    if (stored.number == kDeflate) {
      add(Hdf5Filter::deflate, values.size() == 1 && values[0] <= 9);
    } else if (stored.number == kShuffle) {
      add(Hdf5Filter::shuffle, values.size() == 1 && values[0] == element);
    } else if (stored.number == kFletcher32) {
      add(Hdf5Filter::fletcher32, values.empty());
    } else {
      fields.place().refuse(
          fmt::format("it is stored in a way limpid does not read: filter {}, where deflate, shuffle and "
                      "Fletcher-32 are read",
                      stored.number));
    }
  }
  // The other way round it could be read, but not looked at: nobody does so on purpose.
  const auto deflate = std::ranges::find(filters, Hdf5Filter::deflate);
  fields.require(std::find(deflate, filters.end(), Hdf5Filter::shuffle) == filters.end(),
                 "it was shuffled after it was compressed");
  return filters;
}

Hdf5Layout parse_hdf5_layout(Hdf5Fields& fields, std::uint64_t element) {
  constexpr std::uint64_t kCompact = 0, kContiguous = 1, kChunked = 2;
  const std::uint64_t version = fields.number(1), kind = fields.number(1);
  fields.require(version == 3 || version == 4, "its layout is of an unknown version");
  Hdf5Layout layout;
  if (kind == kCompact) {
    layout.size = fields.number(2);
    fields.skip(layout.size);
  } else if (kind == kContiguous) {
    layout.kind = Hdf5Layout::Kind::contiguous;
    layout.address = fields.number(8);
    layout.size = fields.number(8);
  } else if (kind == kChunked && version == 4) {
    parse_newer_chunks(fields, layout, element);
  } else {
    fields.require(kind == kChunked,
                   "it is stored in a way limpid does not read: outside the file, or virtual");
    layout.kind = Hdf5Layout::Kind::chunked;
    const std::uint64_t rank = fields.number(1);
    layout.address = fields.number(8);
    parse_chunk(fields, layout, rank, 4, element);
  }
  return layout;
}

Hdf5Attribute parse_hdf5_attribute(Hdf5Fields& fields) {
  const std::uint64_t version = fields.number(1), flags = fields.number(1);
  fields.require(version >= 1 && version <= 3, "an attribute in it is of an unknown version");
  fields.require(flags == 0, "an attribute in it has a type or extents that are shared");
  const std::uint64_t name_size = fields.number(2), type_size = fields.number(2),
                      space_size = fields.number(2);
  if (version == 3)
    fields.require(fields.number(1) <= 1, "the name of an attribute in it is of an unknown encoding");
  const auto part = [&](std::uint64_t size) {
    return fields.bytes(version == 1 ? padded(size) : size).substr(0, size);
  };
  Hdf5Fields name(fields.place(), part(name_size));
  const std::string_view type_bytes = part(type_size), space_bytes = part(space_size);
  Hdf5Attribute attribute;
  attribute.name = name.text();
  fields.require(attribute.name.size() + 1 == name_size && !attribute.name.empty(),
                 "the name of an attribute in it does not end where it should");
  Hdf5Place place = fields.place();
  place.what = fmt::format("the attribute '{}' of {}", attribute.name, place.what);
  Hdf5Fields type(place, type_bytes), space(place, space_bytes);
  attribute.type = parse_hdf5_type(type);
  const std::uint64_t count = parse_hdf5_space(space).count;
  attribute.values = fields.bytes(hdf5_bytes(place, count, attribute.type.size));
  return attribute;
}

}  // namespace limpid
