#include "weights/hdf5_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

namespace limpid {
namespace {

/// How the messages of a header are laid out.
struct Form {
  bool newer = false;
  std::uint64_t kind_width = 2, rest = 3;  ///< Bytes of a message's kind, and between its flags and its data.
  std::uint64_t head() const { return kind_width + 2 + 1 + rest; }
};

class HeaderWalk {
 public:
  HeaderWalk(Hdf5Bytes& file, const Hdf5Place& object) : file_(file), object_(object) {}

  Hdf5Header run() {
    if (file_.read(object_, object_.at, 4) == "OHDR") {
      newer();
    } else {
      older();
    }
    while (!parts_.empty()) {
      const Part part = parts_.front();
      parts_.pop_front();
      continued(part);
    }
    object_.require(declared_ == kAny || declared_ == found_, "it has not as many messages as it says");
    return std::move(header_);
  }

 private:
  struct Part {
    std::uint64_t at, size;
  };
  static constexpr std::uint64_t kAny = ~std::uint64_t{0};

  void older() {
    const Hdf5Place place = file_.place(fmt::format("the header of {}", object_.what), object_.at);
    const std::string prefix = file_.take(place, 16);
    Hdf5Fields fields(place, prefix);
    place.require(fields.number(1) == 1, "it is of an unknown form");
    fields.skip(1);
    declared_ = fields.number(2);
    fields.skip(4);
    const std::uint64_t size = fields.number(4);
    const Hdf5Place data = file_.place(place.what, object_.at + 16);
    messages(data, file_.take(data, size));
  }

  void newer() {
    constexpr std::uint64_t kOrder = 4, kPhases = 16, kTimes = 32, kKnown = 0x3F;
    const std::string prefix = file_.read(object_, object_.at, 6);
    Hdf5Fields fields(object_, prefix);
    fields.skip(4);
    object_.require(fields.number(1) == 2, "it is of an unknown form");
    const std::uint64_t flags = fields.number(1);
    object_.require((flags & ~kKnown) == 0, "it has unknown flags");
    form_ = {true, 1, (flags & kOrder) != 0 ? 2U : 0U};
    const std::uint64_t width = std::uint64_t{1} << (flags & 3U);
    const std::uint64_t size_at = 6 + ((flags & kTimes) != 0 ? 16U : 0U) + ((flags & kPhases) != 0 ? 4U : 0U);
    const std::string size_bytes = file_.read(object_, object_.at + size_at, width);
    const std::uint64_t size = Hdf5Fields(object_, size_bytes).number(width);
    const Hdf5Place place = file_.place(fmt::format("the header of {}", object_.what), object_.at);
    constexpr std::uint64_t kMost = 1U << 24U, kChecksum = 4;
    place.require(size <= kMost, "it is larger than any");
    const std::string bytes = file_.take(place, size_at + width + size + kChecksum);
    messages(place, std::string_view(bytes).substr(size_at + width, size));
  }

  void continued(const Part& part) {
    const Hdf5Place place = file_.place(fmt::format("the continued header of {}", object_.what), part.at);
    const std::string bytes = file_.take(place, part.size);
    if (!form_.newer) return messages(place, bytes);
    constexpr std::uint64_t kFrame = 8;
    place.require(bytes.size() >= kFrame && bytes.starts_with("OCHK"), "it is no part of a header");
    messages(place, std::string_view(bytes).substr(4, bytes.size() - kFrame));
  }

  void messages(const Hdf5Place& place, std::string_view bytes) {
    Hdf5Fields fields(place, bytes);
    while (fields.left() >= form_.head()) {
      const std::uint64_t kind = fields.number(form_.kind_width), size = fields.number(2),
                          flags = fields.number(1);
      fields.skip(form_.rest);
      message(place, kind, flags, fields.bytes(size));
    }
    place.require(form_.newer || fields.left() == 0, "a message in it is cut short");
  }

  void message(const Hdf5Place& place, std::uint64_t kind, std::uint64_t flags, std::string_view bytes) {
    // The message never changes; it is not to be shared.
    constexpr std::uint64_t kKnownFlags = 1 | 4;
    ++found_;
    place.require((flags & ~kKnownFlags) == 0,
                  fmt::format("a message of kind {} is shared or has unknown flags ({})", kind, flags));
    Hdf5Fields fields(place, bytes);
    switch (kind) {
      case Hdf5Message::nothing:
        return;
      case Hdf5Message::continuation: {
        const std::uint64_t at = fields.number(8);
        parts_.push_back({at, fields.number(8)});
        return;
      }
      case Hdf5Message::attribute_info:
        return attribute_info(fields);
      case Hdf5Message::group_info:
        group_info(fields);
        once(place, kind);
        break;
      case Hdf5Message::modified:
        place.require(fields.number(1) == 1, "its time is of an unknown form");
        fields.skip(7);
        once(place, kind);
        break;
      case Hdf5Message::references:
        place.require(fields.number(1) == 0, "its number of links is of an unknown form");
        fields.skip(4);
        once(place, kind);
        break;
      case Hdf5Message::link:
      case Hdf5Message::attribute:
        break;
      case Hdf5Message::space:
      case Hdf5Message::link_info:
      case Hdf5Message::type:
      case Hdf5Message::old_fill:
      case Hdf5Message::fill:
      case Hdf5Message::layout:
      case Hdf5Message::filters:
      case Hdf5Message::symbol_table:
        once(place, kind);
        break;
      default:
        place.refuse(fmt::format("it has a message of kind {}, which limpid does not read", kind));
    }
    header_.messages.push_back({static_cast<Hdf5Message::Kind>(kind), std::string(bytes)});
  }

  void once(const Hdf5Place& place, std::uint64_t kind) const {
    place.require(header_.find(static_cast<Hdf5Message::Kind>(kind)) == nullptr,
                  fmt::format("it has two messages of kind {}", kind));
  }

  static void group_info(Hdf5Fields& fields) {
    const std::uint64_t version = fields.number(1), flags = fields.number(1);
    fields.require(version == 0 && flags <= 3, "its group is of an unknown form");
    fields.skip(((flags & 1U) != 0 ? 4U : 0U) + ((flags & 2U) != 0 ? 4U : 0U));
  }

  static void attribute_info(Hdf5Fields& fields) {
    const std::uint64_t version = fields.number(1), flags = fields.number(1);
    fields.require(version == 0 && flags <= 3, "its attributes are of an unknown form");
    if ((flags & 1U) != 0) fields.skip(2);
    for (std::uint64_t i = 0; i < ((flags & 2U) != 0 ? 3U : 2U); ++i) {
      fields.require(
          fields.number(8) == kHdf5Undefined,
          "its attributes are kept outside it; h5repack makes a file that can be read of it, as h5py does "
          "with libver='earliest'");
    }
  }

  Hdf5Bytes& file_;
  const Hdf5Place& object_;
  Form form_;
  std::uint64_t declared_ = kAny, found_ = 0;
  std::deque<Part> parts_;
  Hdf5Header header_;
};

}  // namespace

Hdf5Attribute Hdf5Message::attribute_of(const Hdf5Place& place) const {
  Hdf5Fields fields(place, bytes);
  return parse_hdf5_attribute(fields);
}

const Hdf5Message* Hdf5Header::find(Hdf5Message::Kind kind) const {
  const auto found = std::ranges::find(messages, kind, &Hdf5Message::kind);
  return found == messages.end() ? nullptr : &*found;
}

Hdf5Header read_hdf5_header(Hdf5Bytes& file, const Hdf5Place& object) {
  return HeaderWalk(file, object).run();
}

Hdf5Link parse_hdf5_link(const Hdf5Place& place, std::string_view bytes) {
  constexpr std::uint64_t kKind = 8, kOrder = 4, kEncoding = 16, kKnown = 0x1F, kHard = 0, kSoft = 1,
                          kExternal = 64;
  Hdf5Fields fields(place, bytes);
  const std::uint64_t version = fields.number(1), flags = fields.number(1);
  place.require(version == 1 && (flags & ~kKnown) == 0, "a link in it is of an unknown form");
  const std::uint64_t kind = (flags & kKind) != 0 ? fields.number(1) : kHard;
  place.require(kind == kHard || kind == kSoft || kind == kExternal, "a link in it is of an unknown kind");
  if ((flags & kOrder) != 0) fields.skip(8);
  if ((flags & kEncoding) != 0)
    place.require(fields.number(1) <= 1, "a link's name is of an unknown encoding");
  Hdf5Link link;
  link.name = fields.bytes(fields.number(std::uint64_t{1} << (flags & 3U)));
  place.require(!link.name.empty() && link.name.find('\0') == std::string::npos, "a link in it has no name");
  link.is_hard = kind == kHard;
  if (link.is_hard) {
    link.header = fields.number(8);
  } else {
    fields.skip(fields.number(2));
  }
  return link;
}

}  // namespace limpid
