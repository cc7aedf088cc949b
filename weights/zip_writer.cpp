#include "weights/zip_writer.h"

#include <zip.h>

#include <utility>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

/// The first day zip files know, 1 January 1980, so that bytes do not depend on the clock.
constexpr zip_uint16_t kNoTime = 0;
constexpr zip_uint16_t kFirstDate = (1U << 5U) | 1U;

void require_zip(bool good, const char* what) {
  if (!good) fail_runtime("cannot build the zip archive in memory: {} failed", what);
}

}  // namespace

void ZipWriter::Discard::operator()(zip* archive) const noexcept {
  zip_discard(archive);
}

void ZipWriter::Free::operator()(zip_source* source) const noexcept {
  zip_source_free(source);
}

ZipWriter::ZipWriter() {
  memory_.reset(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  require_zip(memory_ != nullptr, "a buffer");
  zip_source_keep(memory_.get());  // The archive takes one reference; the other one is for reading it.
  archive_.reset(zip_open_from_source(memory_.get(), ZIP_TRUNCATE, nullptr));
  if (!archive_) zip_source_free(memory_.get());
  require_zip(archive_ != nullptr, "an archive");
}

void ZipWriter::add(const std::string& name, std::string bytes) {
  const std::string& kept = entries_.emplace_back(std::move(bytes));
  zip_source_t* source = zip_source_buffer(archive_.get(), kept.data(), kept.size(), 0);
  require_zip(source != nullptr, "an entry");
  const zip_int64_t index = zip_file_add(archive_.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) zip_source_free(source);
  const auto place = static_cast<zip_uint64_t>(index);
  require_zip(index >= 0 && zip_set_file_compression(archive_.get(), place, ZIP_CM_STORE, 0) == 0 &&
                  zip_file_set_dostime(archive_.get(), place, kNoTime, kFirstDate, 0) == 0,
              "an entry");
}

void ZipWriter::save(const std::filesystem::path& path) {
  require_zip(zip_close(archive_.get()) == 0, "closing");
  archive_.release();
  zip_stat_t stat{};
  require_zip(zip_source_stat(memory_.get(), &stat) == 0 && zip_source_open(memory_.get()) == 0, "reading");
  std::string bytes(stat.size, '\0');
  const zip_int64_t read = zip_source_read(memory_.get(), bytes.data(), bytes.size());
  zip_source_close(memory_.get());
  require_zip(read == static_cast<zip_int64_t>(bytes.size()), "reading");
  write_atomically(path, bytes);
}

}  // namespace limpid
