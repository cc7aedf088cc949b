// Zip files, from memory.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>

struct zip;
struct zip_source;

namespace limpid {

/// An archive of entries that are stored as they are. The same entries give the same bytes.
class ZipWriter {
 public:
  /// Throws Error{runtime} when memory runs out, as the other methods do.
  ZipWriter();

  void add(const std::string& name, std::string bytes);

  /// Writes the archive atomically. To be called once, after which nothing can be added. Throws as
  /// `fail_write` does.
  void save(const std::filesystem::path& path);

 private:
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  struct Free {
    void operator()(zip_source* source) const noexcept;
  };
  std::deque<std::string> entries_;  ///< libzip reads them when it closes the archive.
  std::unique_ptr<zip_source, Free> memory_;
  std::unique_ptr<zip, Discard> archive_;
};

}  // namespace limpid
