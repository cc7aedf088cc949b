#include "weights/hdf5_heaps.h"

#include <fmt/format.h>

namespace limpid {

Hdf5LocalHeap::Hdf5LocalHeap(Hdf5Bytes& file, std::uint64_t address, const std::string& path)
    : place_(file.place(fmt::format("the heap of '{}'", path), address)) {
  const std::string head = file.take(place_, 32);
  Hdf5Fields fields(place_, head);
  place_.require(fields.bytes(4) == "HEAP" && fields.number(1) == 0, "it is no heap");
  fields.skip(3);
  const std::uint64_t size = fields.number(8), free = fields.number(8);
  data_ = file.take(file.place(fmt::format("the names in '{}'", path), fields.number(8)), size);
  place_.require(size % 8 == 0, "it has no whole number of blocks");
  check_free(free);
}

void Hdf5LocalHeap::check_free(std::uint64_t first) const {
  constexpr std::uint64_t kLast = 1, kBlock = 16;
  // Each block has room for what leads to the next, so there are no more than fit.
  std::uint64_t blocks = 0;
  for (std::uint64_t at = first; at != kLast; ++blocks) {
    place_.require(at % 8 == 0 && data_.size() >= kBlock && at <= data_.size() - kBlock &&
                       blocks <= data_.size() / kBlock,
                   "its free space is not in it");
    Hdf5Fields block(place_, std::string_view(data_).substr(at, kBlock));
    const std::uint64_t next = block.number(8), size = block.number(8);
    place_.require(size >= kBlock && size <= data_.size() - at, "its free space is not in it");
    at = next;
  }
}

std::string_view Hdf5LocalHeap::text(std::uint64_t offset) const {
  place_.require(offset % 8 == 0 && offset < data_.size(), "a name is not in it");
  const std::size_t end = data_.find('\0', offset);
  place_.require(end != std::string::npos, "a name in it does not end");
  return std::string_view(data_).substr(offset, end - offset);
}

const Hdf5GlobalHeaps::Sizes& Hdf5GlobalHeaps::heap(std::uint64_t address) {
  const auto [known, added] = heaps_.try_emplace(address);
  if (!added) return known->second;
  const Hdf5Place place = file_.place("a heap of strings", address);
  constexpr std::uint64_t kHead = 16;
  const std::string head = file_.read(place, address, kHead);
  Hdf5Fields head_fields(place, head);
  place.require(head_fields.bytes(4) == "GCOL" && head_fields.number(1) == 1, "it is no heap");
  head_fields.skip(3);
  const std::uint64_t size = head_fields.number(8);
  place.require(size >= kHead, "it has no room");
  const std::string bytes = file_.take(place, size);
  Hdf5Fields fields(place, bytes);
  fields.skip(kHead);
  // Object 0 is the space that is left, its own head included. HDF5 would go on behind it, and never end where
  // what it finds has no bytes.
  while (fields.left() >= kHead) {
    const std::uint64_t number = fields.number(2);
    fields.skip(6);
    const std::uint64_t object = fields.number(8);
    if (number == 0) {
      place.require(object >= kHead && object - kHead == fields.left(),
                    "its free space does not end with it");
      break;
    }
    place.require(object <= fields.left(), "a string in it is cut short");
    fields.skip((object + 7) / 8 * 8);
    place.require(known->second.emplace(number, object).second, "two strings in it have one number");
  }
  return known->second;
}

void Hdf5GlobalHeaps::check(const Hdf5Place& owner, const Hdf5Attribute& attribute) {
  if (!attribute.type.is_reference) return;
  Hdf5Fields fields(owner, attribute.values);
  while (fields.left() > 0) {
    const std::uint64_t length = fields.number(4), address = fields.number(8), number = fields.number(4);
    if (length == 0 && (address == 0 || address == kHdf5Undefined)) continue;
    const Sizes& sizes = heap(address);
    const auto found = sizes.find(number);
    owner.require(found != sizes.end() && length <= found->second,
                  "a string of an attribute is not in its heap");
  }
}

}  // namespace limpid
