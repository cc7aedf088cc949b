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
  look_at_manifest();
  const std::vector<TileFileName> names = list_tile_files(folder_);
  std::erase_if(files_, [&](const auto& file) {
    return std::ranges::none_of(names,
                                [&](const TileFileName& name) { return to_string(name) == file.first; });
  });
  for (const TileFileName& name : names) look_at_file(name);
  news_.notify_all();
}

void WatchedStore::look_at_file(const TileFileName& name) {
  const std::filesystem::path path = folder_ / to_string(name);
  std::error_code gone;  // Merged by its writer meanwhile: the tiles are in another.
  const Signature signature = {std::filesystem::file_size(path, gone),
                               std::filesystem::last_write_time(path, gone)};
  if (gone) return;
  auto& [known, index] = files_[to_string(name)];
  if (index != nullptr && known == signature) return;
  known = signature;
  index = std::make_unique<TileIndex>(folder_, std::vector{name}, *manifest_, digest_);
  for (const TileRow& row : index->rows()) {
    if (!seen_.insert(row.job).second) continue;
    const StoredTile tile = index->read(row.job);
    SeenTile seen{row.job, to_string(manifest_->jobs[static_cast<std::size_t>(row.job)].objective), 0,
                  tile.failure};
    if (!tile.objective.empty()) seen.value = tile.objective.back();
    std::shared_ptr<const std::string> thumbnail;
    if (!row.failed)
      thumbnail = std::make_shared<const std::string>(encode_jpeg(shrunk(image_of(tile), kThumbnailSide)));
    const std::lock_guard lock(mutex_);
    tiles_.push_back(std::move(seen));
    if (thumbnail != nullptr) thumbnails_[row.job] = std::move(thumbnail);
  }
  if (index->warnings().empty()) return;
  const std::lock_guard lock(mutex_);
  warning_ = index->warnings().back();
}

WatchedStore::News WatchedStore::wait(std::size_t known, milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [&] { return tiles_.size() > known || ended_; });
  News news{jobs_, {}, warning_, ended_};
  if (known < tiles_.size())
    news.tiles.assign(std::next(tiles_.begin(), static_cast<std::ptrdiff_t>(known)), tiles_.end());
  return news;
}

void WatchedStore::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  news_.notify_all();
}

std::shared_ptr<const std::string> WatchedStore::thumbnail(std::int64_t job) const {
  const std::lock_guard lock(mutex_);
  const auto found = thumbnails_.find(job);
  return found == thumbnails_.end() ? nullptr : found->second;
}

std::optional<std::string> WatchedStore::picture(std::int64_t job) const {
  const std::lock_guard reading(reading_);
  for (const auto& [name, file] : files_) {
    if (file.second == nullptr || !file.second->contains(job)) continue;
    const StoredTile tile = file.second->read(job);
    if (tile.failure.empty()) return encode_png(image_of(tile));
  }
  return std::nullopt;
}

}  // namespace limpid
