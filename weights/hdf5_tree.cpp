#include "weights/hdf5_tree.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace limpid {
namespace {

constexpr std::uint64_t kMostLevels = 8;

class TreeWalk {
 public:
  using Leaf = std::function<void(std::string_view, std::uint64_t, std::string_view)>;

  TreeWalk(Hdf5Bytes& file, const Hdf5TreeForm& form, const Leaf& leaf)
      : file_(file), form_(form), leaf_(leaf) {}

  void node(std::uint64_t address, std::uint64_t level, bool is_root) {
    const Hdf5Place place = file_.place(fmt::format("a node of the tree of {}", form_.what), address);
    const std::uint64_t children = 2 * form_.half;
    const std::string bytes = file_.take(place, 24 + children * (form_.key_bytes + 8) + form_.key_bytes);
    Hdf5Fields fields(place, bytes);
    place.require(fields.bytes(4) == "TREE" && fields.number(1) == form_.kind, "it is no such node");
    const std::uint64_t own_level = fields.number(1), used = fields.number(2);
    place.require(is_root ? own_level <= kMostLevels : own_level == level, "it is not of its parent's level");
    place.require(used <= children && (used > 0 || is_root), "it has more children than room, or none");
    fields.skip(16);  // Nodes beside it, which only those who change the file ask for.
    std::string_view before = fields.bytes(form_.key_bytes);
    for (std::uint64_t i = 0; i < used; ++i) {
      const std::uint64_t child = fields.number(8);
      const std::string_view after = fields.bytes(form_.key_bytes);
      if (own_level > 0) {
        node(child, own_level - 1, false);
      } else {
        leaf_(before, child, after);
      }
      before = after;
    }
  }

 private:
  Hdf5Bytes& file_;
  const Hdf5TreeForm& form_;
  const Leaf& leaf_;
};

/// Bytes that a deflated stream expands to, counted no further than `most` + 1. Refused where it is damaged.
class Inflated {
 public:
  Inflated() { ready_ = inflateInit(&stream_) == Z_OK; }
  Inflated(const Inflated&) = delete;
  Inflated& operator=(const Inflated&) = delete;
  ~Inflated() { inflateEnd(&stream_); }

  std::uint64_t count(const Hdf5Bytes& file, const Hdf5Place& place, std::uint64_t stored,
                      std::uint64_t most) {
    constexpr std::uint64_t piece = 1U << 18U;
    std::vector<Bytef> out(1U << 16U);
    int state = ready_ ? Z_OK : Z_MEM_ERROR;
    for (std::uint64_t at = 0; at < stored && state == Z_OK && stream_.total_out <= most; at += piece) {
      std::string in = file.read(place, place.at + at, std::min(piece, stored - at));
      stream_.next_in = reinterpret_cast<Bytef*>(in.data());
      stream_.avail_in = static_cast<uInt>(in.size());
      do {
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        state = inflate(&stream_, Z_NO_FLUSH);
      } while (state == Z_OK && stream_.avail_out == 0 && stream_.total_out <= most);
      if (state == Z_BUF_ERROR) state = Z_OK;
    }
    place.require(state == Z_STREAM_END || (state == Z_OK && stream_.total_out > most),
                  "its compressed data is damaged");
    return stream_.total_out;
  }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
};

std::uint64_t chunk_bytes(const Hdf5Chunked& dataset, const Hdf5Place& owner) {
  std::uint64_t bytes = dataset.element;
  for (const std::uint64_t extent : dataset.chunk) bytes = hdf5_bytes(owner, bytes, extent);
  return bytes;
}

std::uint64_t chunk_count(const Hdf5Chunked& dataset, const Hdf5Place& owner) {
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < dataset.chunk.size(); ++i) {
    const std::uint64_t along =
        dataset.extents[i] / dataset.chunk[i] + (dataset.extents[i] % dataset.chunk[i] != 0);
    count = hdf5_bytes(owner, count, along);
  }
  return count;
}

}  // namespace

void walk_hdf5_tree(Hdf5Bytes& file, const Hdf5TreeForm& form, std::uint64_t address,
                    const std::function<void(std::string_view, std::uint64_t, std::string_view)>& leaf) {
  TreeWalk(file, form, leaf).node(address, 0, true);
}

void check_hdf5_chunk(Hdf5Bytes& file, const Hdf5Chunked& dataset, std::uint64_t address,
                      std::uint64_t stored, const Hdf5Place& owner) {
  const Hdf5Place place = file.place(fmt::format("a chunk of {}", owner.what), address);
  file.claim(place, stored);
  // What the filters make of the stored bytes, from the last to the first.
  constexpr std::uint64_t checksum = 4;
  const std::uint64_t bytes = chunk_bytes(dataset, owner);
  std::uint64_t size = stored;
  for (auto filter = dataset.filters.rbegin(); filter != dataset.filters.rend(); ++filter) {
    if (*filter == Hdf5Filter::fletcher32) {
      place.require(size > checksum, "it has no room for its checksum");
      size -= checksum;
    } else if (*filter == Hdf5Filter::deflate) {
      size = Inflated().count(file, place, size, bytes + checksum);
    }
  }
  place.require(size == bytes, fmt::format("it holds {} bytes of {}", size, bytes));
}

void walk_hdf5_chunks(Hdf5Bytes& file, const Hdf5Chunked& dataset, std::uint64_t address, std::uint64_t half,
                      const Hdf5Place& owner) {
  const std::size_t rank = dataset.chunk.size();
  // Stored bytes, filters left out, and where the chunk begins along each axis, the element's included.
  const Hdf5TreeForm form{Hdf5TreeForm::chunks, 8 + 8 * (rank + 1), half, owner.what};
  std::uint64_t count = 0;
  std::vector<std::uint64_t> last;
  walk_hdf5_tree(file, form, address, [&](std::string_view before, std::uint64_t chunk, std::string_view) {
    Hdf5Fields key(owner, before);
    const std::uint64_t stored = key.number(4);
    key.require(key.number(4) == 0, "a chunk of it left out a filter");
    std::vector<std::uint64_t> begin;
    for (std::size_t i = 0; i < rank; ++i) {
      begin.push_back(key.number(8));
      key.require(begin[i] < dataset.extents[i] && begin[i] % dataset.chunk[i] == 0,
                  "a chunk of it lies outside its extents");
    }
    key.require(key.number(8) == 0 && (count == 0 || begin > last), "its chunks are not in order");
    check_hdf5_chunk(file, dataset, chunk, stored, owner);
    last = std::move(begin);
    ++count;
  });
  const std::uint64_t all = chunk_count(dataset, owner);
  owner.require(count == all, fmt::format("{} of its {} chunks are stored", count, all));
}

}  // namespace limpid
