#include "engine/grid/store_folder.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <exception>
#include <random>
#include <regex>
#include <system_error>
#include <tuple>
#include <utility>

#include "engine/grid/durable_file.h"
#include "engine/grid/tile_store.h"
#include "engine/grid/writer_lock.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "weights/file_bytes.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStaleManifest = ".manifest-";

/// A name no other process takes, on this host or another that shares the folder.
fs::path temporary_manifest(const fs::path& folder) {
  std::random_device random;
  return folder / fmt::format("{}{:08x}{:08x}.tmp", kStaleManifest, random(), random());
}

bool is_part_of_creation(const fs::path& file) {
  return file.filename().string().starts_with(kStaleManifest);
}

/// True when the folder has something in it that no process which creates a store puts there.
bool holds_other_things(const fs::path& folder) {
  return !std::all_of(fs::directory_iterator(folder), fs::directory_iterator(), [](const auto& entry) {
    return entry.path().filename() == kLockName || is_part_of_creation(entry.path());
  });
}

/// What a store without tiles may have in it, temporaries of writers that were killed among it.
bool is_of_empty_store(const fs::path& file) {
  const std::string name = file.filename().string();
  const bool temporary = name.starts_with(kStaleManifest) || name.starts_with(".tiles");
  return name == kManifestName || name == kLockName || name == kAlgorithmsName ||
         (temporary && name.ends_with(".tmp"));
}

/// Removes the folder of a store where nobody holds it and nothing else is in it.
bool remove_unused(const fs::path& folder) try {
  const std::optional<WriterLock> all = WriterLock::try_take_all(folder);
  if (!all) return false;
  const std::vector<fs::directory_entry> entries{fs::directory_iterator(folder), {}};
  for (const fs::directory_entry& entry : entries) {
    if (!is_of_empty_store(entry.path())) return false;
  }
  std::error_code error;
  for (const fs::directory_entry& entry : entries) fs::remove(entry.path(), error);
  return fs::remove(folder, error);
} catch (const std::exception&) {
  return false;  // Not one that this process may change.
}

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const TileFileName& name : list_tile_files(folder)) {
    std::error_code vanished;  // Merged by its writer meanwhile.
    const std::uintmax_t size = fs::file_size(folder / to_string(name), vanished);
    if (!vanished) bytes += size;
  }
  return bytes;
}

void check_space(const fs::path& folder, std::uint64_t needed) {
  struct statvfs system {};
  if (::statvfs(folder.c_str(), &system) != 0) return;  // The file system does not tell.
  const std::uint64_t available = std::uint64_t{system.f_bavail} * system.f_frsize;
  if (needed > available) {
    const auto mib = [](std::uint64_t bytes) { return (bytes + (1U << 20U) - 1) >> 20U; };
    fail_usage("'{}': the tiles need up to {} MiB, and its file system has {} MiB left", folder.string(),
               mib(needed), available >> 20U);
  }
}

[[noreturn]] void fail_other_work(const fs::path& folder, const std::string& difference) {
  fail_usage("'{}' holds other work: {}; choose another name, or ask for the same", folder.string(),
             difference);
}

StoreOpening join_store(const fs::path& folder, const Manifest& asked) {
  const Manifest stored = read_manifest(folder);
  const std::string difference = compare(stored, asked);
  if (!difference.empty()) fail_other_work(folder, difference);
  const std::uint64_t needed = required_bytes(stored);
  check_space(folder, needed - std::min(needed, bytes_in(folder)));
  StoreOpening opening;
  if (stored.program_version != asked.program_version) {
    opening.note = fmt::format("'{}' was begun by limpid {}, and is continued by {}", folder.string(),
                               stored.program_version, asked.program_version);
  }
  return opening;
}

/// Creates the manifest; false when another process was first.
bool create_manifest(const fs::path& folder, const Manifest& manifest) {
  check_space(folder, required_bytes(manifest));
  DurableFile file(temporary_manifest(folder), folder / kManifestName);
  file.write(manifest_text(manifest), 0);
  return file.publish_new(folder / kManifestName);
}

}  // namespace

bool is_writer_name(const std::string& name) {
  static const std::regex form("[A-Za-z0-9_-]{1,64}");
  return std::regex_match(name, form);
}

std::string to_string(const TileFileName& name) {
  if (!name.segment) return fmt::format("tiles-{}.h5", name.writer);
  return fmt::format("segment-{}.{:06}.h5", name.writer, *name.segment);
}

std::optional<TileFileName> parse_tile_file_name(const std::string& text) {
  static const std::regex merged("tiles-([A-Za-z0-9_-]{1,64})\\.h5");
  static const std::regex segment("segment-([A-Za-z0-9_-]{1,64})\\.([0-9]{6,8})\\.h5");
  std::smatch match;
  if (std::regex_match(text, match, merged)) return TileFileName{match[1], std::nullopt};
  if (std::regex_match(text, match, segment)) return TileFileName{match[1], std::stoi(match[2])};
  return std::nullopt;
}

std::vector<TileFileName> list_tile_files(const fs::path& folder, const std::optional<std::string>& writer) {
  std::vector<TileFileName> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = parse_tile_file_name(entry->path().filename().string());
    if (name && (!writer || name->writer == *writer)) names.push_back(*name);
  }
  if (error) fail_input("cannot read '{}': {}", folder.string(), error.message());
  std::sort(names.begin(), names.end(), [](const TileFileName& a, const TileFileName& b) {
    return std::tie(a.writer, a.segment) < std::tie(b.writer, b.segment);
  });
  return names;
}

void remove_stale_manifests(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;  // Another process removes them too.
    if (is_part_of_creation(entry->path())) fs::remove(entry->path(), ignored);
  }
}

std::string manifest_digest(const fs::path& folder) {
  return sha256_of_file(folder / kManifestName);
}

std::uint64_t required_bytes(const Manifest& manifest) {
  // What HDF5 and the file system add where every tile comes in a file of its own.
  constexpr std::uint64_t overhead = 16U << 10U;
  constexpr std::uint64_t copies = 2;
  std::uint64_t bytes = manifest_text(manifest).size();
  for (const RenderOptions& job : manifest.jobs) {
    const auto extent = [](int n) { return static_cast<std::uint64_t>(n); };
    const std::uint64_t picture = extent(job.height) * extent(picture_width(job)) * 3;
    const std::uint64_t curve = (extent(job.steps) + 1) * sizeof(double);
    const std::uint64_t parameters = kept_parameters(manifest, job) * sizeof(float);
    bytes += copies * (picture + parameters + curve) + overhead;
  }
  return bytes;
}

Manifest read_manifest(const fs::path& folder) {
  const fs::path file = folder / kManifestName;
  std::error_code error;
  if (fs::status(file, error).type() == fs::file_type::not_found)
    fail_input("'{}' is no store: it has no {}", folder.string(), kManifestName);
  return parse_manifest(read_bytes(file), file.string());
}

StoreOpening open_store(const fs::path& folder, const Manifest& manifest) {
  std::error_code error;
  const bool made_folder = fs::create_directory(folder, error);
  if (error) fail_write(folder, error.value());
  if (!fs::is_directory(folder)) fail_write(folder, ENOTDIR);
  const auto exists = [&] { return fs::exists(folder / kManifestName); };
  if (!exists() && holds_other_things(folder) && !exists()) {
    fail_usage("'{}' is there, is not empty and is no store; choose another name", folder.string());
  }
  std::shared_ptr<const WriterLock> hold;
  bool created = false;
  try {
    hold = WriterLock::hold(folder);
    if (!hold) return open_store(folder, manifest);  // Removed meanwhile.
    created = !exists() && create_manifest(folder, manifest);
  } catch (const Error&) {
    if (!exists() || !hold) {
      hold.reset();
      if (made_folder && !remove_unused(folder)) fs::remove(folder, error);  // Only when empty.
      throw;
    }
  }
  StoreOpening opening = created ? StoreOpening{true, "", {}} : join_store(folder, manifest);
  opening.hold = std::move(hold);
  return opening;
}

void extend_store(const fs::path& folder, const Manifest& manifest) {
  Manifest extended = read_manifest(folder);
  const std::size_t before = extended.jobs.size();
  Manifest asked = manifest;
  asked.jobs.resize(std::min(before, asked.jobs.size()));
  const std::string difference = compare(extended, asked);
  if (!difference.empty()) fail_other_work(folder, difference);
  if (manifest.jobs.size() == before) return;
  if (WriterLock::anyone(folder)) {
    fail_usage("'{}': another process is writing there; jobs can be added once it is done", folder.string());
  }
  extended.earlier.push_back(manifest_digest(folder));
  extended.jobs = manifest.jobs;
  extended.files.insert(manifest.files.begin(), manifest.files.end());
  extended.appended = manifest.appended;
  const std::uint64_t needed = required_bytes(extended);
  check_space(folder, needed - std::min(needed, bytes_in(folder)));
  DurableFile file(temporary_manifest(folder), folder / kManifestName);
  file.write(manifest_text(extended), 0);
  file.publish(folder / kManifestName);
}

bool remove_empty_store(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kManifestName, error) && remove_unused(folder);
}

}  // namespace limpid
