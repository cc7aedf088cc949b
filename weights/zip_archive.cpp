#include "weights/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <cerrno>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "weights/deflate.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

constexpr zip_int64_t kMaxEntries = 1 << 16;

/// Throws Error{runtime} with the system's reason where it is the machine that failed, else Error{input}: what
/// is wrong, and the reason.
[[noreturn]] void fail_zip(const std::filesystem::path& path, std::string_view wrong, zip_error_t* error) {
  const int system = zip_error_system_type(error) == ZIP_ET_SYS ? zip_error_code_system(error) : 0;
  if (is_system_error(system)) fail_read(path, system);
  fail_input("{} ({})", wrong, zip_error_strerror(error));
}

}  // namespace

void ZipEntry::Close::operator()(zip_file* file) const noexcept {
  zip_fclose(file);
}

std::size_t ZipEntry::read_some(void* data, std::size_t size) {
  errno = 0;
  const zip_int64_t count = zip_fread(file_.get(), data, size);
  const bool whole = count >= 0 && static_cast<std::size_t>(count) == size;
  // libzip 1.7 takes a read that fails for the end of the file; what the system said is still there.
  if (!whole && is_system_error(errno)) fail_read(path_, errno);
  if (count < 0) fail_zip(path_, what_ + " is damaged", zip_file_get_error(file_.get()));
  return static_cast<std::size_t>(count);
}

void ZipEntry::read(void* data, std::size_t size) {
  if (read_some(data, size) != size) fail_input("{} is cut short", what_);
  left_ -= std::min<std::uint64_t>(left_, size);
}

void ZipEntry::expect_left(std::uint64_t size) const {
  if (size > left_) fail_input("{} is cut short", what_);
}

void ZipEntry::expect_end() {
  char extra = 0;
  if (read_some(&extra, 1) != 0) fail_input("{} is longer than its shape says", what_);
}

void ZipArchive::Discard::operator()(zip* archive) const noexcept {
  zip_discard(archive);
}

ZipArchive::ZipArchive(const std::filesystem::path& path) : origin_(path.string()) {
  const std::uint64_t size = check_readable(path);
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::unique_ptr<zip_error_t, void (*)(zip_error_t*)> freed(&error, zip_error_fini);
    fail_zip(path, origin_ + ": the zip archive is damaged or cut short", &error);
  }
  check_entries(size);
}

void ZipArchive::check_entries(std::uint64_t file_size) const {
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  if (count > kMaxEntries) fail_input("{}: a zip archive of {} entries holds no weights", origin_, count);
  std::uint64_t unclaimed = file_size;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t entry{};
    if (zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(i), 0, &entry) != 0 ||
        entry.comp_size > unclaimed) {
      fail_input("{}: the zip archive is damaged: its entries are larger than the file", origin_);
    }
    unclaimed -= entry.comp_size;
    if (!deflate_can_hold(entry.size, entry.comp_size)) {
      fail_input("{}: entry {} declares {} bytes but stores only {}", origin_, i, entry.size,
                 entry.comp_size);
    }
  }
}

std::vector<std::string> ZipArchive::names() const {
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  std::vector<std::string> names;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
    if (name == nullptr) fail_input("{}: the name of entry {} is damaged", origin_, i);
    names.emplace_back(name);
  }
  return names;
}

bool ZipArchive::has(const std::string& name) const {
  return zip_name_locate(archive_.get(), name.c_str(), 0) >= 0;
}

ZipEntry ZipArchive::open(const std::string& name) const {
  ZipEntry entry;
  entry.path_ = origin_;
  entry.what_ = fmt::format("{}: '{}'", origin_, name);
  entry.file_.reset(zip_fopen(archive_.get(), name.c_str(), 0));
  if (!entry.file_) fail_zip(origin_, entry.what_ + " cannot be read", zip_get_error(archive_.get()));
  zip_stat_t stat{};
  if (zip_stat(archive_.get(), name.c_str(), 0, &stat) == 0) entry.left_ = stat.size;
  return entry;
}

}  // namespace limpid
