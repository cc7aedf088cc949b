// The bytes of an HDF5 file as the structure walk takes them: each once, in parts that say what they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "weights/hdf5_source.h"

namespace limpid {

/// The address of what is not there.
inline constexpr std::uint64_t kHdf5Undefined = ~std::uint64_t{0};

/// A part of the file, for errors.
struct Hdf5Place {
  std::string_view file;  ///< As messages show it.
  std::string what;       ///< "the object header of '/conv2d0'".
  std::uint64_t at = 0;

  /// Throws Error{input}: "file: the HDF5 file is damaged ...: `what` at byte `at`: `reason`".
  [[noreturn]] void refuse(std::string_view reason) const;
  void require(bool good, std::string_view reason) const {
    if (!good) refuse(reason);
  }
};

/// Reads little-endian fields of a part, one after another. Reading beyond its end is refused.
class Hdf5Fields {
 public:
  /// `place` and `bytes` must outlive this.
  Hdf5Fields(const Hdf5Place& place, std::string_view bytes) : place_(place), bytes_(bytes) {}

  /// A number of `width` bytes, 8 at most.
  std::uint64_t number(std::uint64_t width);
  std::string_view bytes(std::uint64_t count);
  void skip(std::uint64_t count) { bytes(count); }
  /// Bytes up to a zero, which is taken too.
  std::string_view text();

  std::uint64_t left() const { return bytes_.size() - next_; }
  std::uint64_t taken() const { return next_; }
  const Hdf5Place& place() const { return place_; }
  void require(bool good, std::string_view reason) const { place_.require(good, reason); }

 private:
  const Hdf5Place& place_;
  std::string_view bytes_;
  std::size_t next_ = 0;
};

/// An open file, or its bytes in memory. A part may be taken once, so nothing overlaps and nothing leads in a circle.
class Hdf5Bytes {
 public:
  /// Throws Error{input} where there is no file of that name, Error{runtime} where the system cannot read it.
  explicit Hdf5Bytes(const Hdf5Source& source);
  Hdf5Bytes(const Hdf5Bytes&) = delete;
  Hdf5Bytes& operator=(const Hdf5Bytes&) = delete;
  ~Hdf5Bytes();

  std::uint64_t size() const { return size_; }
  Hdf5Place place(std::string what, std::uint64_t at) const { return {origin_, std::move(what), at}; }

  /// Nothing lies at or beyond this byte. Refused where the file is shorter.
  void end_at(const Hdf5Place& place, std::uint64_t end);

  /// Takes `count` bytes for `place`, from where it lies on, and reads them. Refused where they are outside
  /// the file, another part's, or more than any structure has.
  std::string take(const Hdf5Place& place, std::uint64_t count);

  /// Takes bytes without reading them.
  void claim(const Hdf5Place& place, std::uint64_t count);

  /// Bytes that were claimed, or are about to be.
  std::string read(const Hdf5Place& place, std::uint64_t at, std::uint64_t count) const;

 private:
  void open(const std::filesystem::path& path);

  std::string origin_;  ///< In quotes where it is a file's name.
  std::string_view memory_;
  int descriptor_ = -1;  ///< None where the bytes are in memory.
  std::uint64_t size_ = 0;
  std::map<std::uint64_t, std::uint64_t> taken_;  ///< Ends by beginnings.
};

}  // namespace limpid
