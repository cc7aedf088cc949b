#include "tools/watch/watched_store.h"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <thread>

#include "engine/grid/store_folder.h"
#include "engine/image/fit_image.h"
#include "engine/pictures/jpeg.h"
#include "engine/pictures/png.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kBetweenLooks{1000}, kNap{100};

Image image_of(const StoredTile& tile) {
  Image image{tile.height, tile.width, {}};
  image.rgb.reserve(tile.rgb.size());
  for (const std::uint8_t value : tile.rgb) image.rgb.push_back(static_cast<float>(value) / 255);
  return image;
}

Image shrunk(Image image, int most) {
  const int longer = std::max(image.height, image.width);
  if (longer <= most) return image;
  const int height = std::max(1, image.height * most / longer),
            width = std::max(1, image.width * most / longer);
  return fit_image(std::move(image), height, width, Fit::stretch);
}

}  // namespace

WatchedStore::WatchedStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  look_at_manifest();
}

/// Again where jobs were added: what was seen stays.
void WatchedStore::look_at_manifest() {
  const std::string digest = manifest_digest(folder_);
  if (digest == digest_) return;
  files_.clear();  // They refer to the manifest.
  manifest_ = std::make_unique<const Manifest>(read_manifest(folder_));
  digest_ = digest;
  const std::lock_guard lock(mutex_);
  jobs_ = std::ssize(manifest_->jobs);
  ++version_;
}

void WatchedStore::run(const std::function<bool()>& stop) {
  while (!stop()) {
    const Clock::time_point begin = Clock::now();
    look();
    const Clock::duration taken = Clock::now() - begin;
    const Clock::time_point next = Clock::now() + std::max<Clock::duration>(kBetweenLooks, 9 * taken);
    while (!stop() && Clock::now() < next) std::this_thread::sleep_for(kNap);
  }
  end();
}

void WatchedStore::look() {
  const std::lock_guard reading(reading_);
  look_at_folder();
}

void WatchedStore::look_at_folder() {
  look_at_manifest();
  const std::vector<TileFileName> names = list_tile_files(folder_);
  std::erase_if(files_, [&](const auto& file) {
    return std::ranges::none_of(names,
                                [&](const TileFileName& name) { return to_string(name) == file.first; });
  });
  for (const TileFileName& name : names) look_at_file(name);
  std::string warning;
  for (const auto& [name, file] : files_) {
    if (!file.second->warnings().empty()) warning = file.second->warnings().back();
  }
  const std::lock_guard lock(mutex_);
  if (warning != warning_) ++version_;
  warning_ = std::move(warning);
  news_.notify_all();  // Once for all that a look found.
}

void WatchedStore::look_at_file(const TileFileName& name) {
  const std::string file = to_string(name);
  const std::filesystem::path path = folder_ / file;
  std::error_code gone;  // Merged by its writer meanwhile: the tiles are in another.
  const Signature signature = {std::filesystem::file_size(path, gone),
                               std::filesystem::last_write_time(path, gone)};
  if (gone) return;
  const auto known = files_.find(file);
  if (known != files_.end() && known->second.first == signature) return;
  auto index = std::make_unique<TileIndex>(folder_, std::vector{name}, *manifest_, digest_);
  const bool whole = !index->file_vanished() && take(*index);
  if (whole) {
    files_[file] = {signature, std::move(index)};
  } else {
    files_.erase(file);  // To be looked at anew.
  }
}

bool WatchedStore::take(const TileIndex& files) {
  for (const TileRow& row : files.rows()) {
    if (seen_.contains(row.job)) continue;
    StoredTile tile;
    try {
      tile = files.read(row.job);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      return false;
    }
    SeenTile seen{row.job, to_string(manifest_->jobs[static_cast<std::size_t>(row.job)].objective), 0,
                  tile.failure};
    if (!tile.objective.empty()) seen.value = tile.objective.back();
    std::shared_ptr<const std::string> thumbnail;
    if (!row.failed)
      thumbnail = std::make_shared<const std::string>(encode_jpeg(shrunk(image_of(tile), kThumbnailSide)));
    seen_.insert(row.job);
    const std::lock_guard lock(mutex_);
    tiles_.push_back(std::move(seen));
    if (thumbnail != nullptr) thumbnails_[row.job] = std::move(thumbnail);
    ++version_;
  }
  return true;
}

WatchedStore::News WatchedStore::wait(Mark& mark, milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [&] { return version_ != mark.version || ended_; });
  News news{version_ != mark.version, jobs_, {}, warning_, ended_};
  news.tiles.assign(std::next(tiles_.begin(), static_cast<std::ptrdiff_t>(mark.tiles)), tiles_.end());
  mark = {version_, tiles_.size()};
  return news;
}

void WatchedStore::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ++version_;
  news_.notify_all();
}

std::shared_ptr<const std::string> WatchedStore::thumbnail(std::int64_t job) const {
  const std::lock_guard lock(mutex_);
  const auto found = thumbnails_.find(job);
  return found == thumbnails_.end() ? nullptr : found->second;
}

std::optional<std::string> WatchedStore::picture(std::int64_t job) {
  const std::lock_guard reading(reading_);
  try {
    return picture_in_files(job);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
  }
  look_at_folder();
  return picture_in_files(job);
}

std::optional<std::string> WatchedStore::picture_in_files(std::int64_t job) const {
  for (const auto& [name, file] : files_) {
    if (!file.second->contains(job)) continue;
    const StoredTile tile = file.second->read(job);
    if (tile.failure.empty()) return encode_png(image_of(tile));
  }
  return std::nullopt;
}

}  // namespace limpid
