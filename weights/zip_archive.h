// The entries of a zip file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct zip;
struct zip_file;

namespace limpid {

/// One entry, read from its beginning on.
class ZipEntry {
 public:
  /// Fills `data` with the next `size` bytes. Throws Error{input} when the entry ends before or is damaged,
  /// Error{runtime} where the machine fails to read it.
  void read(void* data, std::size_t size);

  /// Bytes that the archive declares beyond those read.
  std::uint64_t left() const { return left_; }

  /// Throws Error{input} unless the entry can still hold `size` bytes: to be called before that many are
  /// allocated.
  void expect_left(std::uint64_t size) const;

  /// Throws Error{input} unless the entry ends here, with a matching checksum.
  void expect_end();

 private:
  friend class ZipArchive;
  struct Close {
    void operator()(zip_file* file) const noexcept;
  };
  /// As many of the next `size` bytes as there are.
  std::size_t read_some(void* data, std::size_t size);

  std::filesystem::path path_;
  std::string what_;
  std::unique_ptr<zip_file, Close> file_;
  std::uint64_t left_ = 0;
};

/// A zip file open for reading, whose entries are no larger than deflate could make them out of their share
/// of the file: a small one may declare a thousand times its size, so who reads an entry bounds it by the
/// shape it expects. Errors name the file and the entry.
class ZipArchive {
 public:
  /// Throws Error{input} when the file is not a zip archive, is damaged, has absurdly many entries, or
  /// entries that overlap or stand for more bytes than deflate could.
  explicit ZipArchive(const std::filesystem::path& path);

  /// Names of all entries, in the archive's order. Throws Error{input} for a damaged one.
  std::vector<std::string> names() const;

  /// True where there is an entry of that name.
  bool has(const std::string& name) const;

  /// Opens the entry of that name. Throws Error{input} when there is none or it cannot be read.
  ZipEntry open(const std::string& name) const;

 private:
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  void check_entries(std::uint64_t file_size) const;

  std::string origin_;
  std::unique_ptr<zip, Discard> archive_;
};

}  // namespace limpid
