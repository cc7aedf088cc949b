#include "weights/hdf5_attribute_check.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Of one part of an object header, and how many parts one may have. Real ones are of a few KiB, in a few.
constexpr std::uint64_t kMostBytes = 1U << 20U;
constexpr std::size_t kMostParts = 256;

constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

enum MessageType : std::uint64_t {
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kAttributeInfo = 0x15,
};

/// Where the superblock says something; the format has three layouts.
struct Superblock {
  std::uint64_t sizes_at;  ///< Bytes of an address and of a length.
  std::uint64_t base_at, root_at;
};

class Walk {
 public:
  explicit Walk(const std::filesystem::path& path)
      : origin_(path.string()), file_(path, std::ios::binary), size_(std::filesystem::file_size(path)) {}

  void run() {
    const std::string start = bytes(0, 9);
    const auto version = static_cast<unsigned char>(start[8]);
    if (version > 3) fail("its superblock is of an unknown version");
    const Superblock layout = version >= 2   ? Superblock{9, 12, 36}
                              : version == 1 ? Superblock{13, 28, 68}
                                             : Superblock{13, 24, 64};
    const std::string sizes = bytes(layout.sizes_at, 2);
    if (sizes != "\x08\x08") fail("its addresses are not of eight bytes");
    if (number(bytes(layout.base_at, 8), 0, 8) != 0) fail("it does not begin where its superblock says");
    walk_header(number(bytes(layout.root_at, 8), 0, 8));
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    fail_input("{}: the HDF5 file is damaged or cut short, or not as limpid reads them: {}", origin_, what);
  }

  std::string bytes(std::uint64_t at, std::uint64_t count) {
    if (count > kMostBytes || at > size_ || count > size_ - at) fail("its root group lies outside it");
    std::string read(count, '\0');
    file_.seekg(static_cast<std::streamoff>(at));
    if (!file_.read(read.data(), static_cast<std::streamsize>(count))) fail("it cannot be read");
    return read;
  }

  /// Little endian.
  std::uint64_t number(std::string_view data, std::uint64_t at, std::uint64_t width) const {
    if (at > data.size() || width > data.size() - at) fail("a message of its root group is cut short");
    std::uint64_t value = 0;
    for (std::uint64_t i = width; i-- > 0;) {
      value = value << 8U | static_cast<unsigned char>(data[static_cast<std::size_t>(at + i)]);
    }
    return value;
  }

  void walk_header(std::uint64_t at) {
    if (bytes(at, 4) == "OHDR") {
      walk_second_form(at);
    } else {
      const std::string prefix = bytes(at, 16);
      if (prefix[0] != 1) fail("its root group has an unknown form");
      parts_.push_back(bytes(at + 16, number(prefix, 8, 4)));
      for (std::size_t i = 0; i < parts_.size(); ++i) messages({2, 2, 1, 3}, std::string(parts_[i]));
    }
  }

  void walk_second_form(std::uint64_t at) {
    const std::string prefix = bytes(at, 6);
    const std::uint64_t flags = number(prefix, 5, 1);
    if (prefix[4] != 2) fail("its root group has an unknown form");
    std::uint64_t skip = 6 + ((flags & 0x20U) != 0 ? 16U : 0U) + ((flags & 0x10U) != 0 ? 4U : 0U);
    const std::uint64_t width = std::uint64_t{1} << (flags & 3U);
    const std::uint64_t length = number(bytes(at + skip, width), 0, width);
    skip += width;
    second_form_ = true;
    parts_.push_back(bytes(at + skip, length));
    const std::uint64_t order = (flags & 4U) != 0 ? 2 : 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) messages({1, 2, 1, order}, std::string(parts_[i]));
  }

  /// Bytes of the fields before a message's data.
  struct MessageHead {
    std::uint64_t type, size, flags, rest;
    std::uint64_t bytes() const { return type + size + flags + rest; }
  };

  void messages(const MessageHead& head, const std::string& part) {
    for (std::uint64_t at = 0; at + head.bytes() <= part.size();) {
      const std::uint64_t type = number(part, at, head.type);
      const std::uint64_t size = number(part, at + head.type, head.size);
      const std::uint64_t flags = number(part, at + head.type + head.size, head.flags);
      at += head.bytes();
      if (size > part.size() - at) fail("a message of its root group is cut short");
      message(type, flags, std::string_view(part).substr(at, size));
      at += size;
    }
  }

  void message(std::uint64_t type, std::uint64_t flags, std::string_view data) {
    if (type == kContinuation) {
      if (parts_.size() == kMostParts) fail("its root group has too many parts");
      std::string part = bytes(number(data, 0, 8), number(data, 8, 8));
      // "OCHK" before the messages, a checksum behind them.
      if (second_form_) {
        if (part.size() < 8 || !part.starts_with("OCHK")) fail("a part of its root group is damaged");
        part = part.substr(4, part.size() - 8);
      }
      parts_.push_back(std::move(part));
    } else if (type == kAttributeInfo) {
      const std::uint64_t heap_at = (number(data, 1, 1) & 1U) != 0 ? 4 : 2;
      if (number(data, heap_at, 8) != kUndefined) {
        fail(
            "its attributes lie outside the root group's header; write it for the earliest version of HDF5 (h5py: libver='earliest')");
      }
    } else if (type == kAttribute) {
      if ((flags & 2U) != 0) fail("an attribute is shared");
      attribute(data);
    }
  }

  void attribute(std::string_view data) const {
    const std::uint64_t version = number(data, 0, 1);
    if (version < 1 || version > 3) fail("an attribute is of an unknown version");
    if (version > 1 && number(data, 1, 1) != 0) fail("an attribute has a type or extents that are shared");
    const std::uint64_t name = number(data, 2, 2), type = number(data, 4, 2), space = number(data, 6, 2);
    const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
    const std::uint64_t name_at = version == 3 ? 9 : 8;
    const std::uint64_t type_at = name_at + padded(name);
    const std::uint64_t space_at = type_at + padded(type);
    const std::uint64_t data_at = space_at + padded(space);
    if (data_at > data.size()) fail("an attribute is cut short");
    if (data.substr(name_at, name).find('\0') == std::string_view::npos)
      fail("the name of an attribute does not end");
    const std::uint64_t element = element_size(data.substr(type_at, type));
    const std::uint64_t elements = element_count(data.substr(space_at, space));
    const std::uint64_t room = data.size() - data_at;
    if (element > room || (elements > 0 && element > room / elements)) fail("an attribute is cut short");
  }

  std::uint64_t element_size(std::string_view type) const {
    constexpr std::uint64_t kInteger = 0, kFloat = 1, kString = 3;
    const std::uint64_t kind = number(type, 0, 1) & 15U;
    const std::uint64_t properties = kind == kInteger ? 4 : kind == kFloat ? 12 : 0;
    if (kind != kInteger && kind != kFloat && kind != kString) {
      fail("an attribute is no number and no string of fixed length");
    }
    if (type.size() < 8 + properties) fail("the type of an attribute is cut short");
    return number(type, 4, 4);
  }

  std::uint64_t element_count(std::string_view space) const {
    constexpr std::uint64_t kMostRank = 32, kNull = 2;
    const std::uint64_t version = number(space, 0, 1), rank = number(space, 1, 1),
                        flags = number(space, 2, 1);
    if (version < 1 || version > 2 || rank > kMostRank) fail("the extents of an attribute are damaged");
    if (version == 2 && number(space, 3, 1) == kNull) return 0;
    const std::uint64_t first = version == 1 ? 8 : 4;
    std::uint64_t count = 1;
    for (std::uint64_t i = 0; i < rank; ++i) {
      const std::uint64_t extent = number(space, first + 8 * i, 8);
      if (extent > kMostBytes) fail("an attribute is larger than any");
      count = std::min(count * extent, kMostBytes);
    }
    // Largest extents follow, where there are any; they are read too.
    if ((flags & 1U) != 0 && rank > 0) number(space, first + 8 * (2 * rank - 1), 8);
    return count;
  }

  std::string origin_;
  std::ifstream file_;
  std::uint64_t size_;
  bool second_form_ = false;
  std::vector<std::string> parts_;
};

}  // namespace

void check_root_attributes(const std::filesystem::path& path) {
  Walk(path).run();
}

}  // namespace limpid
