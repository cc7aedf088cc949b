#include "weights/hdf5_structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "weights/hdf5_bytes.h"
#include "weights/hdf5_header.h"
#include "weights/hdf5_heaps.h"
#include "weights/hdf5_messages.h"
#include "weights/hdf5_tree.h"

namespace limpid {
namespace {

constexpr int kMostDepth = 32;
constexpr std::uint64_t kUsualLeaf = 4, kUsualGroup = 16, kUsualChunks = 32;
constexpr const char* kRemedy =
    "h5repack makes a file that can be read of it, as h5py does with libver='earliest'";

/// Tree and heap of a group of the older form.
struct SymbolTable {
  std::uint64_t tree = kHdf5Undefined, heap = kHdf5Undefined;
  bool operator==(const SymbolTable&) const = default;
};

/// What a symbol table says of an object beside its name.
struct Entry {
  std::uint64_t name = 0, header = 0;
  enum Cached : std::uint64_t { nothing = 0, table = 1, soft_link = 2 };
  std::uint64_t cached = nothing;
  SymbolTable cached_table;
  std::uint64_t link = 0;  ///< Where in the heap a soft link's text lies.
};

Entry parse_entry(Hdf5Fields& fields) {
  Entry entry;
  entry.name = fields.number(8);
  entry.header = fields.number(8);
  entry.cached = fields.number(4);
  fields.require(entry.cached <= Entry::soft_link, "an entry is of an unknown kind");
  fields.skip(4);
  Hdf5Fields scratch(fields.place(), fields.bytes(16));
  if (entry.cached == Entry::table) entry.cached_table = {scratch.number(8), scratch.number(8)};
  if (entry.cached == Entry::soft_link) entry.link = scratch.number(4);
  return entry;
}

class Walk {
 public:
  explicit Walk(const Hdf5Source& source) : file_(source), heaps_(file_) {}

  void run() {
    constexpr std::uint64_t signature = 8;
    const Hdf5Place place = file_.place("the superblock", 0);
    const std::string start = file_.read(place, 0, signature + 1);
    place.require(start.starts_with("\x89HDF\r\n\x1a\n"), "it has not HDF5's signature");
    const auto version = static_cast<unsigned char>(start[signature]);
    place.require(version <= 3, "it is of an unknown version");
    if (version <= 1) {
      older_superblock(place, version);
    } else {
      newer_superblock(place);
    }
  }

 private:
  void older_superblock(const Hdf5Place& place, unsigned version) {
    const std::string bytes = file_.take(place, version == 0 ? 96 : 100);
    Hdf5Fields fields(place, bytes);
    fields.skip(9);
    place.require(fields.number(2) == 0, "it is of an unknown version");
    fields.skip(1);
    place.require(fields.number(1) == 0, "it is of an unknown version");
    check_widths(fields);
    fields.skip(1);
    leaf_half_ = fields.number(2);
    group_half_ = fields.number(2);
    fields.skip(4);
    if (version == 1) {
      chunks_half_ = fields.number(2);
      fields.skip(2);
    }
    place.require(leaf_half_ > 0 && group_half_ > 0 && chunks_half_ > 0, "its trees have no room");
    place.require(fields.number(8) == 0, "the file does not begin where it says");
    place.require(fields.number(8) == kHdf5Undefined, "it keeps free space in a newer form");
    file_.end_at(place, fields.number(8));
    place.require(fields.number(8) == kHdf5Undefined, "it names a driver");
    const Entry root = parse_entry(fields);
    place.require(root.cached != Entry::soft_link, "its root is a link");
    object(root, "/", 0);
  }

  void newer_superblock(const Hdf5Place& place) {
    const std::string bytes = file_.take(place, 48);
    Hdf5Fields fields(place, bytes);
    fields.skip(9);
    check_widths(fields);
    place.require((fields.number(1) & ~std::uint64_t{7}) == 0, "it has unknown flags");
    place.require(fields.number(8) == 0, "the file does not begin where it says");
    place.require(fields.number(8) == kHdf5Undefined, fmt::format("it has an extension; {}", kRemedy));
    file_.end_at(place, fields.number(8));
    Entry root;
    root.header = fields.number(8);
    object(root, "/", 0);
  }

  static void check_widths(Hdf5Fields& fields) {
    const std::uint64_t addresses = fields.number(1), lengths = fields.number(1);
    fields.require(addresses == 8 && lengths == 8, "its addresses are not of eight bytes");
  }

  void object(const Entry& entry, const std::string& path, int depth) {
    const Hdf5Place place = file_.place(fmt::format("the object '{}'", path), entry.header);
    place.require(depth <= kMostDepth, "it lies deeper than any");
    const Hdf5Header header = read_hdf5_header(file_, place);
    for (const Hdf5Message& message : header.messages) {
      if (message.kind == Hdf5Message::attribute) heaps_.check(place, message.attribute_of(place));
    }
    check_attribute_names(header, place);
    const Hdf5Message* table = header.find(Hdf5Message::symbol_table);
    const bool is_group = table != nullptr || header.find(Hdf5Message::link_info) != nullptr;
    SymbolTable own;
    if (table != nullptr) {
      Hdf5Fields fields(place, table->bytes);
      own = {fields.number(8), fields.number(8)};
    }
    // A group that went over to the newer form has no table; HDF5 knows.
    place.require(entry.cached != Entry::table || table == nullptr || entry.cached_table == own,
                  "its parent gives it another list of members than it has");
    if (is_group) {
      place.require(header.find(Hdf5Message::layout) == nullptr, "it is a group and a dataset");
      if (table != nullptr) members(own, path, depth);
      newer_members(header, place, path, depth);
    } else {
      dataset(header, place);
    }
  }

  static void check_attribute_names(const Hdf5Header& header, const Hdf5Place& place) {
    std::set<std::string> names;
    for (const Hdf5Message& message : header.messages) {
      if (message.kind != Hdf5Message::attribute) continue;
      place.require(names.insert(message.attribute_of(place).name).second,
                    "two of its attributes have one name");
    }
  }

  static std::string child_path(const std::string& path, std::string_view name) {
    return fmt::format("{}{}{}", path, path.ends_with('/') ? "" : "/", name);
  }

  void members(const SymbolTable& table, const std::string& path, int depth) {
    const Hdf5LocalHeap heap(file_, table.heap, path);
    const Hdf5TreeForm form{Hdf5TreeForm::group, 8, group_half_, fmt::format("'{}'", path)};
    std::string last;
    std::vector<std::pair<Entry, std::string>> found;
    walk_hdf5_tree(
        file_, form, table.tree, [&](std::string_view before, std::uint64_t at, std::string_view after) {
          const Hdf5Place place = file_.place(fmt::format("a list of members of '{}'", path), at);
          Hdf5Fields low(place, before), high(place, after);
          const std::string_view lowest = heap.text(low.number(8)), highest = heap.text(high.number(8));
          const std::string bytes = file_.take(place, 8 + 2 * leaf_half_ * 40);
          Hdf5Fields fields(place, bytes);
          place.require(fields.bytes(4) == "SNOD" && fields.number(1) == 1, "it is no such list");
          fields.skip(1);
          const std::uint64_t used = fields.number(2);
          place.require(used >= 1 && used <= 2 * leaf_half_, "it has more members than room, or none");
          for (std::uint64_t i = 0; i < used; ++i) {
            const Entry entry = parse_entry(fields);
            const std::string name(heap.text(entry.name));
            place.require(!name.empty() && name > last && name > lowest && name <= highest,
                          "its names are not in order");
            if (entry.cached == Entry::soft_link) {
              heap.text(entry.link);
            } else {
              found.emplace_back(entry, name);
            }
            last = name;
          }
        });
    for (const auto& [entry, name] : found) object(entry, child_path(path, name), depth + 1);
  }

  /// Links that a group of the newer form keeps in its header.
  void newer_members(const Hdf5Header& header, const Hdf5Place& place, const std::string& path, int depth) {
    if (const Hdf5Message* info = header.find(Hdf5Message::link_info)) {
      Hdf5Fields fields(place, info->bytes);
      const std::uint64_t version = fields.number(1), flags = fields.number(1);
      place.require(version == 0 && flags <= 3, "its links are of an unknown form");
      if ((flags & 1U) != 0) fields.skip(8);
      bool inside = fields.number(8) == kHdf5Undefined && fields.number(8) == kHdf5Undefined;
      if ((flags & 2U) != 0) inside = fields.number(8) == kHdf5Undefined && inside;
      place.require(inside, fmt::format("its links are kept outside it; {}", kRemedy));
    }
    std::set<std::string> names;
    for (const Hdf5Message& message : header.messages) {
      if (message.kind != Hdf5Message::link) continue;
      const Hdf5Link link = parse_hdf5_link(place, message.bytes);
      place.require(names.insert(link.name).second, "two of its links have one name");
      Entry entry;
      entry.header = link.header;
      if (link.is_hard) object(entry, child_path(path, link.name), depth + 1);
    }
  }

  void dataset(const Hdf5Header& header, const Hdf5Place& place) {
    const auto fields_of = [&](Hdf5Message::Kind kind) {
      const Hdf5Message* message = header.find(kind);
      place.require(message != nullptr, "it is no group, and lacks what a dataset has");
      return Hdf5Fields(place, message->bytes);
    };
    Hdf5Fields type_fields = fields_of(Hdf5Message::type), space_fields = fields_of(Hdf5Message::space),
               layout_fields = fields_of(Hdf5Message::layout);
    const Hdf5Type type = parse_hdf5_type(type_fields);
    const Hdf5Space space = parse_hdf5_space(space_fields);
    const std::uint64_t bytes = hdf5_bytes(place, space.count, type.size);
    check_fill(header, place, type.size);
    std::vector<Hdf5Filter> filters;
    if (const Hdf5Message* message = header.find(Hdf5Message::filters)) {
      Hdf5Fields fields(place, message->bytes);
      filters = parse_hdf5_filters(fields, type.size);
    }
    const Hdf5Layout layout = parse_hdf5_layout(layout_fields, type.size);
    using Kind = Hdf5Layout::Kind;
    if (layout.kind == Kind::compact || layout.kind == Kind::contiguous) {
      place.require(layout.size == bytes && filters.empty(),
                    fmt::format("it is stored in {} bytes and has {}", layout.size, bytes));
      if (layout.kind == Kind::contiguous && layout.address != kHdf5Undefined) {
        file_.claim(file_.place(fmt::format("the data of {}", place.what), layout.address), bytes);
      }
      return;
    }
    const Hdf5Chunked chunked{space.extents, layout.chunk, type.size, filters};
    check_chunk_size(chunked, place, bytes);
    if (layout.address == kHdf5Undefined) return;
    if (layout.kind == Kind::chunked) {
      walk_hdf5_chunks(file_, chunked, layout.address, chunks_half_, place);
    } else {
      place.require((layout.size > 0) == !filters.empty(),
                    "its chunk is filtered, or is not, against its filters");
      const bool alone = std::ranges::equal(space.extents, layout.chunk);
      place.require(alone, "its only chunk is not of its extents");
      check_hdf5_chunk(file_, chunked, layout.address, layout.size > 0 ? layout.size : bytes, place);
    }
  }

  /// Chunks are held in memory whole.
  static void check_chunk_size(const Hdf5Chunked& chunked, const Hdf5Place& place, std::uint64_t bytes) {
    constexpr std::uint64_t free = 1U << 20U;
    place.require(chunked.chunk.size() == chunked.extents.size(), "its chunks are not of its rank");
    std::uint64_t chunk = chunked.element;
    for (const std::uint64_t extent : chunked.chunk) chunk = hdf5_bytes(place, chunk, extent);
    place.require(chunk <= std::max(bytes, free), "its chunks are larger than it");
  }

  static void check_fill(const Hdf5Header& header, const Hdf5Place& place, std::uint64_t element) {
    const auto check = [&](Hdf5Message::Kind kind, auto parse) {
      const Hdf5Message* message = header.find(kind);
      if (message == nullptr) return;
      Hdf5Fields fields(place, message->bytes);
      const std::uint64_t size = parse(fields);
      place.require(size == 0 || size == element, "its fill value is not of its type");
    };
    check(Hdf5Message::fill, parse_hdf5_fill);
    check(Hdf5Message::old_fill, parse_hdf5_old_fill);
  }

  Hdf5Bytes file_;
  Hdf5GlobalHeaps heaps_;
  std::uint64_t leaf_half_ = kUsualLeaf, group_half_ = kUsualGroup, chunks_half_ = kUsualChunks;
};

}  // namespace

void check_hdf5_structure(const Hdf5Source& source) {
  Walk(source).run();
}

}  // namespace limpid
