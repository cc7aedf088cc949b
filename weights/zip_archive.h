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
  /// Fills `data` with the next `size` bytes. Throws Error{input} when the entry ends before or is damaged.
  void read(void* data, std::size_t size);

  /// Throws Error{input} unless the entry ends here, with a matching checksum.
  void expect_end();

 private:
  friend class ZipArchive;
  struct Close {
    void operator()(zip_file* file) const noexcept;
  };
  std::string what_;
  std::unique_ptr<zip_file, Close> file_;
};

/// A zip file open for reading. Errors name the file and the entry.
class ZipArchive {
 public:
  /// Throws Error{input} when the file is not a zip archive or is damaged.
  explicit ZipArchive(const std::filesystem::path& path);

  /// Names of all entries, in the archive's order. Throws Error{input} when there are absurdly many.
  std::vector<std::string> names() const;

  /// Opens the entry of that name. Throws Error{input} when there is none or it cannot be read.
  ZipEntry open(const std::string& name) const;

 private:
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  std::string origin_;
  std::unique_ptr<zip, Discard> archive_;
};

}  // namespace limpid
