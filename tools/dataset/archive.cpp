#include "tools/dataset/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>

#include "engine/pictures/picture_limits.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

constexpr std::size_t kBlock = 64U << 10U;
constexpr std::int64_t kTarBlock = 512;

[[noreturn]] void fail_archive(archive* handle, const std::filesystem::path& path) {
  const int error = archive_errno(handle);
  if (is_system_error(error)) fail_read(path, error);
  const char* const reason = archive_error_string(handle);
  fail_input("'{}' is damaged, or no archive: {}", path.string(), reason == nullptr ? "unreadable" : reason);
}

/// Programs that would decompress what libarchive cannot are not run.
ArchiveHandle open_archive(const std::filesystem::path& path) {
  check_readable(path);
  ArchiveHandle handle(archive_read_new());
  if (handle == nullptr) throw std::bad_alloc();
  archive_read_support_format_tar(handle.get());
  archive_read_support_filter_gzip(handle.get());
  archive_read_support_filter_bzip2(handle.get());
  archive_read_support_filter_xz(handle.get());
  archive_read_support_filter_zstd(handle.get());
  if (archive_read_open_filename(handle.get(), path.c_str(), kBlock) != ARCHIVE_OK)
    fail_archive(handle.get(), path);
  return handle;
}

/// Names that are no UTF-8 are as they stand.
std::string name_of_entry(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  return name == nullptr ? std::string() : std::string(name);
}

ArchiveMember read_member(archive* handle, std::string name, const std::filesystem::path& path) {
  ArchiveMember member{std::move(name), {}};
  std::array<char, kBlock> block;
  while (true) {
    const la_ssize_t got = archive_read_data(handle, block.data(), block.size());
    if (got == ARCHIVE_RETRY) continue;
    if (got < 0) fail_archive(handle, path);
    if (got == 0) return member;
    try {
      check_picture_bytes(member.bytes.size() + static_cast<std::size_t>(got),
                          fmt::format("{}, {}", path.string(), member.name));
    } catch (const Error& error) {
      return {std::move(member.name), {}, error.what()};
    }
    member.bytes.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

bool is_archive_name(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  for (const char* end : {".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

void visit_archive(const std::filesystem::path& path,
                   const std::function<bool(const std::string& name)>& wanted,
                   const std::function<bool(ArchiveMember)>& visit) {
  const ArchiveHandle handle = open_archive(path);
  while (true) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(handle.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    if (result == ARCHIVE_RETRY) continue;
    if (result < ARCHIVE_WARN) fail_archive(handle.get(), path);
    std::string name = name_of_entry(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || !wanted(name)) continue;
    if (!visit(read_member(handle.get(), std::move(name), path))) return;
  }
  // Within the zeros behind a member, libarchive takes an early end for the end.
  if (archive_filter_bytes(handle.get(), 0) % kTarBlock != 0)
    fail_input("'{}' is damaged: it is cut short", path.string());
}

}  // namespace limpid
